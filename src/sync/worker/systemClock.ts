import type { Clock } from '../clock.ts';

/** The dice of the machine: from 0 to below 1. */
export const systemRandom = (): number => Math.random();

/** The clock of the machine. The only place that asks it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, delay);
    timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
