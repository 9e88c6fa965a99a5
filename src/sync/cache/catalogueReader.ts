import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../logger.ts';
import type {
  Model,
  ModelId,
  ModelRecord,
  SourceFailure,
  SourceKey,
  SourceStatus,
} from '../model.ts';
import type { StoredRow } from '../merge.ts';
import { mergeRows } from '../merge.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import type { ModelHistory } from '../modelHistory.ts';
import { readHistory } from './historyStore.ts';
import { CatalogueSearch } from './search.ts';
import type { SearchQuery } from './search.ts';
import type { FoundGroup, GroupBy, GroupQuery } from './searchGroups.ts';
import { SearchGroups } from './searchGroups.ts';
import { readRecord } from './searchIndex.ts';
import { Statements } from './statements.ts';

/** One row of a dump: what the source published, without counters. */
export interface DumpRow {
  readonly source: SourceKey;
  readonly id: ModelId;
  /** The upstream record as canonical JSON. */
  readonly content: string;
}

type Row = Record<string, SQLOutputValue>;

const ROW_COLUMNS = 'source, id, record, downloads, likes, trending_score, removed';
/** Models of found pages that are kept in memory, in number, and for how long, in ms. */
const FOUND_MODELS = 2_000;
const FOUND_TTL = 5 * 60_000;
/** Queries whose groups are kept in memory. */
const COUNTED_QUERIES = 20;

