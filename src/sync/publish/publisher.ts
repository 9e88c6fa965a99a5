import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import {
  applyDelta,
  bodyFile,
  compressBody,
  deltaFile,
  makeDelta,
  sha256Of,
  unpackBody,
} from './compression.ts';
import type { PublishFolder } from './folder.ts';
import { UNFINISHED } from './folder.ts';
import type { Pointer } from './pointer.ts';
import { MOST_BODY_BYTES, parsePointer, POINTER_FILE, writePointer } from './pointer.ts';

/** For how many versions before the newest a delta is kept ready. */
export const DEFAULT_DELTAS = 30;

/** Of use to the publisher only: in which order the bodies of the folder followed each other. */
const HISTORY_FILE = 'history.json';
const OURS = /^(?:[0-9a-f]{64}\.zst|[0-9a-f]{64}-[0-9a-f]{64}\.dcz)$/;

export interface PublishOptions {
  /** Signs the pointer. */
  readonly key?: KeyObject;
  /** From how many older versions a delta leads to the newest. */
  readonly deltas?: number;
  /** How many deltas are made at once. */
  readonly parallel?: number;
  readonly logger: Logger;
}

/** What a publication did. */
export interface Publication {
  /** False if the folder already held just this. */
  readonly changed: boolean;
  readonly sequence: number;
  /** Bytes of the body before compression. */
  readonly size: number;
  /** Bytes of the compressed body; 0 if none was written. */
  readonly bodyBytes: number;
  /** Bytes of each delta, from the oldest version to the one before the newest. */
  readonly deltaBytes: readonly number[];
}

const versionSchema = z.object({
  sequence: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().positive().max(MOST_BODY_BYTES),
});
const historySchema = z.object({ versions: z.array(versionSchema) });
type Version = z.infer<typeof versionSchema>;

/**
 * Brings a folder to a new body. The pointer is written last, and what its predecessor led to stays
 * for one more publication: whoever has just read that one still finds all of it. So a publisher
 * that dies at any moment leaves a folder that serves the old version or the new one.
 * @throws SyncError `storage` if this is not a folder that can be gone on with
 */
export async function publishBody(
  folder: PublishFolder,
  body: Buffer,
  options: PublishOptions,
): Promise<Publication> {
  if (body.length === 0 || body.length > MOST_BODY_BYTES) {
    throw new SyncError(
      'storage',
      `A catalogue of ${body.length} bytes cannot be published: it takes at least one model, and ` +
        `at most ${MOST_BODY_BYTES} bytes. Check what the sync before it has done.`,
    );
  }
  const { before, history } = readFolder(folder, options.key);
  const newest = { sha256: sha256Of(body), size: body.length };
  if (before?.sha256 === newest.sha256) return rewritePointer(folder, before, options.key);

  const known = [...history, ...(before === undefined ? [] : [before])];
  const sequence = Math.max(0, ...known.map((version) => version.sequence)) + 1;
  const older = servedVersions(history, before)
    .filter((version) => version.sha256 !== newest.sha256)
    .slice(-(options.deltas ?? DEFAULT_DELTAS));
  const pointer = { sequence, ...newest };

  // First of all, since a sequence that was ever used must not come again.
  folder.write(HISTORY_FILE, json({ versions: [...older, pointer] }));
  const packed = await compressBody(body);
  folder.write(bodyFile(newest.sha256), packed);
  const deltaBytes = await writeDeltas(folder, older, body, newest.sha256, options);
  folder.write(POINTER_FILE, writePointer(pointer, options.key));
  removeOutdated(folder, older, newest.sha256, before?.sha256);
  return { changed: true, sequence, size: body.length, bodyBytes: packed.length, deltaBytes };
}

/** The same body may get another signature; its sequence stays, because nothing is new. */
function rewritePointer(
  folder: PublishFolder,
  before: Pointer,
  key: KeyObject | undefined,
): Publication {
  const { sequence, size } = before;
  const pointer = writePointer(before, key);
  const changed = folder.read(POINTER_FILE)?.equals(pointer) !== true;
  if (changed) folder.write(POINTER_FILE, pointer);
  return { changed, sequence, size, bodyBytes: 0, deltaBytes: [] };
}

