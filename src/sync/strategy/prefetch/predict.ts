import type { AheadReason, TrackRecord } from '../../activity.ts';
import type { Candidate } from './candidate.ts';
import type { Clues } from './clues.ts';
import { Clerk } from './clues.ts';
import type { AtHand, Pool } from './pool.ts';
import type { Taste } from './taste.ts';
import type { Clue, Tuning, Way } from './tuning.ts';

const WAYS: readonly Way[] = ['list', 'search', 'news'];

/** A model whose details the user may want, how likely within some weeks, and why. */
export interface Prediction {
  readonly candidate: Candidate;
  /** From 0 to 1. */
  readonly chance: number;
  readonly reason: AheadReason;
}

export interface Circumstances extends AtHand {
  /** Ms since 1970. */
  readonly now: number;
  /** How earlier predictions turned out. */
  readonly record: TrackRecord;
  /** How large a variant may be to run well here, in bytes; absent: not known. */
  readonly fitsBytes?: number | undefined;
}

/**
 * What the user will open, the likeliest first. How often each is opened in the next weeks is
 * expected from how often the user opens something in that way, and from the part of it that this
 * one has: of what they know by memory and favour, of the others as one chooses from a list. The
 * chance is believed as far as predictions for the same kind of reason came true on this machine.
 */
export function predict(
  pool: Pool,
  taste: Taste,
  circumstances: Circumstances,
  tuning: Tuning,
): Prediction[] {
  const favourites = new Set(circumstances.favourites);
  const isKnown = ({ id }: Candidate): boolean => taste.times.has(id) || favourites.has(id);
  const { known = [], unknown = [] } = Object.groupBy(pool.candidates, (one) =>
    isKnown(one) ? 'known' : 'unknown',
  );
  return [
    ...openedAgain(known, favourites, taste, tuning),
    ...openedFirst(unknown, new Clerk(pool, taste, circumstances, tuning), taste, tuning),
  ]
    .map(({ candidate, times, reason }) => {
      const chance = (1 - Math.exp(-times)) * trust(reason, circumstances, tuning);
      return { candidate, chance, reason };
    })
    .sort((a, b) => b.chance - a.chance || (a.candidate.id < b.candidate.id ? -1 : 1));
}

/** How often a model is likely opened. */
interface Expected {
  readonly candidate: Candidate;
  readonly times: number;
  readonly reason: AheadReason;
}

/** What is known, by memory; what is marked, in any case. */
function openedAgain(
  candidates: readonly Candidate[],
  favourites: ReadonlySet<string>,
  taste: Taste,
  tuning: Tuning,
): Expected[] {
  const { models, repeats, repeatsADay, lastAt } = taste;
  const hasChanged = ({ lastModified = 0 }: Candidate): boolean => lastModified > lastAt;
  const pull = (one: Candidate): number => (hasChanged(one) ? tuning.changedFavourite : 1);
  const marked = candidates.filter(({ id }) => favourites.has(id));
  const pulls = sum(marked.map(pull));
  const ofMarked = sum(marked.map(({ id }) => repeats.of(id))) / Math.max(1, repeats.total);
  const expected = repeatsADay * tuning.againDays;
  return candidates.map((candidate) => {
    const { id } = candidate;
    const remembered = models.total === 0 ? 0 : models.of(id) / models.total;
    const byMemory = expected * remembered;
    if (!favourites.has(id)) {
      const reason = { kind: 'again', count: taste.times.get(id) ?? 0 } as const;
      return { candidate, times: byMemory, reason };
    }
    const asMarked = expected * ofMarked * (pull(candidate) / pulls);
    const times = Math.max(tuning.favourite, byMemory, asMarked);
    return { candidate, times, reason: { kind: 'favourite' } };
  });
}

/** What is new to the user, by each way to it. */
function openedFirst(
  candidates: readonly Candidate[],
  clerk: Clerk,
  taste: Taste,
  tuning: Tuning,
): Expected[] {
  const { firstsADay, firstsAVisit, firstsBy } = taste;
  const opened: Readonly<Record<Way, number>> = {
    list: firstsADay * firstsBy.share('list') * tuning.listDays,
    search: firstsADay * firstsBy.share('search') * tuning.listDays,
    news: firstsAVisit * firstsBy.share('news') * tuning.newsVisits,
  };
  const times = new Map<Candidate, number>();
  for (const way of WAYS) {
    const listed = candidates.filter((one) => clerk.isListed(one, way));
    const weights = listed.map((one) => weightOf(clerk.clues(one, way), tuning.clues[way]));
    const total = sum(weights);
    for (const [index, candidate] of listed.entries()) {
      const share = (weights[index] ?? 0) / total;
      times.set(candidate, (times.get(candidate) ?? 0) + opened[way] * share);
    }
  }
  return [...times].map((one) => ({
    candidate: one[0],
    times: one[1],
    reason: clerk.reason(one[0]),
  }));
}

/** How often it is chosen, compared with others (a conditional logit: McFadden, 1974). */
function weightOf(clues: Clues, weights: Clues): number {
  const names = Object.keys(clues) as Clue[];
  return Math.exp(sum(names.map((name) => weights[name] * clues[name])));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** How far chances are to be believed, by how those with the same kind of reason turned out. */
function trust({ kind }: AheadReason, { record }: Circumstances, { doubt }: Tuning): number {
  const { expected, used } = record.get(kind) ?? { expected: 0, used: 0 };
  return Math.min(1, (used + doubt) / (expected + doubt));
}
