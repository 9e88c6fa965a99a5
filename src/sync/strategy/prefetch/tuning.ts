import type { ActivityKind } from '../../activity.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/**
 * How a user comes to a model for the first time: by a list with the most downloaded first, by a
 * search, or by what is new.
 */
export type Way = 'list' | 'search' | 'news';

/** What makes one model of a list likelier to be chosen than another. */
export type Clue =
  /** Its place in the list, and among those of its family and its author there. */
  | 'row'
  | 'rowInFamily'
  | 'rowOfAuthor'
  /** How much of what the user does is about its family. */
  | 'family'
  /** How much more often than people the user chooses its author, or what fits as well. */
  | 'author'
  | 'fit'
  /** How often searches found it. */
  | 'found'
  /** Its row can be seen. */
  | 'visible';

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
  /** So many days without anything hold against those that the user is known for. */
  readonly idleDays: number;
  /** A chance below this is not worth its bytes. */
  readonly leastChance: number;
  /** For how many days what is opened counts: for the first time from the list, or once more. */
  readonly listDays: number;
  readonly againDays: number;
  /** News are looked through so many times. */
  readonly newsVisits: number;
  /** How often in againDays a favourite is opened, whatever else is known. */
  readonly favourite: number;
  /** How much likelier a favourite is opened that has changed. */
  readonly changedFavourite: number;
  /** What each clue adds to the logarithm of how often a model is chosen. */
  readonly clues: Readonly<Record<Way, Readonly<Record<Clue, number>>>>;
}

/** As the tuning personas of the benchmark have it: see docs/benchmarks.md. */
export const TUNING: Tuning = {
  halfLife: 10 * DAY,
  searchHalfLife: 2 * DAY,
  kinds: { opened: 1, dwelt: 0.5, searched: 0.5, expanded: 0.5, favourited: 1, downloaded: 1 },
  again: { opened: 1, dwelt: 0.5, searched: 0, expanded: 0, favourited: 1, downloaded: 1 },
  prior: 6,
  doubt: 4,
  idleDays: 2,
  leastChance: 0.35,
  listDays: 21,
  againDays: 5,
  newsVisits: 0.35,
  favourite: 0.8,
  changedFavourite: 8,
  clues: {
    list: {
      ...{ row: -0.7, rowInFamily: -0.4, rowOfAuthor: 0 },
      ...{ family: 0.45, author: 0.3, fit: 1.05, found: 0.1, visible: 0.9 },
    },
    search: {
      ...{ row: -0.25, rowInFamily: -1, rowOfAuthor: 0.1 },
      ...{ family: 0.7, author: 0.35, fit: 1, found: 0.45, visible: 0.1 },
    },
    news: {
      ...{ row: -1.35, rowInFamily: -0.45, rowOfAuthor: 0.2 },
      ...{ family: 0.7, author: 0.3, fit: 0.7, found: 0.85, visible: 0.6 },
    },
  },
};
