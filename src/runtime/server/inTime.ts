import { t } from '@vscode/l10n';
import type { Clock } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';

/** How long a program on this machine may take to answer a question that costs it nothing, in ms. */
export const ANSWER_TIME = 1_500;

export interface TimeLimit {
  /** Who is asked, for the message. */
  readonly host: string;
  /** In ms. */
  readonly limit: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks something, and gives up when the time is over.
 * @throws SyncError `timeout`; else what the question throws
 */
export async function inTime<T>(
  question: (signal: AbortSignal) => Promise<T>,
  { host, limit, clock, signal }: TimeLimit,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.after(limit, () => late.abort());
  try {
    return await question(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
    throw new SyncError(
      'timeout',
      t('{0} did not answer in time. It is tried again later.', host),
      {
        cause: error,
      },
    );
  } finally {
    timer.dispose();
  }
}
