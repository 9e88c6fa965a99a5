import type { SharedStateOptions } from '../../../src/device/shared/sharedState.ts';
import { SharedState } from '../../../src/device/shared/sharedState.ts';
import { collectingLogger } from './collectingLogger.ts';
import { FakeClock } from './fakeClock.ts';

/** What machines share, as a window has it that keeps it in this memory. */
export function sharedOf(
  memory: SharedStateOptions['memory'],
  changes: Partial<SharedStateOptions> = {},
): SharedState {
  return new SharedState({
    ...{ memory, clock: new FakeClock(), logger: collectingLogger() },
    machine: () => Promise.resolve('this machine'),
    shares: () => true,
    ...changes,
  });
}
