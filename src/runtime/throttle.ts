import type { Clock, Disposable } from '../sync/clock.ts';

/** Does something soon after it was asked for: at once, but not more often than every so often. */
export class Throttle implements Disposable {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #work: () => void;
  #doneAt = -Infinity;
  #waiting: Disposable | undefined;

  /** @param interval the least time between two times, in ms */
  constructor(clock: Clock, interval: number, work: () => void) {
    this.#clock = clock;
    this.#interval = interval;
    this.#work = work;
  }

  ask(): void {
    if (this.#waiting !== undefined) return;
    const wait = this.#doneAt + this.#interval - this.#clock.now();
    // A clock that was set back must not put it off for long.
    if (wait <= 0 || wait > this.#interval) this.#do();
    else this.#waiting = this.#clock.after(wait, () => this.#do());
  }

  dispose(): void {
    this.#waiting?.dispose();
  }

  #do(): void {
    this.#waiting = undefined;
    this.#doneAt = this.#clock.now();
    this.#work();
  }
}
