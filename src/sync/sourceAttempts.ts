import { BackgroundBudget } from './backgroundBudget.ts';
import type { CatalogueWriter } from './cache/catalogueWriter.ts';
import type { Coordination } from './cache/coordination.ts';
import type { Clock } from './clock.ts';
import { describeError, SyncError } from './errors.ts';
import type { Source } from './gateway/source.ts';
import type { HttpClient, HttpSession } from './http/httpClient.ts';
import type { HeldLease } from './leases.ts';
import { Leases } from './leases.ts';
import type { Logger } from './logger.ts';
import type { SourceKey } from './model.ts';
import type { SourceReport } from './report.ts';
import { nothingDone, together } from './report.ts';
import type { CatalogueChange } from './sourceRefresh.ts';
import { refreshSource } from './sourceRefresh.ts';
import type { Skip } from './strategy/admission.ts';
import { whySkip } from './strategy/admission.ts';
import { retryTime } from './strategy/backoff.ts';
import type { SyncReason } from './strategy/policy.ts';
import type { Plan } from './strategy/questions.ts';
import { planQuestions, planWithoutQuota } from './strategy/questions.ts';
import type { AttemptCost } from './trafficLog.ts';
import { TrafficLog } from './trafficLog.ts';

export interface SourceAttemptsOptions {
  readonly catalogue: CatalogueWriter;
  readonly coordination: Coordination;
  readonly http: HttpClient;
  readonly openSource: (key: SourceKey) => Source;
  /** What the background of all windows may fetch in a day, in bytes; undefined: any. */
  readonly backgroundBytesPerDay: () => number | undefined;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly onDidApply?: (change: CatalogueChange) => void;
}

/** What an attempt came to. */
export interface Attempt {
  readonly report: SourceReport;
  /** The disk was written, so that writing a little more costs next to nothing. */
  readonly wrote: boolean;
}

type Skipped = Pick<SourceReport, 'heardAt'> & { readonly skipped: Skip };
type Outcome = Omit<Partial<SourceReport>, 'wholeBytes'> & {
  readonly wrote: boolean;
  readonly wholeBytes?: number | undefined;
};

/** Attempts at single sources: whether to ask at all, with whose consent, what, and how it went. */
export class SourceAttempts {
  readonly #options: SourceAttemptsOptions;
  readonly #leases: Leases;
  /** When the settings last changed, in ms since 1970. */
  #settingsSince = -Infinity;
  /** Whoever else works for nobody in particular counts here too. */
  readonly budget: BackgroundBudget;
  readonly traffic: TrafficLog;

  /** When sources answered without news, which is not written down each time. */
  readonly #quiet = new Map<SourceKey, number>();

  constructor(options: SourceAttemptsOptions) {
    this.#options = options;
    const { coordination, clock, logger, backgroundBytesPerDay } = options;
    this.#leases = new Leases(coordination, clock, logger);
    this.budget = new BackgroundBudget(coordination, clock, backgroundBytesPerDay, logger);
    this.traffic = new TrafficLog(coordination, logger);
  }

  /** Failures of before say nothing of the next attempt. */
  settingsChanged(): void {
    this.#settingsSince = this.#options.clock.now();
  }

  /** Writes down which sources have answered since the last write. */
  close(): void {
    if (this.#quiet.size > 0) this.#options.catalogue.noteAnswers(this.#quiet);
  }

  /** Tries to bring a source up to date; never rejects. */
  async attempt(key: SourceKey, reason: SyncReason, signal: AbortSignal): Promise<Attempt> {
    try {
      const skipped = this.#whySkip(key, reason);
      if (skipped !== undefined) return this.#leaveOut(key, skipped);
      const lease = await this.#leases.take(key, reason === 'manual', signal);
      if (lease === undefined) return this.#leaveOut(key, this.#elsewhere(key, 'lease'));
      try {
        return await this.#ask(key, reason, lease, signal);
      } finally {
        lease.dispose();
      }
    } catch (error) {
      const { kind, message } = SyncError.from(error);
      if (kind !== 'cancelled') this.#options.logger.warn(`${key}: ${describeError(error)}`);
      return { report: { ...nothingDone(key), error: { kind, message } }, wrote: false };
    }
  }

  #whySkip(key: SourceKey, reason: SyncReason): Skipped | undefined {
    const { catalogue, coordination, clock } = this.#options;
    if (reason === 'manual') return undefined;
    const schedule = catalogue.schedule(key);
    const { lastAttempt: written, failure } = schedule;
    const outdated = failure !== undefined && failure.at < this.#settingsSince;
    // A quiet attempt is not always written into the catalogue. A first one that was cut short is
    // not either, and puts nothing off.
    const lastAttempt =
      written === undefined ? undefined : Math.max(written, coordination.lastAttempt(key) ?? 0);
    const spent = this.budget.left === 0;
    const known = { ...schedule, lastAttempt, spent, ...(outdated && { failure: undefined }) };
    const skipped = whySkip(reason, known, clock.now());
    if (skipped === undefined) return undefined;
    return skipped === 'notDue' ? this.#elsewhere(key, skipped) : { skipped };
  }

