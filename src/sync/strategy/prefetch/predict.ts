import type { AheadReason, TrackRecord, Traits } from '../../activity.ts';
import type { Candidate } from './candidate.ts';
import { traitsOf } from './candidate.ts';
import type { AtHand, Pool } from './pool.ts';
import type { Taste } from './taste.ts';
import { authorKey, familyKey } from './taste.ts';
import type { Tuning } from './tuning.ts';

const DAY = 24 * 60 * 60_000;
/** Whatever is rare counts as at least so common. */
const LEAST_SHARE = 0.002;

/** A model whose details the user may want, how likely within the horizon, and why. */
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
 * What the user will open, the likeliest first. Two ways lead there:
 * - once more, or because it is a favourite: the chance grows with how often and how lately it was
 *   opened;
 * - for the first time: as many as the user opens for the first time in such a while are shared out
 *   among the candidates, by how popular they are, and by how much more often than people in
 *   general the user chose models of such traits (naive Bayes).
 */
export function predict(
  { candidates, usual }: Pool,
  taste: Taste,
  circumstances: Circumstances,
  tuning: Tuning,
): Prediction[] {
  const chooser = new Chooser(usual, taste, circumstances, tuning);
  const weighed = candidates.map((candidate) => chooser.weigh(candidate));
  const sum = weighed.reduce((total, { weight }) => total + weight, 0);
  const firstsADay = taste.firstsADay * tuning.coverage;
  const again = new Again(taste, circumstances, tuning);
  return weighed
    .map(({ candidate, weight, reason }): Prediction => {
      const known = again.predict(candidate);
      const aDay = sum === 0 ? 0 : (firstsADay * weight) / sum;
      const first = firstChance(aDay, chances(candidate, taste, circumstances.now), tuning);
      const because = known.chance > first ? known.reason : reason;
      const chance = 1 - (1 - known.chance) * (1 - first);
      return { candidate, chance: chance * trust(because, circumstances, tuning), reason: because };
    })
    .sort((a, b) => b.chance - a.chance || (a.candidate.id < b.candidate.id ? -1 : 1));
}

/** How far chances are to be believed, by how those with the same kind of reason turned out. */
function trust({ kind }: AheadReason, { record }: Circumstances, { doubt }: Tuning): number {
  const { expected, used } = record.get(kind) ?? { expected: 0, used: 0 };
  return Math.min(1, (used + doubt) / (expected + doubt));
}

/** For how many days the user could have opened it and did not. */
function chances({ createdAt = 0 }: Candidate, { since }: Taste, now: number): number {
  return Math.max(0, now - Math.max(createdAt, since)) / DAY;
}

/**
 * The chance of a first opening within the horizon. How well a model is liked is not known exactly:
 * each day on which it could have been opened, and was not, says that it is liked less (a Gamma
 * distribution of rates with `certainty` as its shape).
 */
function firstChance(aDay: number, missedDays: number, { horizon, certainty }: Tuning): number {
  const expected = (aDay * horizon) / DAY;
  return 1 - (1 + expected / (certainty + aDay * missedDays)) ** -certainty;
}

/** How likely a model is opened that the user knows. */
class Again {
  readonly #taste: Taste;
  readonly #tuning: Tuning;
  readonly #favourites: ReadonlySet<string>;

  constructor(taste: Taste, { favourites }: Circumstances, tuning: Tuning) {
    this.#taste = taste;
    this.#tuning = tuning;
    this.#favourites = new Set(favourites);
  }

  predict({ id }: Candidate): Pick<Prediction, 'chance' | 'reason'> {
    const { favouriteADay, horizon, againHorizon } = this.#tuning;
    const { models, repeatsADay, times } = this.#taste;
    const isFavourite = this.#favourites.has(id);
    const share = models.total === 0 ? 0 : models.of(id) / models.total;
    const expected =
      repeatsADay * share * againHorizon + (isFavourite ? favouriteADay * horizon : 0);
    const chance = 1 - Math.exp(-expected / DAY);
    const reason: AheadReason = isFavourite
      ? { kind: 'favourite' }
      : { kind: 'again', count: times.get(id) ?? 0 };
    return { chance, reason };
  }
}

interface Weighed {
  readonly candidate: Candidate;
  readonly weight: number;
  readonly reason: AheadReason;
}

