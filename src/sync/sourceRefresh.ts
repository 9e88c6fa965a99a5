import type { CatalogueWriter, SourceState } from './cache/catalogueWriter.ts';
import { canonicalJson } from './canonicalJson.ts';
import { cancelled } from './errors.ts';
import { diffManifests } from './fingerprint.ts';
import type { Listing, Question, Source } from './gateway/source.ts';
import type { HttpSession } from './http/httpClient.ts';
import type { Logger } from './logger.ts';
import type { ChangeSet, ModelId, SourceKey } from './model.ts';
import type { SourceReport } from './report.ts';
import type { SyncReason } from './strategy/policy.ts';
import type { Plan } from './strategy/questions.ts';

/**
 * A run that found nothing new is written down only this often, in ms, and at the end: it would
 * cost a disk write, and wake the readers of all windows.
 */
export const QUIET_WRITE_INTERVAL = 60 * 60_000;

/** What was applied, for views that repaint only what changed. */
export interface CatalogueChange {
  readonly source: SourceKey;
  readonly added: readonly ModelId[];
  readonly updated: readonly ModelId[];
  readonly removed: readonly ModelId[];
  /** The epoch of the source that this led on from, and the one it led to: see SourceStatus. */
  readonly since: number;
  readonly epoch: number;
}

/** One attempt to bring one source up to date. */
export interface Refresh {
  readonly source: Source;
  /** What is known before it is asked. */
  readonly state: SourceState;
  readonly plan: Plan;
  readonly reason: SyncReason;
  /** Called in the transaction that applies; throws if another window has taken over. */
  readonly confirm: () => void;
  readonly http: HttpSession;
  /** Rows of a page that the link bears. */
  readonly pageRows: number;
  /** When the attempt began, in ms since 1970. */
  readonly at: number;
  readonly catalogue: CatalogueWriter;
  readonly logger: Logger;
  readonly onDidApply: ((change: CatalogueChange) => void) | undefined;
}

/** What a successful attempt came to. */
export interface Refreshed extends Counts {
  readonly wrote: boolean;
  /** See Listing.wholeBytes. */
  readonly wholeBytes: number | undefined;
}

type Counts = Pick<SourceReport, 'added' | 'updated' | 'removed' | 'dropped'>;

/**
 * Asks a source what there is, fetches what changed, applies it and tells of it.
 * @returns what changed, whether the disk was written, and what everything cost if it came
 * @throws SyncError
 */
export async function refreshSource(refresh: Refresh): Promise<Refreshed> {
  const { state, plan, confirm, http, at, catalogue } = refresh;
  const listing = await ask(refresh);
  const { changes, dropped, whole } = await collectChanges(state, listing);
  if (http.signal.aborted) throw cancelled();

  const moved = changes.added.length + changes.updated.length + changes.removed.length;
  // What one question's answer was says nothing once another question has changed the rows.
  const kept = moved === 0 ? state.validators : {};
  // Nor may "unchanged" hide a row that was listed but could not be fetched.
  const validators = { ...kept, ...(whole ? listing?.validators : {}) };
  const noteworthy = isNoteworthy(refresh, canonicalJson(validators));
  let wrote = false;
  if (listing !== undefined || noteworthy) {
    const counted = listing?.counted ?? plan.counters;
    const body = listing?.body && { body: listing.body };
    const outcome = { changes, validators, ...body, swept: plan.sweep, counted, at, noteworthy };
    const recounted = catalogue.apply(outcome, state.epoch, confirm);
    wrote = noteworthy || moved + recounted.length > 0;
    // Read after the commit, and so perhaps that of another window already: both say so then.
    const epoch = catalogue.shownEpoch(state.key);
    const since = moved > 0 ? epoch - 1 : epoch;
    if (moved + recounted.length > 0) announce(refresh, changes, recounted, { since, epoch });
  }
  return {
    added: changes.added.length,
    updated: changes.updated.length,
    removed: changes.removed.length,
    dropped,
    wrote,
    wholeBytes: listing?.wholeBytes,
  };
}

function ask(refresh: Refresh): Promise<Listing | undefined> {
  const { source, state, plan, pageRows, http, catalogue, logger } = refresh;
  const question: Question = {
    manifest: state.manifest,
    times: state.times,
    first: state.lastSuccess === undefined,
    counters: plan.counters,
    pageRows,
    validators: state.validators,
    body: () => catalogue.body(state.key),
    http,
    logger,
  };
  return plan.sweep ? source.sweep(question) : source.probe(question);
}

/** Whether a run that changed no row is to be written down nevertheless. */
function isNoteworthy({ state, plan, reason, at }: Refresh, validators: string): boolean {
  return (
    reason === 'manual' ||
    plan.sweep ||
    state.failure !== undefined ||
    // A clock that was set back must not put the note off for ever.
    Math.abs(at - (state.lastSuccess ?? 0)) >= QUIET_WRITE_INTERVAL ||
    validators !== canonicalJson(state.validators)
  );
}

function announce(
  { onDidApply }: Refresh,
  { source, added, updated, removed }: ChangeSet,
  recounted: readonly ModelId[],
  epochs: Pick<CatalogueChange, 'since' | 'epoch'>,
): void {
  onDidApply?.({
    source,
    added: added.map((row) => row.record.id),
    updated: [...updated.map((row) => row.record.id), ...recounted],
    removed,
    ...epochs,
  });
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
  const {
    rows,
    dropped,
    vanished = [],
  } = changed.length === 0 ? { rows: [], dropped: 0 } : await listing.load(changed);
  const isKnown = (id: ModelId): boolean => state.manifest.has(id);
  const gone = [...diff.removed, ...(listing.removed ?? []), ...vanished];
  const fresh = new Set(changed);
  return {
    changes: {
      source,
      added: rows.filter((row) => !isKnown(row.record.id)),
      updated: rows.filter((row) => isKnown(row.record.id)),
      removed: [...new Set(gone)].filter(isKnown),
      counters: new Map([...listing.counters].filter(([id]) => isKnown(id) && !fresh.has(id))),
    },
    dropped: listing.dropped + dropped,
    whole: rows.length === changed.length,
  };
}
