import type { DatabaseSync } from 'node:sqlite';
import type { ModelId, SourceKey } from '../model.ts';
import type { Ask } from './searchAsk.ts';
import { allOf, askOf, DESCRIBED, valuesOf } from './searchAsk.ts';
import type { Condition } from './searchConditions.ts';
import { hasTermIndex } from './searchIndex.ts';
import { Statements } from './statements.ts';

/** What is looked for. What a model says is what its followed source of best precedence says. */
export interface SearchQuery {
  /** Words that all must occur: see `Word` for where. None finds everything. */
  readonly text: string;
  /** The followed sources: only what they publish is found. */
  readonly sources: readonly SourceKey[];
  /** Only what this one of them publishes. */
  readonly of?: SourceKey;
  readonly filters: SearchFilters;
  /** Only these, if given: what somebody has noted by name. */
  readonly only?: readonly ModelId[];
  readonly sort: SearchSort;
  readonly offset: number;
  readonly limit: number;
}

/** All that is given must hold. Texts are compared whole, without regard to case. */
export interface SearchFilters {
  readonly author?: string;
  readonly license?: string;
  readonly task?: string;
  readonly library?: string;
  readonly architecture?: string;
  /** See familyOf; empty: of no known family. */
  readonly family?: string;
  /** All of them. Tags with a colon in them, such as `region:us`, are not kept and never found. */
  readonly tags?: readonly string[];
  readonly takesTools?: boolean;
  /** Takes images: by its task, or by a vision projector among its files. */
  readonly vision?: boolean;
  readonly gated?: boolean;
  /** Some variant is at least, and at most, this many bytes: exactly or by estimate. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly minParameters?: number;
  readonly maxParameters?: number;
}

/** The newest, the most, or the first in the alphabet first; by size the smallest; unknown last. */
export type SearchSort = 'newest' | 'downloads' | 'likes' | 'trending' | 'name' | 'size';

const ORDERS: Readonly<Record<SearchSort, string>> = {
  newest: 'search.newest DESC',
  downloads: 'search.downloads DESC',
  likes: 'search.likes DESC',
  trending: 'search.trending_score DESC',
  name: "lower(substr(search.id, instr(search.id, '/') + 1))",
  size: 'search.smallest',
};

/** When which way is the shortest, in rows. */
export interface SearchPlan {
  /** So many are put in order faster than the index of the order is walked for them. */
  readonly few: number;
  /** The numbers of so many take longer to collect than some rows to be looked at. */
  readonly many: number;
  /** How many are looked at then, for each row wanted. */
  readonly glance: number;
}

/** As measured with 100,000 models. */
const PLAN: SearchPlan = { few: 5_000, many: 30_000, glance: 5 };

/** What is asked, in which order, and which part of it. */
interface PageAsk extends Ask {
  readonly sort: SearchSort;
  readonly page: { readonly limit: number; readonly offset: number };
}

/**
 * Finds models in the order wanted. The full-text index tells which rows may answer:
 * 1. A few thousand are put in order.
 * 2. Of many, enough are among the first rows of the order: a glance at those finds them.
 * 3. Else the index of the order is walked for them. It is much narrower than the rows, so even a
 *    whole walk is short.
 */
export class CatalogueSearch {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #plan: SearchPlan;
  #termsFound = false;

  constructor(database: DatabaseSync, plan = PLAN) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#plan = plan;
    database.exec(CANDIDATES);
  }

