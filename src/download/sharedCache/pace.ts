import type { Clock, Disposable } from '../../sync/clock.ts';

/** How long a cache may keep us waiting, in ms, before it must have brought `LEAST`. */
export const PATIENCE = 5_000;
/** Bytes: 256 KiB for each second of waiting. */
const LEAST = (256 * 1024 * PATIENCE) / 1_000;
/** More than that between two looks, in ms: the machine slept, or its clock was set. */
const JUMP = 2 * PATIENCE;

/**
 * Finds out that something comes too slowly, over all who wait for it. Only waiting counts: whoever
 * takes little because the user allows no more is not kept waiting.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #onSlow: () => void;
  #waiting = 0;
  #lookedAt = 0;
  #waited = 0;
  #bytes = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock, onSlow: () => void) {
    this.#clock = clock;
    this.#onSlow = onSlow;
  }

  /** Waits for something. @param bytesOf how much of it is bytes of the file */
  async wait<T>(event: Promise<T>, bytesOf: (came: T) => number): Promise<T> {
    this.#begin();
    let bytes = 0;
    try {
      const came = await event;
      bytes = bytesOf(came);
      return came;
    } finally {
      this.#end(bytes);
    }
  }

  #begin(): void {
    if (this.#waiting++ > 0) return;
    this.#lookedAt = this.#clock.now();
    this.#lookLater();
  }

  #end(bytes: number): void {
    this.#bytes += bytes;
    if (--this.#waiting > 0) return;
    this.#count();
    this.#timer?.dispose();
  }

  #lookLater(): void {
    const rest = Math.max(1, PATIENCE - this.#waited);
    this.#timer = this.#clock.after(rest, () => {
      this.#count();
      if (this.#waited >= PATIENCE) {
        if (this.#bytes < LEAST) this.#onSlow();
        this.#waited = 0;
        this.#bytes = 0;
      }
      if (this.#waiting > 0) this.#lookLater();
    });
  }

  #count(): void {
    const now = this.#clock.now();
    const since = now - this.#lookedAt;
    this.#lookedAt = now;
    if (since >= 0 && since <= JUMP) this.#waited += since;
  }
}
