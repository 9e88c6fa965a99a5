import { Readable } from 'node:stream';
import type { Clock } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { WhileAway } from '../../sync/whileAway.ts';
import { SharedFlow } from '../flow.ts';
import type { KnownBytes } from './provenBytes.ts';
import { provenBytes } from './provenBytes.ts';
import type { SharedCache } from './sharedCache.ts';

/** A file is begun so often; each time the user comes back it is broken off. */
const MOST_ATTEMPTS = 3;

export interface CacheOffersOptions {
  readonly cache: SharedCache;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Offer extends KnownBytes {
  attempts: number;
}

/**
 * Offers a team's cache what was downloaded and verified, one file after the other while the user is
 * away. A WebDAV server takes a file in one go only, so one that is broken off is begun anew when
 * the user is away again. What is not offered when the window closes is forgotten.
 */
export class CacheOffers {
  readonly #options: CacheOffersOptions;
  readonly #flow: SharedFlow;
  readonly #work: WhileAway<Offer>;
  #waiting: readonly Offer[] = [];

  constructor(options: CacheOffersOptions) {
    this.#options = options;
    this.#flow = new SharedFlow(options.clock);
    this.#work = new WhileAway({
      next: () => this.#waiting[0],
      work: (offer, signal) => this.#attempt(offer, signal),
    });
  }

  /** A file was downloaded, verified, and is in its place. */
  add(file: KnownBytes): void {
    if (!this.#options.cache.takesFiles || file.size === 0) return;
    if (this.#waiting.some(({ sha256 }) => sha256 === file.sha256)) return;
    this.#waiting = [...this.#waiting, { ...file, attempts: 0 }];
    this.#work.consider();
  }

  /** How fast files may be sent, in bytes per second; undefined: as fast as it goes. */
  limit(bytesPerSecond: number | undefined): void {
    const rate = bytesPerSecond === undefined ? {} : { bytesPerSecond };
    this.#flow.limit({ files: 1, syncing: false, ...rate });
  }

  /** Whether the user is away, so that there is time. */
  setIdle(isIdle: boolean): void {
    this.#work.setAway(isIdle);
  }

  /** Breaks off what is being sent; ends when that is done. */
  close(): Promise<void> {
    return this.#work.close();
  }

  async #attempt(offer: Offer, signal: AbortSignal): Promise<void> {
    offer.attempts++;
    try {
      await this.#offer(offer, signal);
    } catch (error) {
      this.#options.logger.info(`${offer.path} was not offered: ${describeError(error)}`);
    }
    const isBrokenOff = signal.aborted && offer.attempts < MOST_ATTEMPTS;
    if (!isBrokenOff) this.#waiting = this.#waiting.filter((one) => one !== offer);
  }

  async #offer(file: KnownBytes, signal: AbortSignal): Promise<void> {
    const { cache, logger } = this.#options;
    const { path, size, sha256 } = file;
    if (!cache.takesFiles) return;
    const found = await cache.ask({ sha256, method: 'HEAD', signal });
    found?.end();
    if (found !== undefined) return;
    const bytes = provenBytes(file, (taken, own) => this.#flow.take(taken, own), signal);
    const body = Readable.from(bytes, { objectMode: false });
    try {
      if (!(await cache.give({ sha256, size, body, signal }))) return;
    } finally {
      body.destroy();
    }
    cache.noteOffered(size);
    logger.info(`The shared cache ${cache.host} has ${path} from now on.`);
  }
}