  /** One page of what is found, each model once. */
  ids(query: SearchQuery): ModelId[] {
    const { only, sort, offset, limit } = query;
    if (isWholeSource(query)) return this.#newestOf(query);
    const ask: PageAsk = { ...askOf(query, this.#statements), sort, page: { limit, offset } };

    if (only !== undefined) return this.#order(ask, this.#collectNamed(only));
    const { match } = ask;
    if (match === '' || !this.#hasTerms()) return this.#walk(ask);
    const { few, many } = this.#plan;
    const count = this.#collect(match, many);
    if (count <= few) return this.#order(ask, count);
    if (count === many) {
      const found = this.#glance(ask);
      if (found !== undefined) return found;
      this.#collect(match);
    }
    return this.#walk({ ...ask, early: [IS_CANDIDATE, ...ask.early] });
  }

  /** What a source publishes, as its rows lie: the list that the tree shows by itself. */
  #newestOf({ of = '', offset, limit }: SearchQuery): ModelId[] {
    return this.#statements
      .prepare(
        `SELECT id FROM model WHERE source = ? AND removed IS NULL
         ORDER BY newest DESC, id LIMIT ? OFFSET ?`,
      )
      .all(of, limit, offset)
      .map(idOf);
  }

  /** Puts the candidates in order, and looks closer at as many as it takes to fill the page. */
  #order(ask: PageAsk, count: number): ModelId[] {
    const { early, late, sort, page } = ask;
    const order = `ORDER BY ${ORDERS[sort]}, search.number`;
    const wanted = page.offset + page.limit;
    for (let most = 2 * wanted; ; most *= 8) {
      const first = `SELECT search.number FROM temp.candidate
        CROSS JOIN search ON search.number = candidate.number
        WHERE ${allOf(early)} ${order} LIMIT :most`;
      const found = this.#statements
        .prepare(
          `SELECT search.id FROM (${first}) AS first
           CROSS JOIN search ON search.number = first.number ${DESCRIBED}
           WHERE ${allOf(late)} ${order} LIMIT :limit OFFSET :offset`,
        )
        .all({ ...valuesOf([...early, ...late]), ...page, most });
      if (found.length === page.limit || most >= count) return found.map(idOf);
    }
  }

  #walk({ early, late, sort, page }: PageAsk): ModelId[] {
    return this.#statements
      .prepare(
        `SELECT search.id FROM search INDEXED BY search_by_${sort} ${DESCRIBED}
         WHERE ${allOf([...early, ...late])}
         ORDER BY ${ORDERS[sort]}, search.number LIMIT :limit OFFSET :offset`,
      )
      .all({ ...valuesOf([...early, ...late]), ...page })
      .map(idOf);
  }

  /** The page, if it is full with what stands first in the order. */
  #glance({ early, late, sort, page }: PageAsk): ModelId[] | undefined {
    const wanted = page.offset + page.limit;
    const rows = this.#statements
      .prepare(
        `SELECT search.id, ${allOf([...early, ...late])} AS answers
         FROM search INDEXED BY search_by_${sort} ${DESCRIBED}
         ORDER BY ${ORDERS[sort]}, search.number LIMIT :rows`,
      )
      .iterate({ ...valuesOf([...early, ...late]), rows: this.#plan.glance * wanted });
    const found: ModelId[] = [];
    for (const row of rows) {
      if (row['answers'] === 1) found.push(idOf(row));
      if (found.length === wanted) return found.slice(page.offset);
    }
    return undefined;
  }

  /** Asked again while there is none: the engine may be about to build it. */
  #hasTerms(): boolean {
    this.#termsFound ||= hasTermIndex(this.#database);
    return this.#termsFound;
  }

  /** @returns how many rows have one of these names */
  #collectNamed(ids: readonly ModelId[]): number {
    this.#statements.prepare('DELETE FROM temp.candidate').run();
    const { changes } = this.#statements
      .prepare(
        `INSERT INTO temp.candidate SELECT search.number
         FROM (SELECT DISTINCT value FROM json_each(?)) AS named
         CROSS JOIN search ON search.id = named.value`,
      )
      .run(JSON.stringify(ids));
    return Number(changes);
  }

  /** @returns how many rows may answer, at most `most` */
  #collect(match: string, most = -1): number {
    this.#statements.prepare('DELETE FROM temp.candidate').run();
    const { changes } = this.#statements
      .prepare('INSERT INTO temp.candidate SELECT rowid FROM search_terms(?) LIMIT ?')
      .run(match, most);
    return Number(changes);
  }
}

/** Whether nothing is looked for but all that one source publishes, the newest first. */
function isWholeSource({ of, text, filters, only, sort }: SearchQuery): boolean {
  const isNarrow = only !== undefined || Object.values(filters).some((one) => one !== undefined);
  return of !== undefined && sort === 'newest' && text.trim() === '' && !isNarrow;
}

/** The candidates of the question that is being answered: they are gone through twice. */
const CANDIDATES = `
  PRAGMA temp_store = MEMORY;
  CREATE TEMP TABLE candidate (number INTEGER PRIMARY KEY)`;

const IS_CANDIDATE: Condition = { sql: 'search.number IN temp.candidate', values: {} };

function idOf(row: Readonly<Record<string, unknown>>): ModelId {
  return String(row['id']);
}
