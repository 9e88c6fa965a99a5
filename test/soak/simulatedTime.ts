import type { Clock, Disposable } from '../../src/sync/clock.ts';
import { systemClock } from '../../src/sync/worker/systemClock.ts';
import { FakeClock } from '../unit/support/fakeClock.ts';

/** What falls due within so many ms happens together, so that windows get into each other's way. */
const MOMENT = 1_000;
const LEISURE = 60_000;
/** How long a wait for what really happens may last before it is given up, in ms of the machine. */
const PATIENCE = 120_000;
const LOOK = 2;

/**
 * The time of a simulated machine. It stands still while anything is under way, so that weeks take
 * minutes and no answer is ever late.
 */
export class SimulatedTime {
  readonly #calendar: FakeClock;
  readonly #busy: () => boolean;
  #running = 0;
  #work = 0;

  /**
   * @param start ms since 1970
   * @param busy whether something is under way that `during` was not told of
   */
  constructor(start: number, busy: () => boolean) {
    this.#calendar = new FakeClock(start);
    this.#busy = busy;
  }

  /** Timers call back when the simulated time has come: for what waits for minutes. */
  get calendar(): Clock {
    return this.#calendar;
  }

  /** The same, for what looks around every few seconds: once a minute is often enough. */
  readonly leisure: Clock = {
    now: () => this.now(),
    after: (delay, callback) => this.#calendar.after(Math.max(delay, LEISURE), callback),
  };

  /** The same time of day, and timers of the machine: for the short waits inside a request. */
  readonly wall: Clock = {
    now: () => this.now(),
    after: (delay, callback) => this.#after(delay, callback),
  };

  /** Timers that are set, on either clock. */
  get timers(): number {
    return this.#calendar.timers + this.#running;
  }

  now(): number {
    return this.#calendar.now();
  }

  /** Holds the time until this has ended, well or not. */
  during(work: Promise<unknown>): void {
    this.#work++;
    const end = (): void => {
      this.#work--;
    };
    work.then(end, end);
  }

  /** Lets time pass, and whatever falls due come to its end. */
  async pass(ms: number): Promise<void> {
    const end = this.now() + ms;
    await this.settle();
    while (this.now() < end) {
      this.#calendar.advance(Math.min(this.#untilNext(end), end - this.now()));
      await this.settle();
    }
  }

  /** The machine sleeps, or its clock is set, back or ahead. */
  jump(ms: number): void {
    this.#calendar.jump(ms);
  }

  /** Waits until nothing is under way. */
  async settle(): Promise<void> {
    await this.until(() => this.#work === 0 && !this.#busy(), 'everything to come to its end');
    // Whoever waited for it hears of it a few turns later, and may begin something else.
    await nextTurn();
    if (this.#work > 0 || this.#busy()) await this.settle();
  }

  /** Waits, in the time of the machine, until something holds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + PATIENCE;
    for (let turn = 0; !holds(); turn++) {
      if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
      await (turn < 20 ? nextTurn() : new Promise((resolve) => setTimeout(resolve, LOOK)));
    }
  }

  #untilNext(end: number): number {
    return Math.max(MOMENT, (this.#calendar.nextAt ?? end) - this.now());
  }

  #after(delay: number, callback: () => void): Disposable {
    this.#running++;
    let isSet = true;
    const unset = (): void => {
      if (isSet) this.#running--;
      isSet = false;
    };
    const timer = systemClock.after(delay, () => {
      unset();
      callback();
    });
    return {
      dispose: () => {
        unset();
        timer.dispose();
      },
    };
  }
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
