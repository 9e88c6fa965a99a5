import type { AheadReason, Traits } from '../../activity.ts';
import type { Candidate } from './candidate.ts';
import { traitsOf } from './candidate.ts';
import type { Pool } from './pool.ts';
import type { Circumstances } from './predict.ts';
import type { Taste } from './taste.ts';
import { authorKey, familyKey } from './taste.ts';
import type { AgainClue, FirstClue, Tuning } from './tuning.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Whatever is rare counts as at least so common. */
const LEAST_SHARE = 0.002;
/** What is left of a search while it is worth a word: see Fading. */
const STILL_FOUND = 0.002;
/** Up to this row of the most downloaded a model is popular. */
const POPULAR_ROW = 20;
/** A part of what the user does that is worth a word. */
const NOTABLE_SHARE = 0.15;

/** What speaks for a candidate, by name: the more, the larger. */
export type Clues<Name extends string> = Readonly<Record<Name, number>>;

/** Looks for what speaks for each candidate of a pool. */
export class Clerk {
  readonly #taste: Taste;
  readonly #circumstances: Circumstances;
  readonly #prior: number;
  readonly #usual: Usual;
  readonly #favourites: ReadonlySet<string>;
  readonly #rows: Rows;
  readonly #rowsInFamily: Rows;
  /** How many are new or changed since the user was here. */
  readonly #news: number;

  constructor({ candidates, usual }: Pool, taste: Taste, around: Circumstances, tuning: Tuning) {
    this.#taste = taste;
    this.#circumstances = around;
    this.#prior = tuning.prior;
    this.#usual = usualTraits(usual, around);
    this.#favourites = new Set(around.favourites);
    this.#news = candidates.filter((one) => this.#isNews(one)).length;
    const byDownloads = candidates.toSorted((a, b) => (b.downloads ?? 0) - (a.downloads ?? 0));
    const families = Map.groupBy(byDownloads, ({ family = '' }) => family);
    this.#rows = rowsOf(byDownloads);
    this.#rowsInFamily = new Map([...families.values()].flatMap((family) => [...rowsOf(family)]));
  }

  /** The user had to do with it before. */
  isKnown({ id }: Candidate): boolean {
    return this.#taste.times.has(id) || this.#favourites.has(id);
  }

  /** For one more opening. */
  again(candidate: Candidate): Clues<AgainClue> {
    const { models, repeatsADay } = this.#taste;
    const isFavourite = this.#favourites.has(candidate.id);
    const isNews = this.#isNews(candidate);
    const remembered = models.total === 0 ? 0 : models.of(candidate.id) / models.total;
    // What the user has marked is wanted, whenever it was opened last.
    const least = isFavourite ? 0.1 : 0.001;
    return {
      always: 1,
      memory: Math.log(remembered * repeatsADay + least),
      favourite: Number(isFavourite),
      changed: Number(isNews),
      changedFavourite: Number(isFavourite && isNews),
    };
  }

