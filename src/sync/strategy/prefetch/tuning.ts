import type { ActivityKind } from '../../activity.ts';

const DAY = 24 * 60 * 60_000;

/** Everything that was set by trying. Durations are in ms. */
export interface Tuning {
  /** After which what was done counts half. */
  readonly halfLife: number;
  /** The same for what a search has found. */
  readonly searchHalfLife: number;
  /** How far ahead is looked for what was never opened: for about so long the commit stays. */
  readonly horizon: number;
  /** The same for what was: it is remembered less and less. */
  readonly againHorizon: number;
  /** What each kind of event says of the taste for families and authors. */
  readonly kinds: Readonly<Record<ActivityKind, number>>;
  /** What each kind of event says of the wish to open the same model once more. */
  readonly again: Readonly<Record<ActivityKind, number>>;
  /** The power of its downloads by which a model is chosen more often. */
  readonly popularity: number;
  /** How far each trait is believed: 1 as if it had nothing to do with the others. */
  readonly trust: Readonly<Record<string, number>>;
  /** So many imagined openings of what is usual hold against the real ones. */
  readonly prior: number;
  /** How much likelier a row in sight is opened. */
  readonly visible: number;
  /** How much likelier what a search found is opened, for each time it found it. */
  readonly found: number;
  /** The share of first openings that are among the candidates at all. */
  readonly coverage: number;
  /** How sure it is how well a model is liked: see firstChance. */
  readonly certainty: number;
  /** Chance a day that a favourite is opened. */
  readonly favouriteADay: number;
  /** So many imagined predictions that came true hold against the real ones. */
  readonly doubt: number;
  /** A chance below this is not worth its bytes. */
  readonly leastChance: number;
}

/** As the tuning personas of the benchmark have it: see docs/benchmarks.md. */
export const TUNING: Tuning = {
  halfLife: 10 * DAY,
  searchHalfLife: 2 * DAY,
  horizon: 30 * DAY,
  againHorizon: 2 * DAY,
  kinds: { opened: 1, dwelt: 0.5, searched: 0.5, expanded: 0.5, favourited: 1, downloaded: 1 },
  again: { opened: 1, dwelt: 0.5, searched: 0, expanded: 0, favourited: 1, downloaded: 1 },
  popularity: 1,
  trust: { author: 0.5, family: 0.5, age: 0.3, popularity: 0.2, size: 0.4, fit: 0.6, task: 0.2 },
  prior: 60,
  visible: 3,
  found: 3,
  coverage: 0.8,
  certainty: 0.4,
  favouriteADay: 0.015,
  doubt: 1,
  leastChance: 0.25,
};
