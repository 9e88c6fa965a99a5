import type { Clock, Disposable } from '../sync/clock.ts';
import { cancelled } from '../sync/errors.ts';
import type { Flow } from './file/fileDownload.ts';

/** Connections of all downloads together: more gain nothing on any line that was seen. */
const MOST_CONNECTIONS = 8;
/** For how long what was not used may be used later, in ms: a burst of more would be no limit. */
const BURST = 250;

export interface FlowLimits {
  /** Absent: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** The sync is at work and goes first. */
  readonly syncing: boolean;
  /** Files that are fetched at once. */
  readonly files: number;
}

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * What all downloads together may take of the line: a token bucket (J. Turner, "New Directions in
 * Communications", 1986) that lends. Who asks while nothing is owed is let through at once,
 * whatever the size, and those who follow wait until that is paid off, in their order; so pieces
 * larger than the bucket need not be cut up, and over any time the rate is kept.
 */
export class SharedFlow implements Flow {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #limits: FlowLimits = { syncing: false, files: 1 };
  /** Bytes that may flow now; below 0: bytes that have flowed in advance. */
  #credit = 0;
  #countedAt: number;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.now();
  }

  /** Changes the limits, for those too who wait already. */
  limit(limits: FlowLimits): void {
    this.#count();
    if (limits.bytesPerSecond !== this.#limits.bytesPerSecond) this.#credit = 0;
    this.#limits = limits;
    this.#letThrough();
  }

  connections(): number {
    const { syncing, files } = this.#limits;
    return syncing ? 1 : Math.max(1, Math.floor(MOST_CONNECTIONS / Math.max(1, files)));
  }

  take(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#limits.bytesPerSecond === undefined) return undefined;
    this.#count();
    if (this.#waiting.size === 0 && this.#credit >= 0) {
      this.#credit -= bytes;
      return undefined;
    }
    return this.#wait(bytes, signal);
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting = { bytes, go: () => resolve(undefined) };
    const leave = (): void => {
      this.#waiting.delete(waiting);
      reject(cancelled());
    };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', leave, { once: true });
    this.#letThrough();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Adds what has become free since the last count. */
  #count(): void {
    const now = this.#clock.now();
    const rate = this.#limits.bytesPerSecond ?? 0;
    // A clock that jumped back must not stop everything until it is again where it was.
    const earned = (rate * Math.max(0, now - this.#countedAt)) / 1000;
    this.#credit = Math.min((rate * BURST) / 1000, this.#credit + earned);
    this.#countedAt = now;
  }

  #letThrough(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#count();
    const rate = this.#limits.bytesPerSecond;
    for (const waiting of this.#waiting) {
      if (rate !== undefined && this.#credit < 0) break;
      this.#credit -= waiting.bytes;
      this.#waiting.delete(waiting);
      waiting.go();
    }
    if (this.#waiting.size === 0 || rate === undefined) return;
    const delay = Math.max(1, Math.ceil((-this.#credit * 1000) / rate));
    this.#timer = this.#clock.after(delay, () => this.#letThrough());
  }
}
