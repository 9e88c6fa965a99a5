import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { cancelled } from '../../sync/errors.ts';
import { DownloadError } from '../errors.ts';
import type { HashJob, HashProgress } from './hashing.ts';

/** Read in one go; between two of them messages are heard. */
const SLICE = 1024 * 1024;
/** How often progress is told, in ms. */
const TOLD_EVERY = 100;

interface Running {
  readonly job: HashJob;
  readonly file: number;
  readonly hash: Hash;
  readonly size: number;
  /** Up to where there are bytes to read. */
  end: number;
  position: number;
  /** Not before that time, in ms since 1970. */
  notBefore: number;
  toldAt: number;
  readonly result: PromiseWithResolvers<string>;
}

/**
 * Hashes files slice by slice, those first that are being downloaded. Reads synchronously: it is
 * for a thread of its own.
 */
export class HashQueue {
  readonly #clock: Clock;
  readonly #onProgress: (progress: HashProgress) => void;
  readonly #jobs = new Map<number, Running>();
  readonly #slice = Buffer.allocUnsafeSlow(SLICE);
  #isAtWork = false;
  #timer: Disposable | undefined;

  constructor(clock: Clock, onProgress: (progress: HashProgress) => void) {
    this.#clock = clock;
    this.#onProgress = onProgress;
  }

  /**
   * Hashes a file.
   * @returns the digest in lower case hex digits
   * @throws DownloadError `folder` if it cannot be read or becomes shorter; SyncError `cancelled`
   */
  async run(job: HashJob, signal: AbortSignal): Promise<string> {
    const running = open(job);
    const cancel = (): void => running.result.reject(cancelled());
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    this.#jobs.set(job.id, running);
    this.#wake();
    if (running.size === 0) running.result.resolve(running.hash.digest('hex'));
    try {
      return await running.result.promise;
    } finally {
      this.#jobs.delete(job.id);
      signal.removeEventListener('abort', cancel);
      closeSync(running.file);
    }
  }

  /** More of a file has been written. */
  advance({ id, bytes }: HashProgress): void {
    const running = this.#jobs.get(id);
    if (running === undefined) return;
    running.end = Math.max(running.end, bytes);
    this.#wake();
  }

  #wake(): void {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    this.#isAtWork = false;
    const next = this.#next();
    if (next === undefined) return;
    try {
      this.#read(next);
    } catch (error) {
      this.#jobs.delete(next.job.id);
      next.result.reject(unreadable(next.job.path, error));
    }
    this.#wake();
  }

  /** The job to go on with; wakes up again for one that has to wait. */
  #next(): Running | undefined {
    const now = this.#clock.now();
    const ready = [...this.#jobs.values()].filter(({ position, end }) => position < end);
    const due = ready.filter(({ notBefore }) => notBefore <= now);
    const next = due.find(({ job }) => job.size !== undefined) ?? due[0];
    if (next !== undefined || ready.length === 0) return next;
    const delay = Math.min(...ready.map(({ notBefore }) => notBefore)) - now;
    this.#timer?.dispose();
    this.#timer = this.#clock.after(Math.min(delay, TOLD_EVERY), () => this.#wake());
    return undefined;
  }

  #read(running: Running): void {
    const { job, file, hash, position, end, size } = running;
    const wanted = Math.min(SLICE, end - position);
    const length = readSync(file, this.#slice, 0, wanted, position);
    if (length === 0) throw new Error(t('it became shorter'));
    hash.update(this.#slice.subarray(0, length));
    running.position += length;
    const now = this.#clock.now();
    if (job.bytesPerSecond !== undefined) {
      running.notBefore = now + (length / job.bytesPerSecond) * 1_000;
    }
    if (Math.abs(now - running.toldAt) >= TOLD_EVERY) {
      running.toldAt = now;
      this.#onProgress({ id: job.id, bytes: running.position });
    }
    if (running.position < size) return;
    this.#jobs.delete(job.id);
    running.result.resolve(hash.digest('hex'));
  }
}

function open(job: HashJob): Running {
  const { path, algorithm } = job;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const found = fstatSync(file);
    // Reading a pipe would wait for somebody to write into it.
    if (!found.isFile()) throw new Error(t('it is no file'));
    const size = job.size ?? found.size;
    const hash = createHash(algorithm === 'git' ? 'sha1' : 'sha256');
    if (algorithm === 'git') hash.update(`blob ${size}\0`);
    return {
      ...{ job, file, hash, size, position: 0, end: job.size === undefined ? size : 0 },
      ...{ notBefore: 0, toldAt: 0, result: Promise.withResolvers<string>() },
    };
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): DownloadError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new DownloadError(
    'folder',
    t('{0} cannot be read ({1}). Check that it is there and may be read.', path, code ?? message),
    { cause: error },
  );
}
