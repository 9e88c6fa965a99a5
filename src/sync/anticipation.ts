import type { ActivityEvent, ActivityReport } from './activity.ts';
import type { BackgroundBudget } from './backgroundBudget.ts';
import { ActivityLog } from './cache/activityLog.ts';
import { CataloguePool } from './cataloguePool.ts';
import type { Clock } from './clock.ts';
import type { DetailsService } from './details.ts';
import type { Cost } from './detailsPart.ts';
import type { EngineSettings } from './engineOptions.ts';
import { describeError, SyncError } from './errors.ts';
import type { LinkLimits } from './http/linkQuality.ts';
import type { Leases } from './leases.ts';
import type { Logger } from './logger.ts';
import type { ModelId } from './model.ts';
import { traitsOf } from './strategy/prefetch/candidate.ts';
import type { AheadRound } from './strategy/prefetch/fetchAhead.ts';
import { AheadFailures, earnedBytes, fetchAhead } from './strategy/prefetch/fetchAhead.ts';
import type { AtHand } from './strategy/prefetch/pool.ts';
import { gatherPool } from './strategy/prefetch/pool.ts';
import type { Prediction } from './strategy/prefetch/predict.ts';
import { predict } from './strategy/prefetch/predict.ts';
import { Taste } from './strategy/prefetch/taste.ts';
import { TUNING } from './strategy/prefetch/tuning.ts';

/** What the lease is of that one window at a time fetches ahead with. */
const LEASE = 'ahead';

/** What the window knows that the user looks at. */
export interface Around extends AtHand {
  /** How large a variant may be to run well here, in bytes; absent: not known. */
  readonly fitsBytes?: number | undefined;
}

export interface AnticipationOptions {
  /** Where the log is kept; undefined: in memory. */
  readonly storage: string | undefined;
  /** The file of the catalogue. */
  readonly catalogue: string;
  readonly settings: () => Pick<EngineSettings, 'sources' | 'fetchesAhead'>;
  readonly details: Pick<DetailsService, 'store' | 'isStored'>;
  /** What the background may fetch in a day. */
  readonly budget: Pick<BackgroundBudget, 'left' | 'note'>;
  /** What the link bears. */
  readonly limits: () => Pick<LinkLimits, 'prefetchBytes'>;
  readonly leases: Leases;
  /** The details of a model are there now. */
  readonly onDidFetch: (id: ModelId, sha: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * One step ahead of the user: notes what they do on this machine, and fetches the details that this
 * leads to while they are away. Trouble with it is logged and no more.
 */
export class Anticipation {
  readonly #options: AnticipationOptions;
  readonly #pool: CataloguePool;
  readonly #failures: AheadFailures;
  readonly #closing = new AbortController();
  #log: ActivityLog | undefined;
  #running: Promise<AheadRound> | undefined;
  #fitsBytes: number | undefined;

  constructor(options: AnticipationOptions) {
    const { catalogue, settings, clock, random } = options;
    this.#options = options;
    this.#pool = new CataloguePool(catalogue, () => settings().sources);
    this.#failures = new AheadFailures(() => clock.now(), random);
  }

  /** Notes what the user did, unless they do not want that. */
  record(events: readonly ActivityEvent[]): void {
    if (!this.#isWanted || events.length === 0) return;
    this.#tolerant(undefined, () =>
      this.#opened.add(events.map((event) => this.#withTraits(event))),
    );
  }

  /** Notes that details were there when the user opened them. */
  noteUse(id: ModelId, revision: string): void {
    if (!this.#isWanted) return;
    this.#tolerant(undefined, () => this.#opened.noteUse(id, revision, this.#options.clock.now()));
  }

  /** Fetches what is likely wanted next, until the signal says that the user is back. */
  run(around: Around, signal: AbortSignal): Promise<AheadRound> {
    this.#fitsBytes = around.fitsBytes;
    this.#running ??= this.#run(around, AbortSignal.any([signal, this.#closing.signal])).finally(
      () => (this.#running = undefined),
    );
    return this.#running;
  }

  /** What is kept, and what came of it. */
  report(): ActivityReport {
    const totals = { models: 0, bytes: 0, usedModels: 0, usedBytes: 0 };
    return this.#tolerant({ events: 0, totals, newest: [] }, () => this.#opened.report());
  }

  /** Forgets what the user did, and what was fetched because of it. @throws SyncError `storage` */
  clear(): void {
    try {
      this.#opened.clear();
    } catch (error) {
      throw SyncError.from(error);
    }
  }

  /** Breaks off what runs. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#pool.close();
    this.#log?.close();
    this.#log = undefined;
  }

  get #isWanted(): boolean {
    return this.#options.settings().fetchesAhead === true;
  }

  /** Opened when it is first needed. */
  get #opened(): ActivityLog {
    const { storage, clock, logger } = this.#options;
    return (this.#log ??= new ActivityLog({
      ...(storage !== undefined && { storage }),
      ...{ now: clock.now(), logger },
    }));
  }

