const FIRST = 2;
const MOST = 8;
/** So much more has to arrive, for one connection more to be worth it. */
const GAIN = 1.1;
/** How long, in ms, is measured before the number changes. */
const INTERVAL = 500;
const LONGEST_INTERVAL = 5_000;
/** How long the number stays after it turned out that more do not help, or hurt. */
const REST = 15_000;

/**
 * How many connections to use: one more as long as each brings more, fewer after errors. What
 * limits them is unknown and changes, so it is tried again after a while.
 */
export class ConnectionCount {
  #count = FIRST;
  #since: number;
  #bytes = 0;
  /** Bytes per ms with one connection less; undefined where that is unknown. */
  #before: number | undefined;
  #restUntil = 0;

  /** @param now ms since 1970 */
  constructor(now: number) {
    this.#since = now;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes have arrived, over all connections. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Decides again, if it was measured long enough. @param used connections that are open */
  decide(now: number, used: number): void {
    const duration = now - this.#since;
    if (duration >= 0 && duration < INTERVAL) return;
    const speed = this.#bytes / duration;
    this.#since = now;
    this.#bytes = 0;
    // The clock was set, or the machine slept.
    if (duration < 0 || duration > LONGEST_INTERVAL) return;
    // Fewer are used than may be, so this speed tells nothing about the number.
    if (used < this.#count) return;
    if (this.#before !== undefined && speed < this.#before * GAIN) {
      this.#count = Math.max(1, this.#count - 1);
      this.#before = undefined;
      this.#restUntil = now + REST;
    } else if (!this.#rests(now) && this.#count < MOST && speed > 0) {
      this.#before = speed;
      this.#count++;
    } else {
      this.#before = undefined;
    }
  }

  /** A connection failed, or was refused. */
  failed(now: number): void {
    this.#count = Math.max(1, Math.floor(this.#count / 2));
    this.#before = undefined;
    this.#restUntil = now + REST;
  }

  #rests(now: number): boolean {
    const left = this.#restUntil - now;
    return left > 0 && left <= REST;
  }
}
