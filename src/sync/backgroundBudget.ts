import type { Coordination } from './cache/coordination.ts';
import type { Clock } from './clock.ts';
import { describeError } from './errors.ts';
import { localDay } from './localDay.ts';
import type { Logger } from './logger.ts';

/** What the background of all windows may fetch in a day. */
export class BackgroundBudget {
  readonly #coordination: Coordination;
  readonly #clock: Clock;
  readonly #bytesPerDay: () => number | undefined;
  readonly #logger: Logger;

  /** @param bytesPerDay bytes a local day; undefined: as many as it takes */
  constructor(
    coordination: Coordination,
    clock: Clock,
    bytesPerDay: () => number | undefined,
    logger: Logger,
  ) {
    this.#coordination = coordination;
    this.#clock = clock;
    this.#bytesPerDay = bytesPerDay;
    this.#logger = logger;
  }

  /** Bytes that may still be fetched today without the user asking; Infinity where no limit is. */
  get left(): number {
    const limit = this.#bytesPerDay();
    if (limit === undefined) return Infinity;
    return Math.max(0, limit - this.#coordination.traffic(this.#today()));
  }

  /** Counts what the background has fetched. */
  note(bytes: number): void {
    if (bytes === 0) return;
    try {
      this.#coordination.addTraffic(this.#today(), bytes);
    } catch (error) {
      this.#logger.debug(`${bytes} bytes of today were not counted: ${describeError(error)}`);
    }
  }

  #today(): string {
    return localDay(this.#clock.now());
  }
}