/** What the user picks of what is new to them. */
class Chooser {
  readonly #taste: Taste;
  readonly #tuning: Tuning;
  readonly #circumstances: Circumstances;
  readonly #visible: ReadonlySet<string>;
  /** How often people choose which trait, by `trait=value`. */
  readonly #usual = new Map<string, number>();
  #usualTotal = 0;

  constructor(
    usual: readonly Candidate[],
    taste: Taste,
    circumstances: Circumstances,
    tuning: Tuning,
  ) {
    this.#taste = taste;
    this.#tuning = tuning;
    this.#circumstances = circumstances;
    this.#visible = new Set(circumstances.visible);
    for (const candidate of usual) {
      const weight = this.#popularity(candidate);
      this.#usualTotal += weight;
      for (const [trait, value] of entries(this.#traits(candidate))) {
        const name = `${trait}=${value}`;
        this.#usual.set(name, (this.#usual.get(name) ?? 0) + weight);
      }
    }
  }

  weigh(candidate: Candidate): Weighed {
    if (this.#taste.times.has(candidate.id))
      return { candidate, weight: 0, reason: { kind: 'like' } };
    const { visible, found } = this.#tuning;
    const traits = entries(this.#traits(candidate));
    const lifts = new Map(traits.map(([trait, value]) => [trait, this.#lift(trait, value)]));
    const isVisible = this.#visible.has(candidate.id);
    const times = this.#taste.found.of(candidate.id);
    const log = [...lifts.values()].reduce((sum, lift) => sum + lift, 0);
    const hint = (isVisible ? visible : 1) * (1 + found * times);
    const weight = this.#popularity(candidate) * Math.exp(log) * hint;
    const hints = new Map([
      ...lifts,
      ['visible', isVisible ? Math.log(visible) : 0],
      ['searched', Math.log(1 + found * times)],
    ]);
    return { candidate, weight, reason: this.#reason(candidate, traits, hints) };
  }

  #traits(candidate: Candidate): Traits {
    const { now, fitsBytes } = this.#circumstances;
    return traitsOf(candidate, now, fitsBytes);
  }

  /** How often people choose it. */
  #popularity({ downloads = 0 }: Candidate): number {
    return (downloads + 10) ** this.#tuning.popularity;
  }

  /** How much more often than people do the user chooses such models, as a logarithm. */
  #lift(trait: string, value: string): number {
    const { prior, trust } = this.#tuning;
    const name = `${trait}=${value}`;
    const usual = Math.max(LEAST_SHARE, (this.#usual.get(name) ?? 0) / this.#usualTotal);
    const chosen = this.#chosen(trait, value, name);
    const share = (chosen.times + prior * usual) / (chosen.total + prior);
    return (trust[trait] ?? 0) * Math.log(share / usual);
  }

  #chosen(trait: string, value: string, name: string): { times: number; total: number } {
    const { authors, families, traits, firsts } = this.#taste;
    // Of authors and families more is known than which models were opened for the first time.
    if (trait === 'author') return { times: authors.of(value), total: authors.total };
    if (trait === 'family') return { times: families.of(value), total: families.total };
    return { times: traits.of(name), total: firsts };
  }

  /** What speaks for it most, in what a person would say. */
  #reason(
    { author, family = '' }: Candidate,
    traits: readonly (readonly [string, string])[],
    hints: ReadonlyMap<string, number>,
  ): AheadReason {
    const [strongest] = [...hints].sort((a, b) => b[1] - a[1]);
    const [hint, strength] = strongest ?? ['', 0];
    const value = traits.find(([trait]) => trait === hint)?.[1];
    const { thisWeek } = this.#taste;
    if (strength <= 0) return { kind: 'like' };
    if (hint === 'family' && family !== '')
      return { kind: 'family', name: family, count: thisWeek.get(familyKey(family)) ?? 0 };
    if (hint === 'author')
      return { kind: 'author', name: author, count: thisWeek.get(authorKey(author)) ?? 0 };
    if (hint === 'visible' || hint === 'searched') return { kind: hint };
    if (hint === 'age' && value !== 'old') return { kind: 'new' };
    if (hint === 'popularity' && Number(value) >= 4) return { kind: 'popular' };
    return { kind: hint === 'fit' && value === 'fits' ? 'fits' : 'like' };
  }
}

function entries(traits: Traits): (readonly [string, string])[] {
  return Object.entries(traits).flatMap(([trait, value]) =>
    value === undefined ? [] : [[trait, value] as const],
  );
}