  /** For a first opening. */
  first(candidate: Candidate): Clues<FirstClue> {
    const { found, firstsADay, firstsAVisit, firstsBy, since } = this.#taste;
    const { now } = this.#circumstances;
    const { createdAt = 0, id } = candidate;
    const traits = this.#traits(candidate);
    const isNews = Number(this.#isNews(candidate));
    const missedDays = Math.max(0, now - Math.max(createdAt, since)) / DAY;
    return {
      always: 1,
      row: Math.log((this.#rows.get(id) ?? 0) + 1),
      rowInFamily: Math.log((this.#rowsInFamily.get(id) ?? 0) + 1),
      family: Math.log(this.#familyShare(candidate) + 0.02),
      author: this.#lift('author', traits),
      fit: this.#lift('fit', traits),
      found: Math.log1p(found.of(id)),
      curiosity: Math.log(firstsADay + 0.1),
      missed: Math.log(missedDays + 1),
      searcher: Math.log(firstsBy.share('search')),
      news: isNews,
      newsReader: isNews * Math.log(firstsAVisit * firstsBy.share('news') + 0.05),
      newsAmongMany: isNews * Math.log(this.#news + 1),
      newsOfTask: isNews * this.#lift('task', traits),
      newsOfFamily: isNews * this.#lift('family', traits),
    };
  }

  /** Why it may be opened once more, as a person would say it. */
  reasonAgain({ id }: Candidate): AheadReason {
    if (this.#favourites.has(id)) return { kind: 'favourite' };
    return { kind: 'again', count: this.#taste.times.get(id) ?? 0 };
  }

  /** Why it may be opened, as a person would say it: what is most particular to the user, first. */
  reasonFirst(candidate: Candidate): AheadReason {
    const { found, thisWeek } = this.#taste;
    const { id, family = '', author } = candidate;
    if (found.of(id) > STILL_FOUND) return { kind: 'searched' };
    const ofFamily = thisWeek.get(familyKey(family)) ?? 0;
    if (family !== '' && ofFamily > 1 && this.#familyShare(candidate) > NOTABLE_SHARE)
      return { kind: 'family', name: family, count: ofFamily };
    const ofAuthor = thisWeek.get(authorKey(author)) ?? 0;
    if (ofAuthor > 1 && this.#lift('author', this.#traits(candidate)) > Math.LN2)
      return { kind: 'author', name: author, count: ofAuthor };
    if (this.#isNews(candidate)) return { kind: 'new' };
    if ((this.#rows.get(id) ?? 0) < POPULAR_ROW) return { kind: 'popular' };
    if (this.#circumstances.visible.includes(id)) return { kind: 'visible' };
    return { kind: this.#traits(candidate)['fit'] === 'fits' ? 'fits' : 'like' };
  }

  #isNews({ lastModified = 0 }: Candidate): boolean {
    return lastModified > this.#taste.lastAt - HOUR;
  }

  #traits(candidate: Candidate): Traits {
    const { now, fitsBytes } = this.#circumstances;
    return traitsOf(candidate, now, fitsBytes);
  }

  #familyShare({ family }: Candidate): number {
    const { families } = this.#taste;
    return family === undefined || families.total === 0 ? 0 : families.of(family) / families.total;
  }

  /** How much more often than people do the user chooses such models, as a logarithm. */
  #lift(trait: string, traits: Traits): number {
    const value = traits[trait];
    if (value === undefined) return 0;
    const usual = Math.max(LEAST_SHARE, this.#usual.get(`${trait}=${value}`) ?? 0);
    const { times, total } = this.#chosen(trait, value);
    return Math.log((times + this.#prior * usual) / (total + this.#prior) / usual);
  }

  #chosen(trait: string, value: string): { times: number; total: number } {
    const { authors, families, traits, firsts } = this.#taste;
    // Of authors and families more is known than which models were opened for the first time.
    if (trait === 'author') return { times: authors.of(value), total: authors.total };
    if (trait === 'family') return { times: families.of(value), total: families.total };
    return { times: traits.of(`${trait}=${value}`), total: firsts };
  }
}

/** How many models are downloaded more often, by model. */
type Rows = ReadonlyMap<string, number>;

function rowsOf(byDownloads: readonly Candidate[]): Rows {
  let row = 0;
  return new Map(
    byDownloads.map(({ id, downloads }, index) => {
      if (downloads !== byDownloads[row]?.downloads) row = index;
      return [id, row];
    }),
  );
}

/** How often people choose which trait, by `trait=value`, from 0 to 1. */
type Usual = ReadonlyMap<string, number>;

function usualTraits(usual: readonly Candidate[], { now, fitsBytes }: Circumstances): Usual {
  const weights = new Map<string, number>();
  let total = 0;
  for (const candidate of usual) {
    const weight = (candidate.downloads ?? 0) + 10;
    total += weight;
    for (const [trait, value] of Object.entries(traitsOf(candidate, now, fitsBytes))) {
      const name = `${trait}=${value}`;
      weights.set(name, (weights.get(name) ?? 0) + weight);
    }
  }
  return new Map([...weights].map(([name, weight]) => [name, weight / total]));
}
