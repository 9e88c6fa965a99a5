import type { ActivityEvent } from '../../activity.ts';
import type { ModelId } from '../../model.ts';
import type { Candidate } from './candidate.ts';
import type { Taste } from './taste.ts';

/** Models that are known, as a few questions to the catalogue. */
export interface CandidateSource {
  /** Those that are published, in any order. */
  byIds(ids: readonly ModelId[]): Candidate[];
  find(question: CandidateQuestion): Candidate[];
}

export interface CandidateQuestion {
  readonly author?: string;
  readonly family?: string;
  readonly sort: 'newest' | 'downloads';
  readonly limit: number;
}

/** What the user has at hand. */
export interface AtHand {
  readonly favourites: readonly ModelId[];
  /** The rows that can be seen, from top to bottom. */
  readonly visible: readonly ModelId[];
}

/** What may be wanted next. */
export interface Pool {
  readonly candidates: readonly Candidate[];
  /** Some of all that there is, whatever the user likes: what traits are usual. */
  readonly usual: readonly Candidate[];
}

const NEWEST = 120;
const MOST_DOWNLOADED = 120;
/** Families and authors that are looked into, and models of each, by each order. */
const LIKED = 6;
const OF_EACH = 30;
const AT_HAND = 200;
const EVENTS = 500;

/** A few hundred models, by a few questions, however large the catalogue is. */
export function gatherPool(
  source: CandidateSource,
  events: readonly ActivityEvent[],
  { families, authors }: Taste,
  { favourites, visible }: AtHand,
): Pool {
  const usual = [
    ...source.find({ sort: 'newest', limit: NEWEST }),
    ...source.find({ sort: 'downloads', limit: MOST_DOWNLOADED }),
  ];
  const named = [
    ...favourites.slice(0, AT_HAND),
    ...visible.slice(0, AT_HAND),
    ...events.slice(-EVENTS).flatMap(({ models }) => models),
  ];
  const liked = [
    ...families.top(LIKED).map((family) => ({ family })),
    ...authors.top(LIKED).map((author) => ({ author })),
  ];
  const candidates = [
    ...usual,
    ...source.byIds([...new Set(named)]),
    ...liked.flatMap((whose) => [
      ...source.find({ ...whose, sort: 'newest', limit: OF_EACH }),
      ...source.find({ ...whose, sort: 'downloads', limit: OF_EACH }),
    ]),
  ];
  return { candidates: unique(candidates), usual: unique(usual) };
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((one) => [one.id, one])).values()];
}
