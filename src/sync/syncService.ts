import { canonicalJson } from './canonicalJson.ts';
import type { Clock } from './clock.ts';
import type { CatalogueWriter, SourceState } from './cache/catalogueWriter.ts';
import { cancelled, describeError, SyncError } from './errors.ts';
import type { SyncErrorKind } from './errors.ts';
import { diffManifests } from './fingerprint.ts';
import type { Listing, Source } from './gateway/source.ts';
import type { HttpClient, HttpSession } from './http/httpClient.ts';
import type { Logger } from './logger.ts';
import type { ChangeSet, ModelId, SourceKey } from './model.ts';
import { SharedJobs } from './sharedJobs.ts';
import type { SyncReason } from './strategy/policy.ts';
import { wantsSweep } from './strategy/policy.ts';

/** A run that found nothing new is written down only this often, in ms: it costs a disk write. */
const QUIET_WRITE_INTERVAL = 5 * 60_000;
/** How often a run starts anew from what another window, which was faster, has left. */
const MOST_CONFLICTS = 2;

export interface SyncRequest {
  readonly reason: SyncReason;
  readonly sources: readonly SourceKey[];
  /** Leaves the run; it goes on as long as somebody else waits for it. */
  readonly signal?: AbortSignal;
}

/** What one run of one source did and cost. */
export interface SourceReport {
  readonly source: SourceKey;
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  /** Entries that could not be read and were left out. */
  readonly dropped: number;
  readonly requests: number;
  /** Header fields and encoded bodies. */
  readonly bytesReceived: number;
  readonly durationMs: number;
  readonly error?: { readonly kind: SyncErrorKind; readonly message: string };
}

export interface SyncReport {
  readonly reason: SyncReason;
  readonly sources: readonly SourceReport[];
}

/** What was applied, for views that repaint only what changed. */
export interface CatalogueChange {
  readonly source: SourceKey;
  readonly added: readonly ModelId[];
  readonly updated: readonly ModelId[];
  readonly removed: readonly ModelId[];
  /** The source's epoch since: see SourceStatus. */
  readonly epoch: number;
}

export interface SyncServiceOptions {
  readonly catalogue: CatalogueWriter;
  readonly http: HttpClient;
  readonly openSource: (key: SourceKey) => Source;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onDidApply?: (change: CatalogueChange) => void;
}

type Job = { readonly key: SourceKey; reason: SyncReason };

/**
 * The one way in: whoever wants the catalogue to be current calls `sync`. Each source is a job of
 * its own, so that none delays another; callers of the same source share its job, and a manual
 * call turns a background job into a thorough one.
 */
export class SyncService {
  readonly #options: SyncServiceOptions;
  readonly #jobs = new SharedJobs<SourceKey, Job, SourceReport>();

  constructor(options: SyncServiceOptions) {
    this.#options = options;
  }

  /**
   * Brings the given sources up to date. A source that fails keeps what it has and reports why.
   * @throws SyncError `cancelled` if the request's signal is aborted
   */
  async sync(request: SyncRequest): Promise<SyncReport> {
    const reports = request.sources.map((key) => this.#join(key, request));
    return { reason: request.reason, sources: await Promise.all(reports) };
  }

  /** Gives up all runs; what they have applied stays. */
  close(): Promise<void> {
    return this.#jobs.abortAll();
  }

  #join(key: SourceKey, request: SyncRequest): Promise<SourceReport> {
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

  async #run(job: Job, signal: AbortSignal): Promise<SourceReport> {
    let before: SourceReport | undefined;
    for (let conflicts = 0; ;) {
      const { reason } = job;
      const report = together(before, await this.#attempt(job.key, reason, signal));
      if (signal.aborted) return report;
      const overtaken = report.error?.kind === 'conflict' && conflicts++ < MOST_CONFLICTS;
      // A manual call that joined on the way wants more than what was asked until now.
      if (!overtaken && job.reason === reason) return report;
      before = report;
    }
  }

  async #attempt(key: SourceKey, reason: SyncReason, signal: AbortSignal): Promise<SourceReport> {
    const { clock, http, logger } = this.#options;
    const started = clock.now();
    const session = http.session(signal);
    let outcome: Partial<SourceReport>;
    try {
      outcome = await this.#refresh(key, reason, session);
    } catch (error) {
      outcome = this.#noteFailure(key, SyncError.from(error), started);
    }
    const report = {
      source: key,
      ...{ added: 0, updated: 0, removed: 0, dropped: 0 },
      ...outcome,
      requests: session.requests,
      bytesReceived: session.bytesReceived,
      durationMs: clock.now() - started,
    };
    logger.info(`sync ${JSON.stringify({ reason, ...report })}`);
    return report;
  }

