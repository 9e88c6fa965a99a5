import type { Clock, Disposable } from '../../../src/sync/clock.ts';

interface Timer {
  at: number;
  readonly callback: () => void;
}

/** 2026-03-16T12:00:00.000Z: an hour that means nothing. */
export const NOON = Date.UTC(2026, 2, 16, 12);

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  constructor(now = NOON) {
    this.#now = now;
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** When the next timer calls back, in ms since 1970; undefined if none is set. */
  get nextAt(): number | undefined {
    const times = [...this.#timers].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Disposable {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  /** Lets time pass; timers call back in their order, at their time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }

  /** The machine sleeps, or its clock is set: the time jumps, and timers wait on as if it had not. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }
}
