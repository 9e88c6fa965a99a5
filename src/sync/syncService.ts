import type { BackgroundBudget } from './backgroundBudget.ts';
import type { SourceTraffic } from './cache/sourceTraffic.ts';
import type { RunStore } from './cache/runStore.ts';
import { describeError } from './errors.ts';
import type { RunSummary } from './history.ts';
import { History } from './history.ts';
import type { SourceKey } from './model.ts';
import type { SourceReport, SyncReport } from './report.ts';
import { together } from './report.ts';
import { SharedJobs } from './sharedJobs.ts';
import type { Attempt, SourceAttemptsOptions } from './sourceAttempts.ts';
import { SourceAttempts } from './sourceAttempts.ts';
import type { SyncReason } from './strategy/policy.ts';

export type { SourceReport, SyncReport } from './report.ts';
export type { CatalogueChange } from './sourceRefresh.ts';

/** How often a run starts anew from what another window, which was faster, has left. */
const MOST_CONFLICTS = 2;

export interface SyncRequest {
  readonly reason: SyncReason;
  readonly sources: readonly SourceKey[];
  /** Leaves the run; it goes on as long as somebody else waits for it. */
  readonly signal?: AbortSignal;
}

export interface SyncServiceOptions extends SourceAttemptsOptions {
  readonly runs: RunStore;
  /** The folder of the catalogue. */
  readonly storage: string;
  /** Somebody's run is done with a source, however that went. */
  readonly onDidEndSource?: (source: SourceKey) => void;
}

type Job = { readonly key: SourceKey; reason: SyncReason };

/**
 * The one way in: whoever wants the catalogue to be current calls `sync`. Each source is a job of
 * its own, so that none delays another; callers of the same source share its job, and a manual
 * call turns a background job into a thorough one.
 */
export class SyncService {
  readonly #options: SyncServiceOptions;
  readonly #jobs = new SharedJobs<SourceKey, Job, Attempt>();
  readonly #attempts: SourceAttempts;
  readonly #history: History;

  constructor(options: SyncServiceOptions) {
    this.#options = options;
    this.#attempts = new SourceAttempts(options);
    this.#history = new History(options.runs, options.storage, options.logger);
  }

  /** What the background may still fetch today. */
  get budget(): BackgroundBudget {
    return this.#attempts.budget;
  }

  /**
   * Brings the given sources up to date. A source that fails keeps what it has and reports why.
   * @throws SyncError `cancelled` if the request's signal is aborted
   */
  async sync(request: SyncRequest): Promise<SyncReport> {
    const { clock } = this.#options;
    const at = clock.now();
    const done = await Promise.all(request.sources.map((key) => this.#follow(key, request)));
    const report = { reason: request.reason, sources: done.map((one) => one.report) };
    const wrote = done.some((one) => one.wrote);
    this.#history.note(report, at, clock.now() - at, wrote);
    return report;
  }

  /** Sources that failed may answer now: none is left alone for what was before. */
  settingsChanged(): void {
    this.#attempts.settingsChanged();
  }

  /** The last runs of all windows, newest first. */
  history(): RunSummary[] {
    return this.#history.list();
  }

  /** What sources cost in all windows, of each day that is kept, the oldest first. */
  traffic(): SourceTraffic[] {
    return this.#attempts.traffic.list();
  }

  /** Gives up all runs; what they have applied stays. */
  async close(): Promise<void> {
    const { clock, coordination, logger } = this.#options;
    await this.#jobs.abortAll();
    this.#history.flush(clock.now());
    try {
      this.#attempts.close();
      coordination.release();
    } catch (error) {
      logger.debug(`Not all could be put in order at the end: ${describeError(error)}`);
    }
  }

  async #follow(key: SourceKey, request: SyncRequest): Promise<Attempt> {
    try {
      return await this.#join(key, request);
    } finally {
      this.#options.onDidEndSource?.(key);
    }
  }

  #join(key: SourceKey, request: SyncRequest): Promise<Attempt> {
    const begin = (): Job => ({ key, reason: request.reason });
    const upgrade = (job: Job): void => {
      if (request.reason === 'manual') job.reason = 'manual';
    };
    return this.#jobs.join(
      key,
      begin,
      upgrade,
      (job, signal) => this.#run(job, signal),
      request.signal,
    );
  }

  async #run(job: Job, signal: AbortSignal): Promise<Attempt> {
    let before: SourceReport | undefined;
    let wrote = false;
    for (let conflicts = 0; ;) {
      const { reason } = job;
      const done = await this.#attempts.attempt(job.key, reason, signal);
      const report = together(before, done.report);
      wrote ||= done.wrote;
      const overtaken = report.error?.kind === 'conflict' && conflicts++ < MOST_CONFLICTS;
      // A manual call that joined on the way wants more than what was asked until now.
      if (signal.aborted || (!overtaken && job.reason === reason)) return { report, wrote };
      before = report;
    }
  }
}