  /** A source that is kept current by whoever asked it last, perhaps another window. */
  #elsewhere(key: SourceKey, skipped: Skip): Skipped {
    const { catalogue, coordination } = this.#options;
    const heardAt = coordination.lastAttempt(key);
    const answers = catalogue.schedule(key).failure === undefined;
    return { skipped, ...(answers && heardAt !== undefined && { heardAt }) };
  }

  #leaveOut(key: SourceKey, why: Skipped): Attempt {
    this.#options.logger.debug(`${key} is left out: ${why.skipped}`);
    return { report: { ...nothingDone(key), ...why }, wrote: false };
  }

  async #ask(
    key: SourceKey,
    reason: SyncReason,
    lease: HeldLease,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const { catalogue, clock } = this.#options;
    const known = catalogue.schedule(key);
    const lastSuccess = this.#quiet.get(key) ?? known.lastSuccess;
    const answered = { ...known, lastSuccess };
    const plan = planQuestions(answered, reason, clock.now());
    const attempt = await this.#follow(key, reason, plan, lease, signal);
    if (attempt.report.skipped === undefined) return attempt;
    const instead = planWithoutQuota(plan, lastSuccess, clock.now());
    if (instead === undefined) return attempt;
    const second = await this.#follow(key, reason, instead, lease, signal);
    return { ...second, report: together(attempt.report, second.report) };
  }

  async #follow(
    key: SourceKey,
    reason: SyncReason,
    plan: Plan,
    lease: HeldLease,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const { catalogue, http, openSource, clock, logger, onDidApply } = this.#options;
    const session = http.session(signal, plan.priority);
    const at = clock.now();
    let outcome: Outcome;
    try {
      outcome = await refreshSource({
        ...{ source: openSource(key), state: catalogue.state(key), plan, reason, at },
        ...{ http: session, pageRows: http.link.limits.pageRows, catalogue, logger, onDidApply },
        confirm: () => lease.confirm(),
      });
      if (outcome.wrote) this.#quiet.delete(key);
      else this.#quiet.set(key, at);
    } catch (error) {
      outcome = this.#noteFailure(key, SyncError.from(error), at, lease, session);
    }
    if (reason !== 'manual') this.budget.note(session.bytesReceived);
    const { wrote, wholeBytes, ...found } = outcome;
    const { bytesReceived } = session;
    const cost = { at, bytesReceived, wholeBytes, outcome: outcomeOf(found) };
    const report = {
      ...nothingDone(key),
      ...found,
      requests: session.requests,
      bytesReceived,
      bytesSaved: session.bytesSaved,
      wholeBytes: this.traffic.note(key, cost),
      durationMs: clock.now() - at,
    };
    logger.info(`sync ${JSON.stringify({ reason, ...report })}`);
    return { report, wrote };
  }

  /** Keeps the reason for the user to see; not that they gave up, or that another was faster. */
  #noteFailure(
    key: SourceKey,
    error: SyncError,
    at: number,
    lease: HeldLease,
    session: HttpSession,
  ): Outcome {
    const { kind, message, status } = error;
    const { logger } = this.#options;
    // Whoever makes way for others has not failed: no server has said no.
    if (kind === 'rateLimited' && status === undefined && session.priority === 'background')
      return { skipped: 'backoff', wrote: false };
    if (kind === 'conflict') logger.info(`${key}: ${describeError(error)}`);
    if (kind === 'conflict' || kind === 'cancelled')
      return { error: { kind, message }, wrote: false };

    logger.warn(`${key}: ${describeError(error)}`);
    // What cannot be written cannot be noted either.
    if (kind === 'outdated') return { error: { kind, message }, wrote: false };
    const { catalogue, clock, random } = this.#options;
    try {
      const { failures } = catalogue.schedule(key);
      const retryAt = retryTime(failures + 1, error, clock.now(), random());
      catalogue.fail(key, { kind, message, at }, retryAt, () => lease.confirm());
      return { error: { kind, message }, wrote: true };
    } catch (second) {
      logger.error(`${key}: the failure could not be noted: ${describeError(second)}`);
      return { error: { kind, message }, wrote: false };
    }
  }
}

function outcomeOf({ error, skipped }: Partial<SourceReport>): AttemptCost['outcome'] {
  if (error === undefined) return skipped === undefined ? 'answered' : 'none';
  return error.kind === 'cancelled' || error.kind === 'conflict' ? 'none' : 'failed';
}
