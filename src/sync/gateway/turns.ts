import { untilAborted } from '../untilAborted.ts';

/** Lets one caller work at a time, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Works when all who came before are done.
   * @throws SyncError `cancelled` if the signal is aborted while waiting
   */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const mine = Promise.withResolvers<undefined>();
    // Whoever leaves the queue must not let the next one in before those ahead are done.
    this.#last = Promise.all([before, mine.promise]);
    try {
      await untilAborted(before, signal);
      return await work();
    } finally {
      mine.resolve(undefined);
    }
  }
}
