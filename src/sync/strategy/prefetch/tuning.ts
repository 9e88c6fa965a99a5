import type { ActivityKind } from '../../activity.ts';

const DAY = 24 * 60 * 60_000;

/** What speaks for opening a model for the first time. */
export type FirstClue =
  /** As if the following were all nought. */
  | 'always'
  /** Its place among the most downloaded, and among those of its family. */
  | 'row'
  | 'rowInFamily'
  /** How much of what the user does is about its family. */
  | 'family'
  /** How much more often than people the user chooses its author, or what fits as well. */
  | 'author'
  | 'fit'
  /** How often searches found it. */
  | 'found'
  /** How many models the user opens for the first time each day. */
  | 'curiosity'
  /** For how long it could have been opened, and was not. */
  | 'missed'
  /** How much of what is new to the user a search has led to. */
  | 'searcher'
  /** It is new or changed since the user was here, how much of that they open, of how many. */
  | 'news'
  | 'newsReader'
  | 'newsAmongMany'
  | 'newsOfTask'
  | 'newsOfFamily';

/** What speaks for opening a model once more. */
export type AgainClue =
  | 'always'
  /** How often and how lately the user had to do with it, and how often they come back. */
  | 'memory'
  | 'favourite'
  /** It has changed since the user was here. */
  | 'changed'
  | 'changedFavourite';

/** Everything that was set by trying. Durations are in ms. */
export interface Tuning {
  /** After which what was done counts half. */
  readonly halfLife: number;
  /** The same for what a search has found. */
  readonly searchHalfLife: number;
  /** What each kind of event says of the taste for families and authors. */
  readonly kinds: Readonly<Record<ActivityKind, number>>;
  /** What each kind of event says of the wish to open the same model once more. */
  readonly again: Readonly<Record<ActivityKind, number>>;
  /** So many imagined openings of what is usual hold against the real ones. */
  readonly prior: number;
  /** So many imagined predictions that came true hold against the real ones. */
  readonly doubt: number;
  /** A chance below this is not worth its bytes. */
  readonly leastChance: number;
  /** What each clue adds to the logarithm of the odds. */
  readonly firstClues: Readonly<Record<FirstClue, number>>;
  readonly againClues: Readonly<Record<AgainClue, number>>;
}

/** As the tuning personas of the benchmark have it: see docs/benchmarks.md. */
export const TUNING: Tuning = {
  halfLife: 10 * DAY,
  searchHalfLife: 2 * DAY,
  kinds: { opened: 1, dwelt: 0.5, searched: 0.5, expanded: 0.5, favourited: 1, downloaded: 1 },
  again: { opened: 1, dwelt: 0.5, searched: 0, expanded: 0, favourited: 1, downloaded: 1 },
  prior: 20,
  doubt: 4,
  leastChance: 0.4,
  firstClues: {
    always: 2.34,
    row: -0.8,
    rowInFamily: -0.32,
    family: 0.34,
    author: 0.22,
    fit: 2.15,
    found: 0.02,
    curiosity: 0.71,
    missed: -0.16,
    searcher: 0.46,
    news: 0.78,
    newsReader: 0.85,
    newsAmongMany: -0.31,
    newsOfTask: 0.48,
    newsOfFamily: 0.22,
  },
  againClues: {
    always: -0.14,
    memory: 0.65,
    favourite: 1.63,
    changed: 0.42,
    changedFavourite: -0.28,
  },
};