/** Reads the catalogue for the views. Each call is a few indexed queries. */
export class CatalogueReader {
  readonly #database: DatabaseSync;
  readonly #logger: Logger | undefined;
  readonly #statements: Statements;
  readonly #search: CatalogueSearch;
  readonly #groups: SearchGroups;
  readonly #found = new LRUCache<string, Model[]>({
    maxSize: FOUND_MODELS,
    sizeCalculation: (models) => models.length + 1,
    ttl: FOUND_TTL,
  });
  readonly #counted = new LRUCache<string, readonly FoundGroup[]>({ max: COUNTED_QUERIES });
  #foundIn: number | undefined;
  #dataVersion: number;
  #damageTold = false;

  constructor(database: DatabaseSync, logger?: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#statements = new Statements(database);
    this.#search = new CatalogueSearch(database);
    this.#groups = new SearchGroups(database);
    this.#dataVersion = this.#readDataVersion();
  }

  /** What is known of each of these sources, in the order asked for. */
  sources(keys: readonly SourceKey[]): SourceStatus[] {
    const read = this.#statements.prepare('SELECT * FROM source WHERE key = ?');
    return keys.map((key) => toStatus(key, read.get(key)));
  }

  /** All sources that ever had something to say in this catalogue: no misspelt ones. */
  knownSources(): SourceKey[] {
    const rows = this.#statements
      .prepare('SELECT key FROM source WHERE last_success IS NOT NULL ORDER BY key')
      .all();
    return rows.map((row) => String(row['key']));
  }

  /**
   * One page of the models that answer to a query: see SearchQuery.
   * @param seenUpTo tells what is news since then, in ms since 1970
   */
  search(query: SearchQuery, seenUpTo?: number): Model[] {
    this.#forgetOld();
    const key = JSON.stringify([query, seenUpTo]);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#merged(this.#search.ids(query), query.sources, seenUpTo);
    this.#found.set(key, found);
    return found;
  }

  /** The groups of what a query finds: see SearchGroups. The same is not counted twice. */
  *groups(query: GroupQuery, by: GroupBy): Generator<undefined, readonly FoundGroup[]> {
    this.#forgetOld();
    const key = JSON.stringify([query, by]);
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const version = this.#foundIn;
    const counted = yield* this.#groups.count(query, by);
    this.#forgetOld();
    if (version === this.#foundIn) this.#counted.set(key, counted);
    return counted;
  }

  /**
   * One model, merged from the sources that are followed; undefined if none knows it.
   * @param seenUpTo tells whether it is news since then, in ms since 1970
   */
  model(id: ModelId, followed: readonly SourceKey[], seenUpTo?: number): Model | undefined {
    return this.#merged([id], followed, seenUpTo)[0];
  }

  /** What became of a model, as these sources told it. */
  history(id: ModelId, followed: readonly SourceKey[]): ModelHistory {
    return readHistory(this.#statements, id, followed);
  }

  /** How many different models these sources publish. */
  count(followed: readonly SourceKey[]): number {
    const row = this.#statements.prepare(COUNT).get(JSON.stringify(followed));
    return Number(row?.['models'] ?? 0);
  }

  /** How many models these sources publish that came since then, in ms since 1970: at most MOST_NEW. */
  countNew(followed: readonly SourceKey[], seenUpTo: number): number {
    const row = this.#statements
      .prepare(COUNT_NEW)
      .get({ followed: JSON.stringify(followed), seenUpTo });
    return Number(row?.['models'] ?? 0);
  }

  /** The models that came or changed since then, in no order; of very many only the first ones. */
  news(followed: readonly SourceKey[], seenUpTo: number): ModelId[] {
    const rows = this.#statements
      .prepare(`SELECT id FROM (${RECENT_NEWS})`)
      .all({ followed: JSON.stringify(followed), seenUpTo });
    return rows.map((row) => String(row['id']));
  }

  /** Every published row that came from its source, ordered by source and id. */
  *dump(): Generator<DumpRow> {
    const rows = this.#database
      .prepare(
        `SELECT source, id, content FROM model
         WHERE removed IS NULL AND fingerprint <> '' ORDER BY source, id`,
      )
      .iterate();
    for (const row of rows) {
      yield {
        source: String(row['source']),
        id: String(row['id']),
        content: String(row['content']),
      };
    }
  }

  /** Every row that came from its source, those no longer published too, ordered by id. */
  *rows(): Generator<StoredRow> {
    const rows = this.#database
      .prepare(`SELECT ${ROW_COLUMNS} FROM model WHERE fingerprint <> '' ORDER BY id, source`)
      .iterate();
    for (const row of rows) yield* this.#stored(row);
  }

  /** True once after any other connection, of this or another window, has committed. */
  changedElsewhere(): boolean {
    const version = this.#readDataVersion();
    const changed = this.#dataVersion !== version;
    this.#dataVersion = version;
    return changed;
  }

  close(): void {
    this.#database.close();
  }

  /** What was found before another commit may be another now. */
  #forgetOld(): void {
    const version = this.#readDataVersion();
    if (version === this.#foundIn) return;
    this.#found.clear();
    this.#counted.clear();
    this.#foundIn = version;
  }

  #readDataVersion(): number {
    return Number(this.#statements.prepare('PRAGMA data_version').get()?.['data_version']);
  }

  /** These models, in this order; without those that no source knows. */
  #merged(ids: readonly ModelId[], sources: readonly SourceKey[], seenUpTo?: number): Model[] {
    const rows = this.#rowsOf(ids, sources);
    const news = seenUpTo === undefined ? undefined : this.#newsOf(ids, sources, seenUpTo);
    return ids.flatMap((id) => {
      const model = mergeRows(rows.get(id) ?? []);
      const what = news?.get(id);
      return model === undefined ? [] : [what === undefined ? model : { ...model, news: what }];
    });
  }

  #rowsOf(ids: readonly ModelId[], sources: readonly SourceKey[]): Map<ModelId, StoredRow[]> {
    const rows = this.#statements
      .prepare(
        `SELECT ${ROW_COLUMNS} FROM model
       WHERE id IN (SELECT value FROM json_each(:ids))
         AND source IN (SELECT value FROM json_each(:sources))`,
      )
      .all({ ids: JSON.stringify(ids), sources: JSON.stringify(sources) });
    return Map.groupBy(
      rows.flatMap((row) => this.#stored(row)),
      ({ record }) => record.id,
    );
  }

  #newsOf(
    ids: readonly ModelId[],
    followed: readonly SourceKey[],
    seenUpTo: number,
  ): Map<ModelId, NonNullable<Model['news']>> {
    const rows = this.#statements
      .prepare(NEWS)
      .all({ ids: JSON.stringify(ids), followed: JSON.stringify(followed), seenUpTo });
    return new Map(
      rows.map((row) => [String(row['id']), row['isNew'] === 1 ? 'new' : 'updated'] as const),
    );
  }

  /** The row, or nothing if it is damaged: one row less is better than none at all. */
  #stored(row: Row): StoredRow[] {
    const id = String(row['id']);
    const record = readRecord(id, String(row['record']));
    if (record !== undefined) return [toStoredRow(row, record)];
    if (!this.#damageTold) {
      this.#logger?.warn(
        `The saved row of ${id} is damaged. It is left out until it is synced anew.`,
      );
    }
    this.#damageTold = true;
    return [];
  }
}

