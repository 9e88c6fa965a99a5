import type { Disposable } from '../../../src/sync/clock.ts';
import { systemClock } from '../../../src/sync/worker/systemClock.ts';
import { FakeClock } from '../../unit/support/fakeClock.ts';

/**
 * The time of day passes only when it is told to, but timers run: the waits inside a run, such as
 * those of a retry, end although nobody winds this clock.
 */
export class RunningClock extends FakeClock {
  override after(delay: number, callback: () => void): Disposable {
    return systemClock.after(delay, callback);
  }
}
