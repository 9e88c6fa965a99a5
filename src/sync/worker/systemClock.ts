import type { Clock } from '../clock.ts';

/** The clock of the machine. The only place that asks it. */
export const systemClock: Clock = {
  // eslint-disable-next-line no-restricted-properties
  now: () => Date.now(),
  after(delay, callback) {
    // eslint-disable-next-line no-restricted-globals
    const timer = setTimeout(callback, delay);
    timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
