import type { Coordination } from './cache/coordination.ts';
import type { SourceTraffic } from './cache/sourceTraffic.ts';
import { describeError } from './errors.ts';
import { localDay } from './localDay.ts';
import type { Logger } from './logger.ts';
import type { SourceKey } from './model.ts';

/** What one attempt at a source cost. */
export interface AttemptCost {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly bytesReceived: number;
  /** See Listing.wholeBytes. */
  readonly wholeBytes: number | undefined;
  /** `none`: it was given up, or left to others. */
  readonly outcome: 'answered' | 'failed' | 'none';
}

type Store = Pick<
  Coordination,
  'wholeAnswer' | 'setWholeAnswer' | 'addSourceTraffic' | 'sourceTraffic'
>;

/**
 * Day by day what sources cost, beside what they would have cost whoever keeps nothing. That is
 * estimated by the last answer that held everything, and never claimed where there was none or
 * where the source did not answer.
 */
export class TrafficLog {
  readonly #store: Store;
  readonly #logger: Logger;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /**
   * Counts an attempt.
   * @returns what whoever keeps nothing would have received, in bytes
   */
  note(source: SourceKey, cost: AttemptCost): number {
    const { at, bytesReceived: received, outcome } = cost;
    try {
      const known = outcome === 'answered' ? this.#wholeAnswer(source, cost) : undefined;
      const whole = known ?? received;
      const failures = Number(outcome === 'failed');
      const day = localDay(at);
      this.#store.addSourceTraffic({
        day,
        source,
        runs: Number(outcome !== 'none'),
        failures,
        received,
        whole,
      });
      return whole;
    } catch (error) {
      this.#logger.debug(`${source}: its cost was not counted: ${describeError(error)}`);
      return received;
    }
  }

  /** What is kept, the oldest day first. */
  list(): SourceTraffic[] {
    return this.#store.sourceTraffic();
  }

  #wholeAnswer(source: SourceKey, { wholeBytes = 0 }: AttemptCost): number | undefined {
    const known = this.#store.wholeAnswer(source);
    // Nothing is received by who shares the answer of another.
    if (wholeBytes === 0) return known;
    if (wholeBytes !== known) this.#store.setWholeAnswer(source, wholeBytes);
    return wholeBytes;
  }
}
