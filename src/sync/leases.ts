import type { Clock, Disposable } from './clock.ts';
import type { Coordination, Lease } from './cache/coordination.ts';
import { LEASE_DURATION } from './cache/coordination.ts';
import { cancelled, describeError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { SourceKey } from './model.ts';

/** How often the user's run looks whether that of another window's user has ended, in ms. */
const POLL_INTERVAL = 200;

/** A lease in use: it is renewed until it is disposed. */
export interface HeldLease extends Disposable {
  /**
   * To be called in the transaction that writes what was found with it.
   * @throws SyncError `conflict` if another window has taken it
   */
  confirm(): void;
}

/** Takes leases for runs and keeps them alive while these go on. */
export class Leases {
  readonly #coordination: Coordination;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(coordination: Coordination, clock: Clock, logger: Logger) {
    this.#coordination = coordination;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * The lease of a source. The user's run takes it from background work, which then commits
   * nothing, and waits for the run of another window's user: two that outdo each other get nowhere.
   * @returns undefined if another window keeps it
   * @throws SyncError `cancelled`; `conflict` if another window blocks the file
   */
  async take(
    source: SourceKey,
    urgent: boolean,
    signal: AbortSignal,
  ): Promise<HeldLease | undefined> {
    for (;;) {
      if (signal.aborted) throw cancelled();
      const lease = this.#coordination.take(source, this.#clock.now(), urgent);
      if (lease !== undefined) return this.#hold(lease);
      if (!urgent) return undefined;
      await this.#pause(signal);
    }
  }

  #hold(lease: Lease): HeldLease {
    let timer: Disposable;
    const wait = (): void => {
      timer = this.#clock.after(LEASE_DURATION / 2, () => {
        this.#quietly(() => this.#coordination.renew(lease, this.#clock.now()));
        wait();
      });
    };
    wait();
    const dispose = (): void => {
      timer.dispose();
      this.#quietly(() => this.#coordination.rest(lease));
    };
    return { confirm: () => this.#coordination.check(lease), dispose };
  }

  /** What goes wrong here is found, if it matters, when the run is to be applied. */
  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logger.debug(`A lease was not renewed or given back: ${describeError(error)}`);
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', go);
        timer.dispose();
        resolve();
      };
      const timer = this.#clock.after(POLL_INTERVAL, go);
      signal.addEventListener('abort', go, { once: true });
    });
  }
}
