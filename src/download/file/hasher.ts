import { Worker } from 'node:worker_threads';
import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { cancelled, describeError, SyncError } from '../../sync/errors.ts';
import { RpcPeer } from '../../sync/worker/rpc.ts';
import { DownloadError } from '../errors.ts';
import type { Digest } from '../model.ts';
import type { HashJob, HashProgress } from './hashing.ts';

/** How long the thread stays when nothing is to be hashed, in ms. */
const LINGER = 30_000;
/** It has one buffer of its own, and little else. */
const LIMITS = { maxYoungGenerationSizeMb: 2 };

export interface HasherOptions {
  /** The file of the thread's program: `hashWorker`. */
  readonly program: string;
  readonly clock: Clock;
}

export interface HashFileOptions {
  /** Absent: `sha256`. */
  readonly algorithm?: Digest['algorithm'];
  readonly signal: AbortSignal;
  /** Called with the bytes hashed so far, at most ten times a second. */
  readonly onProgress?: (bytes: number) => void;
  /** At most so many, to leave the disk to others; absent: as fast as it goes. */
  readonly bytesPerSecond?: number;
}

export interface FollowOptions {
  readonly algorithm: Digest['algorithm'];
  /** How long the file will be. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** See HashFileOptions. */
  readonly onProgress: (bytes: number) => void;
}

/** The hashing of a file that is still being written. */
export interface Followed {
  /** In lower case hex digits. Rejects with DownloadError `folder` or SyncError `cancelled`. */
  readonly digest: Promise<string>;
  /** All bytes before this one have been written. */
  readonly advance: (end: number) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly peer: RpcPeer;
}

/** Hashes files in a thread of its own, which runs while it is needed. */
export class Hasher {
  readonly #options: HasherOptions;
  readonly #listeners = new Map<number, (bytes: number) => void>();
  #thread: Thread | undefined;
  #linger: Disposable | undefined;
  #lastId = 0;

  constructor(options: HasherOptions) {
    this.#options = options;
  }

  /**
   * The digest of a whole file in lower case hex digits. Gives way to files that are being
   * downloaded.
   * @throws DownloadError `folder` if it cannot be read or becomes shorter; SyncError `cancelled`
   */
  async hashFile(path: string, options: HashFileOptions): Promise<string> {
    const { algorithm = 'sha256', bytesPerSecond, signal, onProgress } = options;
    const job = { id: ++this.#lastId, path, algorithm, bytesPerSecond };
    return await this.#hash(job, signal, onProgress);
  }

  /** Hashes a file while it is written; it has to be there. Reads what is on the disk. */
  follow(path: string, options: FollowOptions): Followed {
    const { algorithm, size, signal, onProgress } = options;
    const job = { id: ++this.#lastId, path, algorithm, size };
    const digest = this.#hash(job, signal, onProgress);
    return {
      digest,
      advance: (end) => this.#thread?.peer.emit('written', { id: job.id, bytes: end }),
    };
  }

  /** Ends the thread; what it hashes is `cancelled`. */
  async close(): Promise<void> {
    await this.#end(cancelled());
  }

  async #hash(
    job: HashJob,
    signal: AbortSignal,
    onProgress: (bytes: number) => void = () => undefined,
  ): Promise<string> {
    this.#linger?.dispose();
    this.#listeners.set(job.id, onProgress);
    this.#thread ??= this.#start();
    const { worker, peer } = this.#thread;
    worker.ref();
    try {
      return (await peer.call('hash', job, signal)) as string;
    } finally {
      this.#listeners.delete(job.id);
      if (this.#listeners.size === 0) this.#rest(worker);
    }
  }

  /** Nothing is to be hashed: the thread does not keep the process, and ends after a while. */
  #rest(worker: Worker): void {
    worker.unref();
    this.#linger = this.#options.clock.after(LINGER, () => void this.#end(cancelled()));
  }

  #start(): Thread {
    const worker = new Worker(this.#options.program, { resourceLimits: LIMITS });
    const peer = new RpcPeer(worker, { DownloadError });
    const thread = { worker, peer };
    peer.on('hashed', ({ id, bytes }: HashProgress) => this.#listeners.get(id)?.(bytes));
    worker.on('error', (error) => {
      if (this.#thread === thread) void this.#end(broken(error));
    });
    return thread;
  }

  async #end(error: SyncError): Promise<void> {
    this.#linger?.dispose();
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.peer.abandon(error);
    await thread?.worker.terminate();
  }
}

function broken(error: unknown): SyncError {
  return new SyncError(
    'server',
    t('The thread that checks files ended: {0}. It is tried again later.', describeError(error)),
    { cause: error },
  );
}
