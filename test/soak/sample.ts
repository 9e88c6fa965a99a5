import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CHUNKS_FILE } from '../../src/download/differential/chunkStore.ts';
import { MODEL } from './library.ts';

/** What a machine has at one moment at which nothing is under way. Sizes are bytes. */
export interface Sample {
  /** Simulated days since the beginning. */
  readonly day: number;
  /** What is reachable, after a collection. */
  readonly heap: number;
  /** Buffers outside of the heap. */
  readonly buffers: number;
  readonly resident: number;
  /** Files that are open; 0 where the system does not tell. */
  readonly openFiles: number;
  /** Connections and all else that is open. */
  readonly otherHandles: number;
  /** Timers that are set. */
  readonly timers: number;
  /** Those who listen to a window. */
  readonly listeners: number;
  readonly database: number;
  readonly writeAheadLog: number;
  /** Databases beside the catalogue, and their logs and journals. */
  readonly sideDatabases: number;
  readonly sideLogs: number;
  /** Files in the storage folder. */
  readonly storedFiles: number;
  /** Models' files. */
  readonly installed: number;
  /** Rows of the catalogue, those no longer published too. */
  readonly rows: number;
  readonly details: number;
  /** Files whose chunks are remembered. */
  readonly chunkFiles: number;
  /** Entries of the history of the model that is worked on. */
  readonly history: number;
}

/** What of a sample is not to be found by looking from outside. */
export type Inside = Pick<Sample, 'day' | 'timers' | 'listeners' | 'installed'>;

const CATALOGUE = 'catalogue.db';
const DATABASE = /\.db$/;
const LOG = /\.db-(wal|journal)$/;

/** Looks at the process and at a storage folder. */
export async function takeSample(storage: string, inside: Inside): Promise<Sample> {
  await collectGarbage();
  const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage();
  const handles = openHandles();
  const names = readdirSync(storage);
  const side = names.filter((name) => !name.startsWith(CATALOGUE));
  const bytesOf = (kind: RegExp): number =>
    side
      .filter((name) => kind.test(name))
      .reduce((sum, name) => sum + sizeOf(join(storage, name)), 0);
  return {
    ...inside,
    heap: heapUsed,
    buffers: arrayBuffers + external,
    resident: rss,
    ...handles,
    database: sizeOf(join(storage, CATALOGUE)),
    writeAheadLog: sizeOf(join(storage, `${CATALOGUE}-wal`)),
    sideDatabases: bytesOf(DATABASE),
    sideLogs: bytesOf(LOG),
    storedFiles: names.length,
    ...ask(join(storage, CATALOGUE), {
      rows: 'SELECT count(*) AS n FROM model',
      details: 'SELECT coalesce(sum(bytes), 0) AS n FROM details',
      history: `SELECT count(*) AS n FROM model_history WHERE id = '${MODEL}'`,
    }),
    ...ask(join(storage, CHUNKS_FILE), { chunkFiles: 'SELECT count(*) AS n FROM file' }),
  };
}

/** The collector is asked for here, so that nobody has to start Node with a flag. */
const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Finalisers run between collections, and what they let go of is collected by the next. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function openHandles(): Pick<Sample, 'openFiles' | 'otherHandles'> {
  const resources = process.getActiveResourcesInfo().length;
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return { openFiles: 0, otherHandles: resources };
  const targets = readdirSync(folder).flatMap((number) => {
    try {
      return [readlinkSync(join(folder, number))];
    } catch {
      // It was the one that read the folder.
      return [];
    }
  });
  const openFiles = targets.filter((target) => target.startsWith('/')).length;
  return { openFiles, otherHandles: targets.length - openFiles + resources };
}

function ask<Name extends string>(
  path: string,
  questions: Readonly<Record<Name, string>>,
): Record<Name, number> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const answers = Object.entries<string>(questions).map(([name, sql]) => [
      name,
      Number(database.prepare(sql).get()?.['n'] ?? 0),
    ]);
    return Object.fromEntries(answers) as Record<Name, number>;
  } finally {
    database.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
