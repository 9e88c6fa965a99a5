import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
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
import { Statements } from './statements.ts';

/** A part of the models of a source, newest first. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** One row of a dump: what the source published, without counters. */
export interface DumpRow {
  readonly source: SourceKey;
  readonly id: ModelId;
  /** The upstream record as canonical JSON. */
  readonly content: string;
}

type Row = Record<string, SQLOutputValue>;

const ROW_COLUMNS = 'source, id, record, downloads, likes, trending_score, removed';

/** Reads the catalogue for the views. Each call is one or two indexed queries. */
export class CatalogueReader {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #dataVersion: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#dataVersion = this.#readDataVersion();
  }

  /** What is known of each of these sources, in the order asked for. */
  sources(keys: readonly SourceKey[]): SourceStatus[] {
    const count = this.#statements.prepare(
      'SELECT count(*) AS models FROM model WHERE source = ? AND removed IS NULL',
    );
    const read = this.#statements.prepare('SELECT * FROM source WHERE key = ?');
    return keys.map((key) => toStatus(key, Number(count.get(key)?.['models']), read.get(key)));
  }

  /** All sources that ever had something to say in this catalogue: no misspelt ones. */
  knownSources(): SourceKey[] {
    const rows = this.#statements
      .prepare('SELECT key FROM source WHERE last_success IS NOT NULL ORDER BY key')
      .all();
    return rows.map((row) => String(row['key']));
  }

  /** Published models of one source, newest first, each merged with what other sources know. */
  models(source: SourceKey, followed: readonly SourceKey[], page: Page): Model[] {
    const listed = this.#statements
      .prepare(
        `SELECT id FROM model WHERE source = :source AND removed IS NULL
       ORDER BY newest DESC, id LIMIT :limit OFFSET :offset`,
      )
      .all({ source, limit: page.limit, offset: page.offset });
    const ids = listed.map((row) => String(row['id']));
    const rows = this.#rowsOf(ids, [source, ...followed]);
    return ids.map((id) => mergeRows(rows.get(id) ?? [])).filter((model) => model !== undefined);
  }

  /** One model, merged from the sources that are followed; undefined if none knows it. */
  model(id: ModelId, followed: readonly SourceKey[]): Model | undefined {
    return mergeRows(this.#rowsOf([id], followed).get(id) ?? []);
  }

  /** How many different models these sources publish. */
  count(followed: readonly SourceKey[]): number {
    const row = this.#statements
      .prepare(
        `SELECT count(DISTINCT id) AS models FROM model
       WHERE removed IS NULL AND source IN (SELECT value FROM json_each(?))`,
      )
      .get(JSON.stringify(followed));
    return Number(row?.['models'] ?? 0);
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

  #readDataVersion(): number {
    return Number(this.#statements.prepare('PRAGMA data_version').get()?.['data_version']);
  }

  #rowsOf(ids: readonly ModelId[], sources: readonly SourceKey[]): Map<ModelId, StoredRow[]> {
    const rows = this.#statements
      .prepare(
        `SELECT ${ROW_COLUMNS} FROM model
       WHERE id IN (SELECT value FROM json_each(:ids))
         AND source IN (SELECT value FROM json_each(:sources))`,
      )
      .all({ ids: JSON.stringify(ids), sources: JSON.stringify(sources) });
    const byId = new Map<ModelId, StoredRow[]>();
    for (const row of rows) {
      const stored = toStoredRow(row);
      const others = byId.get(stored.record.id);
      if (others === undefined) byId.set(stored.record.id, [stored]);
      else others.push(stored);
    }
    return byId;
  }
}

function toStoredRow(row: Row): StoredRow {
  const number = (column: string): number | undefined =>
    typeof row[column] === 'number' ? row[column] : undefined;
  return {
    source: String(row['source']),
    record: JSON.parse(String(row['record'])) as ModelRecord,
    counters: withoutUndefined({
      downloads: number('downloads'),
      likes: number('likes'),
      trendingScore: number('trending_score'),
    }),
    published: row['removed'] === null,
  };
}

function toStatus(key: SourceKey, models: number, row: Row | undefined): SourceStatus {
  const time = (column: string): number | undefined =>
    typeof row?.[column] === 'number' ? row[column] : undefined;
  const failure = row?.['failure'];
  return {
    key,
    models,
    epoch: Number(row?.['epoch'] ?? 0),
    ...withoutUndefined({
      lastSuccess: time('last_success'),
      lastAttempt: time('last_attempt'),
      lastSweep: time('last_sweep'),
      failure: typeof failure === 'string' ? (JSON.parse(failure) as SourceFailure) : undefined,
    }),
  };
}
