import type { AheadReason, Traits } from '../../activity.ts';
import type { Candidate } from './candidate.ts';
import { isRecent, traitsOf } from './candidate.ts';
import type { Pool } from './pool.ts';
import type { Circumstances } from './predict.ts';
import type { Taste } from './taste.ts';
import { authorKey, familyKey } from './taste.ts';
import type { Clue, Tuning, Way } from './tuning.ts';

/** Whatever is rare counts as at least so common. */
const LEAST_SHARE = 0.002;
/** What is left of a search while it is worth a word: see Fading. */
const STILL_FOUND = 0.002;
/** Up to this row of the most downloaded a model is popular. */
const POPULAR_ROW = 20;
/** A part of what the user does that is worth a word. */
const NOTABLE_SHARE = 0.15;

/** What speaks for a candidate, by name: the more, the larger. */
export type Clues = Readonly<Record<Clue, number>>;

/** Looks for what speaks for each candidate of a pool. */
export class Clerk {
  readonly #taste: Taste;
  readonly #circumstances: Circumstances;
  readonly #prior: number;
  readonly #usual: Usual;
  readonly #visible: ReadonlySet<string>;
  readonly #lists: Readonly<Record<Way, List>>;

  constructor({ candidates, usual }: Pool, taste: Taste, around: Circumstances, tuning: Tuning) {
    this.#taste = taste;
    this.#circumstances = around;
    this.#prior = tuning.prior;
    this.#usual = usualTraits(usual, around);
    this.#visible = new Set(around.visible);
    const byDownloads = listOf(candidates, ({ downloads = 0 }) => downloads);
    this.#lists = {
      list: byDownloads,
      search: byDownloads,
      news: listOf(
        candidates.filter((one) => isRecent(one, around.now)),
        ({ lastModified = 0 }) => lastModified,
      ),
    };
  }

  /** Whether the user may come to it in that way. */
  isListed({ id }: Candidate, way: Way): boolean {
    return this.#lists[way].rows.has(id);
  }

  /** What speaks for choosing it there. */
  clues(candidate: Candidate, way: Way): Clues {
    const { found } = this.#taste;
    const { id } = candidate;
    const { rows, rowsInFamily, rowsOfAuthor } = this.#lists[way];
    return {
      row: Math.log((rows.get(id) ?? 0) + 1),
      rowInFamily: Math.log((rowsInFamily.get(id) ?? 0) + 1),
      rowOfAuthor: Math.log((rowsOfAuthor.get(id) ?? 0) + 1),
      family: Math.log(this.#familyShare(candidate, this.#prior) + 0.02),
      author: this.#lift('author', candidate),
      fit: this.#lift('fit', candidate),
      found: Math.log1p(found.of(id)),
      visible: Number(this.#visible.has(id)),
    };
  }

  /** Why it may be opened, as a person would say it: what is most particular to the user, first. */
  reason(candidate: Candidate): AheadReason {
    const { found, thisWeek } = this.#taste;
    const { id, family = '', author } = candidate;
    if (found.of(id) > STILL_FOUND) return { kind: 'searched' };
    const ofFamily = thisWeek.get(familyKey(family)) ?? 0;
    if (family !== '' && ofFamily > 1 && this.#familyShare(candidate) > NOTABLE_SHARE)
      return { kind: 'family', name: family, count: ofFamily };
    const ofAuthor = thisWeek.get(authorKey(author)) ?? 0;
    if (ofAuthor > 1 && this.#lift('author', candidate) > Math.LN2)
      return { kind: 'author', name: author, count: ofAuthor };
    if (this.isListed(candidate, 'news')) return { kind: 'new' };
    if ((this.#lists.list.rows.get(id) ?? 0) < POPULAR_ROW) return { kind: 'popular' };
    if (this.#visible.has(id)) return { kind: 'visible' };
    return { kind: this.#traits(candidate)['fit'] === 'fits' ? 'fits' : 'like' };
  }

  #traits(candidate: Candidate): Traits {
    const { now, fitsBytes } = this.#circumstances;
    return traitsOf(candidate, now, fitsBytes);
  }

  /** The part of what the user does that is about its family, with what is usual as if done too. */
  #familyShare({ family }: Candidate, usually = 0): number {
    if (family === undefined) return 0;
    const { families } = this.#taste;
    const total = families.total + usually;
    const usual = this.#usual.get(`family=${family}`) ?? 0;
    return total === 0 ? 0 : (families.of(family) + usually * usual) / total;
  }

  /** How much more often than people do the user chooses such models, as a logarithm. */
  #lift(trait: string, candidate: Candidate): number {
    const value = this.#traits(candidate)[trait];
    if (value === undefined) return 0;
    const usual = Math.max(LEAST_SHARE, this.#usual.get(`${trait}=${value}`) ?? 0);
    const { times, total } = this.#chosen(trait, value);
    return Math.log((times + this.#prior * usual) / (total + this.#prior) / usual);
  }

  #chosen(trait: string, value: string): { times: number; total: number } {
    const { authors, traits, firsts } = this.#taste;
    // Of authors more is known than which models were opened for the first time.
    if (trait === 'author') return { times: authors.of(value), total: authors.total };
    return { times: traits.of(`${trait}=${value}`), total: firsts };
  }
}

/** Models in an order, from the first row, 0; those that are even share one. */
interface List {
  readonly rows: Rows;
  readonly rowsInFamily: Rows;
  readonly rowsOfAuthor: Rows;
}

type Rows = ReadonlyMap<string, number>;

function listOf(candidates: readonly Candidate[], by: (one: Candidate) => number): List {
  const sorted = candidates.toSorted((a, b) => by(b) - by(a));
  const apart = (group: (one: Candidate) => string): Rows => {
    const groups = [...Map.groupBy(sorted, group).values()];
    return new Map(groups.flatMap((ones) => [...rowsOf(ones, by)]));
  };
  return {
    rows: rowsOf(sorted, by),
    rowsInFamily: apart(({ family = '' }) => family),
    rowsOfAuthor: apart(({ author }) => author),
  };
}

function rowsOf(sorted: readonly Candidate[], by: (one: Candidate) => number): Rows {
  let row = 0;
  return new Map(
    sorted.map((one, index) => {
      const first = sorted[row];
      if (first !== undefined && by(one) !== by(first)) row = index;
      return [one.id, row];
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
