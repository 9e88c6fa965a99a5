import type { ModelId } from './model.ts';

/** What a user can do with a model that says something of what they will do next. */
export const ACTIVITY_KINDS = [
  'opened',
  'dwelt',
  'searched',
  'expanded',
  'favourited',
  'downloaded',
] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/** What a model was like when something was done with it, by the name of the trait. */
export type Traits = Readonly<Partial<Record<string, string>>>;

/**
 * Something that the user did on this machine. Of a search it is kept what came of it, never what
 * was typed.
 */
export interface ActivityEvent {
  /** Ms since 1970. */
  readonly at: number;
  readonly kind: ActivityKind;
  /** The models it was done with: one, or of a search the first that it found. */
  readonly models: readonly ModelId[];
  /** Whose list was expanded. */
  readonly author?: string;
  /** The family whose list was expanded. */
  readonly family?: string;
  /** Of the only model, where the catalogue knew it. */
  readonly traits?: Traits;
}

/** Why a model was fetched ahead. `count`: how often the user opened such models lately. */
export type AheadReason =
  | { readonly kind: 'favourite' | 'new' | 'visible' | 'searched' | 'popular' | 'fits' | 'like' }
  | { readonly kind: 'again'; readonly count: number }
  | { readonly kind: 'family' | 'author'; readonly name: string; readonly count: number };

/** How predictions of one kind have turned out. */
export interface KindRecord {
  /** Their chances, summed up. */
  readonly expected: number;
  /** How many came true. */
  readonly used: number;
}

/** The same of all kinds of reasons. */
export type TrackRecord = ReadonlyMap<AheadReason['kind'], KindRecord>;

/** Details that were fetched before anybody asked for them. Times are ms since 1970. */
export interface FetchedAhead {
  readonly id: ModelId;
  /** Commit. */
  readonly revision: string;
  readonly at: number;
  /** What it cost, header fields included. */
  readonly bytes: number;
  readonly reason: AheadReason;
  /** How likely it was then that the user opens it, from 0 to 1. */
  readonly chance: number;
  /** When the user opened it; absent: not yet. */
  readonly used?: number;
}

/** What was fetched ahead, all together. */
export interface AheadTotals {
  readonly models: number;
  readonly bytes: number;
  readonly usedModels: number;
  readonly usedBytes: number;
}

/** What is kept of the user's activity, and what came of it. */
export interface ActivityReport {
  /** Events that are kept. */
  readonly events: number;
  readonly totals: AheadTotals;
  /** The newest first. */
  readonly newest: readonly FetchedAhead[];
}
