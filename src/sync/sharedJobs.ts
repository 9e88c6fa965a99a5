import { cancelled } from './errors.ts';
import { untilAborted } from './untilAborted.ts';

interface Shared<Job, Result> {
  readonly job: Job;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  waiting: number;
}

/**
 * Work that concurrent callers share: the first one begins it, those who come while it runs join
 * it, and it is aborted only when the last of them has left.
 */
export class SharedJobs<Key, Job, Result> {
  readonly #running = new Map<Key, Shared<Job, Result>>();

  /**
   * Waits for the job of this key, beginning it if it does not run.
   * @param join called on a running job when another caller joins it
   * @throws SyncError `cancelled` if `signal` is aborted; the job goes on for the others
   */
  async join(
    key: Key,
    begin: () => Job,
    join: (job: Job) => void,
    run: (job: Job, signal: AbortSignal) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    if (signal?.aborted === true) throw cancelled();
    let shared = this.#running.get(key);
    if (shared === undefined || shared.controller.signal.aborted)
      shared = this.#begin(key, begin(), run);
    else join(shared.job);
    return await this.#wait(shared, signal);
  }

  /** Aborts all that runs and waits until it has ended. */
  async abortAll(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort();
    await Promise.allSettled(running.map(({ result }) => result));
  }

  #begin(
    key: Key,
    job: Job,
    run: (job: Job, signal: AbortSignal) => Promise<Result>,
  ): Shared<Job, Result> {
    const controller = new AbortController();
    const result = run(job, controller.signal).finally(() => {
      if (this.#running.get(key) === shared) this.#running.delete(key);
    });
    // Once all callers have left, nobody is there to hear of a failure.
    result.catch(() => undefined);
    const shared: Shared<Job, Result> = { job, controller, result, waiting: 0 };
    this.#running.set(key, shared);
    return shared;
  }

  async #wait(shared: Shared<Job, Result>, signal: AbortSignal | undefined): Promise<Result> {
    shared.waiting++;
    try {
      return await (signal === undefined ? shared.result : untilAborted(shared.result, signal));
    } finally {
      if (--shared.waiting === 0) shared.controller.abort();
    }
  }
}
