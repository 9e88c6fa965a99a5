import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { OWN } from './contenders.ts';
import type { Contender } from './contenders.ts';
import type { Cost } from './cost.ts';
import type { Site, SiteFile } from './site.ts';

/** What rows are measured on. */
export interface DownloadContext {
  readonly site: Site;
  readonly contenders: readonly Contender[];
  /** The folder of the programs that are measured. */
  readonly programs: string;
  readonly runs: number | undefined;
  /** A file that is not there yet, in a folder for it alone. */
  readonly target: string;
  /** Whether the folder is in memory, where nothing has to be written to a disk. */
  readonly inMemory: boolean;
  readonly log: (line: string) => void;
}

/** Fails unless a file has the right bytes: measured is only what was right in the end. */
export async function proveRight(file: SiteFile, target: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(target, { highWaterMark: 1024 * 1024 }), hash);
  if (hash.digest('hex') !== file.sha256) throw new Error(`${target} is not what is published`);
}

/** How long what was written takes until it is on the disk, in seconds. */
export async function secondsToSync(target: string): Promise<number> {
  const file = await open(target, 'r');
  try {
    const started = performance.now();
    await file.sync();
    return (performance.now() - started) / 1_000;
  } finally {
    await file.close();
  }
}

/**
 * Lets every contender have the file, again and again in turns, so that what else the machine does
 * meanwhile hits all of them.
 * @returns what each run cost, by contender
 */
export async function inTurns(
  { contenders, target, log }: DownloadContext,
  file: SiteFile,
  runs: number,
): Promise<ReadonlyMap<string, readonly Cost[]>> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    for (const { name, verified, clean } of contenders) {
      await clean(target);
      const cost = await verified(file, target);
      const synced = await secondsToSync(target);
      await proveRight(file, target);
      await clean(target);
      costs.get(name)?.push(cost);
      log(`${run}. ${name}: ${told(cost)}; then ${synced.toFixed(2)} s until it is on the disk`);
    }
  }
  return costs;
}

function told({ seconds, cpuSeconds, peakBytes }: Cost): string {
  const cpu = cpuSeconds === undefined ? '' : `, processor ${cpuSeconds.toFixed(2)} s`;
  const memory = peakBytes === undefined ? '' : `, memory ${(peakBytes / 1e6).toFixed(0)} MB`;
  return `${seconds.toFixed(2)} s${cpu}${memory}`;
}

/** One number for ourselves and one for each peer. */
export interface Compared {
  readonly self: number | null;
  readonly peers: Readonly<Record<string, number>>;
}

/** Numbers by contender, where they are known. */
export function compared(numbers: ReadonlyMap<string, number | undefined>): Compared {
  const known = [...numbers].filter((entry): entry is [string, number] => entry[1] !== undefined);
  const peers = Object.fromEntries(known.filter(([name]) => name !== OWN));
  return { self: numbers.get(OWN) ?? null, peers };
}

/** Names the peers of the issue that this machine does not have. */
export function absent(present: readonly string[]): string {
  const missing = ['aria2c', 'curl'].filter((name) => !present.includes(name));
  return missing.length === 0 ? '' : `; not installed here: ${missing.join(', ')}`;
}