/** Models that changed since they were seen, and since their source answered for the first time. */
const NEWS = `
  SELECT id, min(first_seen > bound) AS isNew
  FROM (
    SELECT model.id, first_seen, changed, max(:seenUpTo, coalesce(began, ${Number.MAX_SAFE_INTEGER})) AS bound
    FROM model JOIN source ON source.key = model.source
    WHERE model.id IN (SELECT value FROM json_each(:ids)) AND removed IS NULL
      AND source.key IN (SELECT value FROM json_each(:followed))
  )
  GROUP BY id
  -- A model that one source has long known is not new because another one has found it, too.
  HAVING isNew OR max(changed > bound AND first_seen <= bound)`;

/** More are not marked at once. */
const MOST_NEWS = 1_000;
/** So many new models are counted; beyond that it is only known that there are more. */
export const MOST_NEW = 1_000;

const RECENT_NEWS = NEWS.replace(
  'SELECT value FROM json_each(:ids)',
  `SELECT model.id FROM json_each(:followed) AS asked
   CROSS JOIN source ON source.key = asked.value
   CROSS JOIN model INDEXED BY model_by_change ON model.source = source.key
   WHERE changed > max(:seenUpTo, began) AND removed IS NULL
   LIMIT ${MOST_NEWS}`,
);

const COUNT_NEW = `
  SELECT count(*) AS models FROM (
    SELECT DISTINCT model.id FROM json_each(:followed) AS asked
    CROSS JOIN source ON source.key = asked.value
    CROSS JOIN model INDEXED BY model_by_arrival ON model.source = source.key
    WHERE first_seen > max(:seenUpTo, began) AND removed IS NULL
      -- As in NEWS: new to all that publish it.
      AND NOT EXISTS (
        SELECT 1 FROM model AS known JOIN source AS other ON other.key = known.source
        WHERE known.id = model.id AND known.removed IS NULL
          AND other.key IN (SELECT value FROM json_each(:followed))
          AND known.first_seen <= max(:seenUpTo, coalesce(other.began, ${Number.MAX_SAFE_INTEGER})))
    LIMIT ${MOST_NEW})`;

/**
 * The models of the largest source, and those of each other that no larger one lists: two sources
 * of many models rarely list the same.
 */
const COUNT = `
  WITH followed AS MATERIALIZED (
    SELECT key, models, row_number() OVER (ORDER BY models DESC, key) AS place
    FROM source WHERE models > 0 AND key IN (SELECT value FROM json_each(?))
  )
  SELECT coalesce(sum(models), 0) - (
    SELECT count(*) FROM followed AS own
    CROSS JOIN model INDEXED BY model_by_newest ON model.source = own.key AND removed IS NULL
    WHERE own.place > 1 AND EXISTS (
      SELECT 1 FROM search CROSS JOIN followed AS larger ON larger.key = search.source
      WHERE search.id = model.id AND search.source <> own.key AND larger.place < own.place)
  ) AS models FROM followed`;

function toStoredRow(row: Row, record: ModelRecord): StoredRow {
  const number = (column: string): number | undefined =>
    typeof row[column] === 'number' ? row[column] : undefined;
  return {
    source: String(row['source']),
    record,
    counters: withoutUndefined({
      downloads: number('downloads'),
      likes: number('likes'),
      trendingScore: number('trending_score'),
    }),
    published: row['removed'] === null,
  };
}

function toStatus(key: SourceKey, row: Row | undefined): SourceStatus {
  const time = (column: string): number | undefined =>
    typeof row?.[column] === 'number' ? row[column] : undefined;
  const failure = row?.['failure'];
  return {
    key,
    models: Number(row?.['models'] ?? 0),
    epoch: Number(row?.['epoch'] ?? 0),
    ...withoutUndefined({
      lastSuccess: time('last_success'),
      lastAttempt: time('last_attempt'),
      failure: typeof failure === 'string' ? (JSON.parse(failure) as SourceFailure) : undefined,
    }),
  };
}
