import type { Clock, Disposable } from '../../sync/clock.ts';

/** Timers of more ms than this end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Watches for how long a model has been silent, and aborts when that is too long. */
export class Silence {
  readonly #clock: Clock;
  readonly #late = new AbortController();
  readonly #limit: number;
  #timer: Disposable;

  /** @param patience how long it may be silent, in ms */
  constructor(clock: Clock, patience: number) {
    this.#clock = clock;
    this.#limit = Math.min(patience, LONGEST_TIMER);
    this.#timer = this.#wait();
  }

  /** Aborted when it was silent for too long. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** For how long it may be silent, in ms. */
  get limit(): number {
    return this.#limit;
  }

  /** The same bytes; each arrival ends the silence. */
  async *hear(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#timer.dispose();
      this.#timer = this.#wait();
      yield chunk;
    }
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #wait(): Disposable {
    return this.#clock.after(this.#limit, () => this.#late.abort());
  }
}
