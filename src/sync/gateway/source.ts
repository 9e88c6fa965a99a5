import type { Manifest } from '../fingerprint.ts';
import type { HttpSession } from '../http/httpClient.ts';
import type { Logger } from '../logger.ts';
import type { Counters, ModelId, SourceKey, SourceRow, StoredBody, Validators } from '../model.ts';

/** What a source is told when it is asked. */
export interface Question {
  /** What is known of it. */
  readonly manifest: Manifest;
  /** When the known rows last changed upstream (`lastModified`), in ms since 1970. */
  readonly times: ReadonlyMap<ModelId, number>;
  /** The source has never answered before. */
  readonly first: boolean;
  /** All counters are due: the answer has to bring them along, whichever the question. */
  readonly counters: boolean;
  /** Rows of a page where all are wanted, if the link bears fewer than the source would ask for. */
  readonly pageRows?: number;
  readonly validators: Validators;
  /** Loads what the last `Listing.body` was. */
  readonly body?: () => StoredBody | undefined;
  readonly http: HttpSession;
  readonly logger: Logger;
}

/** What a source says it has. */
export interface Listing {
  /** Fingerprints of what it lists; of a known model it could not read, the known one. */
  readonly manifest: Manifest;
  /** True if the manifest is all that the source has, so that what it lacks is gone. */
  readonly complete: boolean;
  /** Known models that are gone for certain, though the manifest is not complete. */
  readonly removed?: readonly ModelId[];
  /** Entries that could not be read; they are logged and change nothing. */
  readonly dropped: number;
  readonly validators: Validators;
  /** Counters that came along. */
  readonly counters: ReadonlyMap<ModelId, Counters>;
  /** The counters of everything the source has came along. */
  readonly counted: boolean;
  /**
   * What was received for this answer, in encoded bytes, if the answer was everything that the
   * source has: what whoever keeps nothing pays for each question.
   */
  readonly wholeBytes?: number;
  /** To be kept for the next question, together with the rows. */
  readonly body?: StoredBody;
  /** The full rows of these models; without those that vanished meanwhile. */
  load(ids: readonly ModelId[]): Promise<Rows>;
}

export interface Rows {
  readonly rows: readonly SourceRow[];
  readonly dropped: number;
  /** Models that were listed and, when asked for, were no longer there. */
  readonly vanished?: readonly ModelId[];
}

/** A place that publishes models. Holds no state: what is known is told with each question. */
export interface Source {
  readonly key: SourceKey;
  /**
   * The cheap question: what is new? Undefined if nothing is, and no counter has moved either where
   * those were asked for.
   */
  probe(question: Question): Promise<Listing | undefined>;
  /** The whole question: what is there? Undefined if nothing has changed, counters as above. */
  sweep(question: Question): Promise<Listing | undefined>;
}