  async #refresh(
    key: SourceKey,
    reason: SyncReason,
    http: HttpSession,
  ): Promise<Partial<SourceReport>> {
    const { catalogue, clock, logger, openSource } = this.#options;
    const at = clock.now();
    const state = catalogue.state(key);
    const source = openSource(key);
    const swept = wantsSweep(state.lastSweep, reason, at);
    const question = {
      manifest: state.manifest,
      first: state.lastSuccess === undefined,
      validators: state.validators,
      http,
      logger,
    };
    const listing = await (swept ? source.sweep(question) : source.probe(question));
    const { changes, dropped, whole } = await collectChanges(state, listing);
    if (http.signal.aborted) throw cancelled();

    const moved = changes.added.length + changes.updated.length + changes.removed.length;
    // What one question's answer was says nothing once another question has changed the rows.
    const kept = moved === 0 ? state.validators : {};
    // Nor may "unchanged" hide a row that was listed but could not be fetched.
    const validators = { ...kept, ...(whole ? listing?.validators : {}) };
    const noteworthy =
      reason === 'manual' ||
      swept ||
      state.failing ||
      // A clock that was set back must not put the note off for ever.
      Math.abs(at - (state.lastSuccess ?? 0)) >= QUIET_WRITE_INTERVAL ||
      canonicalJson(validators) !== canonicalJson(state.validators);
    if (listing !== undefined || noteworthy) {
      const outcome = { changes, validators, swept, at, noteworthy };
      const counted = catalogue.apply(outcome, state.epoch);
      if (moved + counted.length > 0)
        this.#announce(changes, counted, state.epoch + Number(moved > 0));
    }
    return {
      added: changes.added.length,
      updated: changes.updated.length,
      removed: changes.removed.length,
      dropped,
    };
  }

  #announce(changes: ChangeSet, counted: readonly ModelId[], epoch: number): void {
    const { source, added, updated, removed } = changes;
    this.#options.onDidApply?.({
      source,
      added: added.map((row) => row.record.id),
      updated: [...updated.map((row) => row.record.id), ...counted],
      removed,
      epoch,
    });
  }

  /** Keeps the reason for the user to see; not that they gave up, or that another was faster. */
  #noteFailure(key: SourceKey, error: SyncError, at: number): Pick<SourceReport, 'error'> {
    const { kind, message } = error;
    const { catalogue, logger } = this.#options;
    if (kind === 'conflict') logger.info(`${key}: ${describeError(error)}`);
    else if (kind !== 'cancelled') {
      logger.warn(`${key}: ${describeError(error)}`);
      try {
        catalogue.fail(key, { kind, message, at });
      } catch (second) {
        logger.error(`${key}: the failure could not be noted: ${describeError(second)}`);
      }
    }
    return { error: { kind, message } };
  }
}

/** Two attempts of one run as one report: the work of both, the outcome of the last. */
function together(before: SourceReport | undefined, last: SourceReport): SourceReport {
  if (before === undefined) return last;
  const sum = (field: 'added' | 'updated' | 'removed' | 'requests' | 'bytesReceived') =>
    before[field] + last[field];
  return {
    ...last,
    added: sum('added'),
    updated: sum('updated'),
    removed: sum('removed'),
    requests: sum('requests'),
    bytesReceived: sum('bytesReceived'),
    durationMs: before.durationMs + last.durationMs,
  };
}

/** What a listing changes in what is known, with the rows that have to be fetched for it. */
async function collectChanges(
  state: SourceState,
  listing: Listing | undefined,
): Promise<{ changes: ChangeSet; dropped: number; whole: boolean }> {
  const source = state.key;
  if (listing === undefined) {
    const none = { source, added: [], updated: [], removed: [], counters: new Map() };
    return { changes: none, dropped: 0, whole: true };
  }
  const diff = diffManifests(state.manifest, listing.manifest, listing.complete);
  const changed = [...diff.added, ...diff.updated];
  const { rows, dropped } =
    changed.length === 0 ? { rows: [], dropped: 0 } : await listing.load(changed);
  const isKnown = (id: ModelId): boolean => state.manifest.has(id);
  const fresh = new Set(changed);
  return {
    changes: {
      source,
      added: rows.filter((row) => !isKnown(row.record.id)),
      updated: rows.filter((row) => isKnown(row.record.id)),
      removed: diff.removed,
      counters: new Map([...listing.counters].filter(([id]) => isKnown(id) && !fresh.has(id))),
    },
    dropped: listing.dropped + dropped,
    whole: rows.length === changed.length,
  };
}
