import type { DatabaseSync } from 'node:sqlite';
import type { SearchQuery } from './search.ts';
import { allOf, askOf, DESCRIBED, valuesOf } from './searchAsk.ts';
import { hasTermIndex } from './searchIndex.ts';
import { Statements } from './statements.ts';

/** What models can be put together by; `all` is one group. */
export type GroupBy = 'source' | 'author' | 'family' | 'all';

/** Models that have something in common. */
export interface FoundGroup {
  /** What tells the group from others, in lower case but for sources; empty: of no known family. */
  readonly key: string;
  /** As it is written. */
  readonly name: string;
  readonly models: number;
}

/** What groups are made of: a query without an order and a page. */
export type GroupQuery = Omit<SearchQuery, 'sort' | 'offset' | 'limit' | 'of'>;

const AUTHOR = "substr(search.id, 1, instr(search.id, '/') - 1)";
const NAMES: Readonly<Record<GroupBy, string>> = {
  source: 'search.source',
  author: AUTHOR,
  family: "coalesce(search.family, '')",
  all: "''",
};

/** So many rows are looked at in one step: a few ms, where each is compared with its text. */
const STEP = 1_000;

type Counts = readonly { readonly name: string; readonly models: number }[];

/** Counts what queries find, by group. */
export class SearchGroups {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /**
   * The groups of what is found, those of most models first. A generator, because counting looks at
   * all that is found: each step takes a few ms, and whoever asks may pause between two of them.
   */
  *count(query: GroupQuery, by: GroupBy): Generator<undefined, FoundGroup[]> {
    const groups = new Map<string, FoundGroup>();
    for (const counts of this.#steps(query, by)) {
      for (const { name, models } of counts) {
        const key = by === 'source' ? name : name.toLowerCase();
        const known = groups.get(key) ?? { key, name, models: 0 };
        groups.set(key, { ...known, models: known.models + models });
      }
      yield;
    }
    return [...groups.values()].sort((a, b) => b.models - a.models || (a.key < b.key ? -1 : 1));
  }

  *#steps(query: GroupQuery, by: GroupBy): Generator<Counts> {
    const { early, late, match } = askOf(query, this.#statements, by === 'source');
    const usesTerms = match !== '' && query.only === undefined && hasTermIndex(this.#database);
    const rows =
      query.only !== undefined
        ? 'search.id IN (SELECT value FROM json_each(:only))'
        : usesTerms
          ? `search.number IN (SELECT rowid FROM search_terms(:match)
               WHERE rowid BETWEEN :first AND :last)`
          : 'search.number BETWEEN :first AND :last';
    const count = this.#statements.prepare(
      `SELECT ${NAMES[by]} AS name, count(*) AS models FROM search
       ${late.length > 0 ? DESCRIBED : ''}
       WHERE ${rows} AND ${allOf([...early, ...late])} GROUP BY 1`,
    );
    const values = valuesOf([...early, ...late]);
    const counted = (more: Record<string, string | number>): Counts =>
      count
        .all({ ...values, ...(usesTerms && { match }), ...more })
        .map(({ name, models }) => ({ name: String(name), models: Number(models) }));

    if (query.only !== undefined) {
      yield counted({ only: JSON.stringify(query.only) });
      return;
    }
    const end = this.#statements.prepare('SELECT max(number) AS number FROM search').get();
    for (let first = 1; first <= Number(end?.['number'] ?? 0); first += STEP) {
      yield counted({ first, last: first + STEP - 1 });
    }
  }
}
