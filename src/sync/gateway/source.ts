import type { Manifest } from '../fingerprint.ts';
import type { HttpSession } from '../http/httpClient.ts';
import type { Logger } from '../logger.ts';
import type { Counters, ModelId, SourceKey, SourceRow, Validators } from '../model.ts';

/** What a source is told when it is asked. */
export interface Question {
  /** What is known of it. */
  readonly manifest: Manifest;
  /** The source has never answered before. */
  readonly first: boolean;
  readonly validators: Validators;
  readonly http: HttpSession;
  readonly logger: Logger;
}

/** What a source says it has. */
export interface Listing {
  /** Fingerprints of what it lists; of a known model it could not read, the known one. */
  readonly manifest: Manifest;
  /** True if the manifest is all that the source has, so that what it lacks is gone. */
  readonly complete: boolean;
  /** Entries that could not be read; they are logged and change nothing. */
  readonly dropped: number;
  readonly validators: Validators;
  /** Counters that came along. */
  readonly counters: ReadonlyMap<ModelId, Counters>;
  /** The full rows of these models; without those that vanished meanwhile. */
  load(ids: readonly ModelId[]): Promise<Rows>;
}

export interface Rows {
  readonly rows: readonly SourceRow[];
  readonly dropped: number;
}

/** A place that publishes models. Holds no state: what is known is told with each question. */
export interface Source {
  readonly key: SourceKey;
  /** The cheap question: what is new? Undefined if nothing is. */
  probe(question: Question): Promise<Listing | undefined>;
  /** The whole question: what is there? Undefined if nothing has changed. */
  sweep(question: Question): Promise<Listing | undefined>;
}