  async #run(around: Around, signal: AbortSignal): Promise<AheadRound> {
    const { leases, logger } = this.#options;
    const nothing: AheadRound = { models: 0, requests: 0, bytes: 0 };
    const budgetBytes = this.#budgetBytes;
    if (budgetBytes <= 0) return { ...nothing, stopped: 'budget' };
    try {
      const lease = await leases.take(LEASE, false, signal);
      if (lease === undefined) return { ...nothing, stopped: 'conflict' };
      try {
        const round = await this.#fetch(around, budgetBytes, signal);
        if (round.models > 0)
          logger.info(`Fetched ahead: ${round.models} models, ${round.bytes} bytes.`);
        return round;
      } finally {
        lease.dispose();
      }
    } catch (error) {
      const { kind } = SyncError.from(error);
      if (kind !== 'cancelled') logger.warn(`Nothing was fetched ahead: ${describeError(error)}`);
      return { ...nothing, stopped: kind };
    }
  }

  /** Of this round; 0 also where the user wants none. */
  get #budgetBytes(): number {
    const { budget, limits } = this.#options;
    const most = Math.min(budget.left, limits().prefetchBytes);
    if (!this.#isWanted || most <= 0) return 0;
    return this.#tolerant(0, () => Math.min(most, earnedBytes(this.#opened.totals())));
  }

  async #fetch(around: Around, budgetBytes: number, signal: AbortSignal): Promise<AheadRound> {
    const { details } = this.#options;
    const log = this.#opened;
    const seen = log.newest();
    return await fetchAhead({
      predictions: this.#predict(around),
      leastChance: TUNING.leastChance,
      budgetBytes,
      isStored: (id, sha) => details.isStored(id, sha),
      fetch: (prediction, cost, stop) => this.#fetchOne(prediction, cost, stop),
      isActive: () => !this.#isWanted || log.newest() !== seen,
      failures: this.#failures,
      signal,
    });
  }

  #predict(around: Around): Prediction[] {
    const now = this.#options.clock.now();
    const events = this.#opened.events();
    const taste = new Taste(events, now, TUNING);
    const pool = gatherPool(this.#pool, events, taste, around);
    const record = this.#opened.trackRecord();
    return predict(pool, taste, { ...around, now, record }, TUNING);
  }

  async #fetchOne(
    { candidate, reason, chance }: Prediction,
    cost: Cost,
    signal: AbortSignal,
  ): Promise<void> {
    const { details, budget, clock, logger, onDidFetch } = this.#options;
    const { id, sha: revision } = candidate;
    const own: Cost = { requests: 0, bytes: 0 };
    try {
      const asking = { signal, priority: 'ahead' as const, cost: own };
      await details.store(id, revision, asking);
      logger.debug(`Fetched ahead: ${id}, because ${JSON.stringify(reason)}`);
    } finally {
      cost.requests += own.requests;
      cost.bytes += own.bytes;
      budget.note(own.bytes);
    }
    this.#opened.noteAhead({ id, revision, at: clock.now(), bytes: own.bytes, reason, chance });
    onDidFetch(id, revision);
  }

  #withTraits(event: ActivityEvent): ActivityEvent {
    const [id, ...others] = event.models;
    if (id === undefined || others.length > 0) return event;
    const [candidate] = this.#pool.byIds([id]);
    if (candidate === undefined) return event;
    return { ...event, traits: traitsOf(candidate, event.at, this.#fitsBytes) };
  }

  #tolerant<T>(otherwise: T, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#options.logger.warn(`The log of activity does not work: ${describeError(error)}`);
      return otherwise;
    }
  }
}
