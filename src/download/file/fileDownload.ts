import type { open } from 'node:fs/promises';
import { rm } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import type { Clock } from '../../sync/clock.ts';
import type { Transport } from '../../sync/http/transport.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import type { Basis } from '../differential/basis.ts';
import type { Differ } from '../differential/differ.ts';
import type { DownloadPhase, PlannedFile } from '../model.ts';
import { DownloadError } from '../errors.ts';
import type { SharedCache } from '../sharedCache/sharedCache.ts';
import { onDisk } from './diskErrors.ts';
import { FileAttempt } from './fileAttempt.ts';
import { FileLock } from './fileLock.ts';
import type { Hasher } from './hasher.ts';
import type { FileSystem } from './fileSystem.ts';
import { removePartial } from './partialFile.ts';
import { partialPaths } from './partialPaths.ts';

export { bootTime } from './boot.ts';
export { partialBytes } from './partialFile.ts';
export { partialPaths } from './partialPaths.ts';

/** Where the bytes of a file come from. */
export interface FileSource {
  /** The Hub or a mirror of it. */
  readonly endpoint: URL;
  readonly model: ModelId;
  /** Commit, 40 hex digits. */
  readonly revision: string;
}

/** Leave to use the line: one for all downloads. */
export interface Flow {
  /** How many connections one file may use now, at least 1. Asked again all the time. */
  connections(): number;
  /**
   * Takes bytes from what may be used; undefined: at once. With 0 bytes it only waits until bytes
   * may flow at all, and is asked so before each request.
   * @throws SyncError `cancelled` when the signal is aborted
   */
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined;
}

export interface FileProgress {
  readonly phase: DownloadPhase;
  /** Of these bytes, those that this attempt got from a team's cache; absent: none. */
  readonly cached?: number;
  /** On the disk, wherever in the file; in the phase `verifying` those that were hashed. */
  readonly bytes: number;
}

/** One file to be had. */
export interface FileRequest {
  readonly source: FileSource;
  readonly file: PlannedFile;
  /** Where it will be in the end; its folder exists. See `partialPaths` for what is beside it. */
  readonly target: string;
  /** Where it is put for now once it is verified; absent: at `target`. */
  readonly place?: string;
  /** A file on this machine that it is probably much like: what stayed is copied from it. */
  readonly basis?: Basis | undefined;
  /** Everybody may have it, so that a team's cache may be asked for it; absent: it is not. */
  readonly isPublic?: boolean;
  readonly flow: Flow;
  /** Called at most ten times a second. */
  readonly onProgress: (progress: FileProgress) => void;
  readonly signal: AbortSignal;
}

/** What all downloads of this machine have in common. */
export interface FileServices {
  /** Bodies in one piece of at most 64 MiB are enough: `Ways.send` fits. */
  readonly send: Transport;
  readonly hasher: Hasher;
  /** The token for an origin, if the user gave one for just that origin. Asked for each request. */
  readonly tokenFor: (origin: string) => string | undefined;
  /** The title of the command that sets the token for an origin, if there is one. */
  readonly tokenCommand?: (origin: string) => string | undefined;
  readonly userAgent: string;
  /** Absent: nothing is copied from a basis, and what is wrong is fetched as a whole. */
  readonly differ?: Differ;
  /** Absent: bytes come from where they are published only. */
  readonly sharedCache?: SharedCache;
  /** Absent: `open` of node:fs/promises. */
  readonly fileSystem?: FileSystem;
  /** When this machine was started: see `bootTime`. */
  readonly bootedAt: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Fetches a file, going on where an earlier attempt ended, and ends when it is complete, verified,
 * synced and in its place. What was fetched stays on the disk when it fails, except after
 * `mismatch`.
 * @throws DownloadError `offline`, `timeout`, `server`, `rateLimited` or `badAnswer` after several
 *   attempts in a row that brought nothing; `unauthorised`, `forbidden`, `notFound`, `changed`,
 *   `mismatch`, `noSpace`, `folder`, `conflict` (another process fetches it) or `cancelled` at once
 */
export async function downloadFile(request: FileRequest, services: FileServices): Promise<void> {
  const { target, signal } = request;
  const stolen = new AbortController();
  try {
    const { lock: path } = partialPaths(target);
    const lock = await FileLock.take(path, services.clock, (error) => stolen.abort(error));
    try {
      const wanted = AbortSignal.any([signal, stolen.signal]);
      await new FileAttempt({ ...request, signal: wanted }, services).run();
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (stolen.signal.aborted) throw stolen.signal.reason;
    if (signal.aborted) throw stopped(error);
    throw DownloadError.from(error);
  }
}

/**
 * Removes what attempts have left beside a target, also where the disk is full.
 * @param openFile absent: `open` of node:fs/promises
 * @throws DownloadError `conflict` if another process fetches the file just now, `folder`
 */
export async function discardPartial(
  target: string,
  clock: Clock,
  openFile?: typeof open,
): Promise<void> {
  try {
    await discardLocked(target, clock, openFile);
  } catch (error) {
    if (!DownloadError.is(error, 'noSpace')) throw error;
    // Nobody who is at work has the lock: that would have been said instead. This makes room for it.
    await removeAll(target);
    await discardLocked(target, clock, openFile);
  }
}

async function discardLocked(target: string, clock: Clock, openFile?: typeof open): Promise<void> {
  const { lock: path } = partialPaths(target);
  const lock = await FileLock.take(path, clock, () => undefined, openFile);
  try {
    await removeAll(target);
  } finally {
    await lock.release();
  }
}

async function removeAll(target: string): Promise<void> {
  const { verified } = partialPaths(target);
  await removePartial(target);
  await onDisk(verified, () => rm(verified, { force: true }));
}

function stopped(cause: unknown): DownloadError {
  return new DownloadError(
    'cancelled',
    t('The download was stopped. Resume it to go on where it is.'),
    { cause },
  );
}