/** What the folder serves, and what it once was brought to; refused if that does not fit. */
function readFolder(
  folder: PublishFolder,
  key: KeyObject | undefined,
): { before: Pointer | undefined; history: readonly Version[] } {
  const history = readHistory(folder);
  const pointer = folder.read(POINTER_FILE);
  if (pointer === undefined) {
    // A publisher that died before its first pointer leaves the first entry; nobody has read it.
    const begun = history?.every((version) => version.sequence === 1) === true;
    if (!begun && folder.names().some((name) => name === HISTORY_FILE || OURS.test(name))) {
      throw new SyncError(
        'storage',
        `The folder holds a published catalogue, but its ${POINTER_FILE} is gone, so nobody knows ` +
          'what its readers have. Check who took it and put it back, or publish to an empty folder at another address.',
      );
    }
    return { before: undefined, history: history ?? [] };
  }
  const before = parsePointer(pointer, `The ${POINTER_FILE} of the folder`);
  if (before.signature !== undefined && key === undefined) {
    throw new SyncError(
      'storage',
      'The folder is signed, and its readers accept nothing else. Set the private key with --key.',
    );
  }
  return { before, history: history ?? [] };
}

/** Undefined if there is none; an unreadable one costs deltas from older versions, no more. */
function readHistory(folder: PublishFolder): readonly Version[] | undefined {
  const bytes = folder.read(HISTORY_FILE);
  if (bytes === undefined) return undefined;
  try {
    return historySchema.safeParse(JSON.parse(bytes.toString('utf8'))).data?.versions;
  } catch {
    return undefined;
  }
}

/** Oldest first, each body once; without those whose publisher died before their pointer stood. */
function servedVersions(history: readonly Version[], before: Pointer | undefined): Version[] {
  if (before === undefined) return [];
  const { sequence, sha256, size } = before;
  const older = history.filter((version) => version.sequence < sequence);
  const bySha = new Map<string, Version>();
  for (const version of [...older, { sequence, sha256, size }]) {
    bySha.delete(version.sha256);
    bySha.set(version.sha256, version);
  }
  return [...bySha.values()];
}

/** @returns the bytes of each delta, in the order of the versions */
async function writeDeltas(
  folder: PublishFolder,
  older: readonly Version[],
  body: Buffer,
  sha256: string,
  { parallel = 1, logger }: PublishOptions,
): Promise<number[]> {
  const bytes: number[] = [];
  const waiting = [...older.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [index, version] = next;
      const from = await readBody(folder, version);
      if (from === undefined) {
        logger.warn(`Version ${version.sequence} is damaged: from there, no delta leads on.`);
        continue;
      }
      const delta = await makeDelta(from, body);
      // What readers would refuse must not be offered to them.
      if (!(await applyDelta(from, delta, body.length)).equals(body)) {
        throw new SyncError('storage', 'A delta came out wrong. Update Node, and publish again.');
      }
      folder.write(deltaFile(version.sha256, sha256), delta);
      bytes[index] = delta.length;
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return bytes.filter((length) => length > 0);
}

async function readBody(folder: PublishFolder, version: Version): Promise<Buffer | undefined> {
  const packed = folder.read(bodyFile(version.sha256));
  if (packed === undefined) return undefined;
  const body = await unpackBody(packed, version.size).catch(() => undefined);
  return body !== undefined && sha256Of(body) === version.sha256 ? body : undefined;
}

function removeOutdated(
  folder: PublishFolder,
  older: readonly Version[],
  newest: string,
  before: string | undefined,
): void {
  const bodies = [...older.map((version) => version.sha256), newest, before ?? newest];
  const kept = new Set(bodies.map(bodyFile));
  const targets = [newest, before].map((sha256) => `-${sha256 ?? ''}.dcz`);
  for (const name of folder.names()) {
    const isDelta = targets.some((target) => name.endsWith(target));
    const isOurs = OURS.test(name) || OURS.test(name.replace(UNFINISHED, ''));
    if (isOurs && !isDelta && !kept.has(name)) folder.remove(name);
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
