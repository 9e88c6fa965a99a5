import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import type { HashFileOptions } from '../download/file/hasher.ts';
import { hasEnded, newOwner } from '../sync/cache/owner.ts';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { IdentityStore } from './identityStore.ts';
import type { LocalFile } from './runtime.ts';
import { RuntimeError } from './errors.ts';

/** The user may be at work in another program: some disk is left to it. */
const BACKGROUND_BYTES_PER_SECOND = 200_000_000;
/** How long until it is looked again whether another window still hashes, in ms. */
const TURN_INTERVAL = 60_000;

/** What of the thread that hashes is needed here: see Hasher. */
export interface FileHasher {
  hashFile(path: string, options: HashFileOptions): Promise<string>;
}

export interface IdentityHasherOptions {
  readonly store: IdentityStore;
  readonly hasher: FileHasher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One more file is known by its bytes, or another window has made some known. */
  readonly onDidProve: () => void;
}

/**
 * Finds out what files are by hashing them, in the background while the user is away: one at a
 * time, in one window at a time, broken off as soon as the user is back.
 */
export class IdentityHasher {
  readonly #options: IdentityHasherOptions;
  readonly #owner = newOwner();
  /** Files that could not be hashed as they are. */
  readonly #failed = new Set<string>();
  #queue: readonly LocalFile[] = [];
  #idle = false;
  #running: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;
  #waiting: Disposable | undefined;
  #closed = false;

  constructor(options: IdentityHasherOptions) {
    this.#options = options;
  }

  /** Hashes these files once there is time, in this order; what was wanted before is not. */
  want(files: readonly LocalFile[]): void {
    this.#queue = files;
    this.#consider();
  }

  /** Whether the user is away, so that there is time. */
  setIdle(idle: boolean): void {
    this.#idle = idle;
    if (!idle) this.#running?.controller.abort();
    this.#consider();
  }

  /** Whether a file is still to be hashed. */
  isPending(file: LocalFile): boolean {
    return !this.#failed.has(stateOf(file)) && this.#known(file) === undefined;
  }

  /**
   * Hashes a file now, whatever is remembered of it, and remembers the outcome.
   * @throws RuntimeError `disk` if it cannot be read or changes meanwhile; `cancelled`
   */
  async prove(path: string, options: HashFileOptions): Promise<string> {
    try {
      const before = await stat(path);
      const sha256 = await this.#options.hasher.hashFile(path, options);
      const after = await stat(path);
      if (before.size !== after.size || before.mtimeMs !== after.mtimeMs) {
        throw new RuntimeError(
          'disk',
          t('{0} is being written to. Try again when that is done.', path),
        );
      }
      this.#options.store.remember(path, after.size, after.mtimeMs, sha256);
      return sha256;
    } catch (error) {
      if (options.signal.aborted || error instanceof RuntimeError) throw RuntimeError.from(error);
      throw new RuntimeError(
        'disk',
        t(
          '{0} cannot be read ({1}). Check the disk and the rights to it.',
          path,
          describeError(error),
        ),
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    this.#waiting?.dispose();
    this.#running?.controller.abort();
    await this.#running?.ended;
  }

  #known({ path, size, modifiedAt }: LocalFile): string | undefined {
    return this.#options.store.sha256Of(path, size, modifiedAt);
  }

  #consider(): void {
    if (!this.#idle || this.#closed || this.#running !== undefined) return;
    this.#waiting?.dispose();
    if (this.#next() === undefined) return;
    if (!this.#takeTurn()) {
      this.#waiting = this.#options.clock.after(TURN_INTERVAL, () => {
        this.#options.onDidProve();
        this.#consider();
      });
      return;
    }
    const controller = new AbortController();
    this.#running = { controller, ended: this.#run(controller.signal) };
  }

  #next(): LocalFile | undefined {
    return this.#queue.find((file) => this.isPending(file));
  }

  #takeTurn(): boolean {
    const { store, clock } = this.#options;
    return store.takeTurn(this.#owner, clock.now(), hasEnded);
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let file = this.#next(); file !== undefined; file = this.#next()) {
      await this.#hash(file, signal);
      if (signal.aborted) break;
      this.#takeTurn();
      this.#options.onDidProve();
    }
    this.#options.store.giveTurn(this.#owner);
    this.#running = undefined;
    // The user may have been back and be away again.
    if (signal.aborted) this.#consider();
  }

  async #hash(file: LocalFile, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    let renewed = clock.now();
    const onProgress = (): void => {
      if (Math.abs(clock.now() - renewed) < TURN_INTERVAL) return;
      renewed = clock.now();
      this.#takeTurn();
    };
    try {
      const bytesPerSecond = BACKGROUND_BYTES_PER_SECOND;
      await this.prove(file.path, { signal, onProgress, bytesPerSecond });
      // It may have another size or time than the runtime told, and would be hashed for ever.
      if (this.#known(file) === undefined) this.#failed.add(stateOf(file));
    } catch (error) {
      if (signal.aborted) return;
      this.#failed.add(stateOf(file));
      logger.warn(`What ${file.path} is stays unknown: ${describeError(error)}`);
    }
  }
}

function stateOf({ path, size, modifiedAt }: LocalFile): string {
  return `${size} ${modifiedAt} ${path}`;
}
