import type { Clock } from '../../../src/sync/clock.ts';

/** A clock on which time passes so many times as fast; its timers keep the process alive. */
export function hurriedClock(times: number): Clock {
  return {
    now: () => performance.now() * times,
    after(delay, callback) {
      const timer = setTimeout(callback, delay / times);
      return { dispose: () => clearTimeout(timer) };
    },
  };
}
