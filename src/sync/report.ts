import type { SyncErrorKind } from './errors.ts';
import type { SourceKey } from './model.ts';
import type { Skip } from './strategy/admission.ts';
import type { SyncReason } from './strategy/policy.ts';

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
  /** Encoded bytes that the word "nothing has changed" made unnecessary. */
  readonly bytesSaved: number;
  /**
   * What whoever keeps nothing would have received for the same: the last answer with everything,
   * as it was measured. An estimate; where there is none, or nothing came of it, what was received.
   */
  readonly wholeBytes: number;
  readonly durationMs: number;
  /** Why the source was not asked, or not to the end, though nothing is wrong with it. */
  readonly skipped?: Skip;
  readonly error?: { readonly kind: SyncErrorKind; readonly message: string };
  /** When another window asked it last, in ms since 1970, if that is why this one did not. */
  readonly heardAt?: number;
}

export interface SyncReport {
  readonly reason: SyncReason;
  readonly sources: readonly SourceReport[];
}

/** The report of a source that was not asked. */
export function nothingDone(source: SourceKey): SourceReport {
  const nothing = { added: 0, updated: 0, removed: 0, dropped: 0 };
  const free = { requests: 0, bytesReceived: 0, bytesSaved: 0, wholeBytes: 0, durationMs: 0 };
  return { source, ...nothing, ...free };
}

/** Two attempts of one run as one report: the work of both, the outcome of the last. */
export function together(before: SourceReport | undefined, last: SourceReport): SourceReport {
  if (before === undefined) return last;
  return {
    ...last,
    added: before.added + last.added,
    updated: before.updated + last.updated,
    removed: before.removed + last.removed,
    requests: before.requests + last.requests,
    bytesReceived: before.bytesReceived + last.bytesReceived,
    bytesSaved: before.bytesSaved + last.bytesSaved,
    wholeBytes: before.wholeBytes + last.wholeBytes,
    durationMs: before.durationMs + last.durationMs,
  };
}
