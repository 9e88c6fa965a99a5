import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { familyOf } from '../family.ts';
import type { ModelId, ModelRecord, SourceKey } from '../model.ts';
import type { Searchable } from './searchTerms.ts';
import { indexTerms, searchable } from './searchTerms.ts';
import { Statements } from './statements.ts';
import { inTransaction, refuseNewer } from './transaction.ts';

/** To be raised whenever rows are to be found by something else than before. */
export const INDEX_VERSION = 2;
/** What `search_index.version` says while the full-text index is missing. */
const WITHOUT_TERMS = 0;
/** Rows whose terms are kept in memory before they are written. */
const MOST_UNWRITTEN = 5_000;
/** What the full-text index may hold of rows that are gone, besides as many as there are rows. */
const MOST_STALE = 5_000;

/**
 * An inverted index of terms of our own, and nothing else: no positions, no text. What is a term is
 * decided in searchTerms.ts, so the tokenizer only cuts at spaces. It is only ever added to: the
 * number of a row stands for its terms, and other terms are another number.
 */
const TERMS = `fts5(terms, content = '', detail = none, columnsize = 0,
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")`;

type Columns = Readonly<Record<string, SQLOutputValue>>;

/**
 * What published rows are found, filtered and sorted by: narrow rows beside the wide ones, and the
 * full-text index of their terms. Kept in step by the transactions that write the rows.
 */
export class SearchIndex {
  readonly #statements: Statements;
  /** Terms that the index does not hold yet, by the number of their row. */
  readonly #unwritten = new Map<number, string>();
  /** By how many the published rows of each source have changed. */
  readonly #models = new Map<SourceKey, number>();
  #terms: boolean | undefined;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /**
   * Does all that a transaction writes, and then the terms: a full-text index that is written in
   * between other tables writes a segment for every row.
   * @throws SyncError `outdated` if a newer version has built the index by other rules
   */
  inStep<T>(write: () => T): T {
    refuseNewer(indexVersion(this.#statements), INDEX_VERSION);
    // Whatever an earlier transaction noted, and did not commit, is void.
    this.#unwritten.clear();
    this.#models.clear();
    const result = write();
    this.#flushTerms();
    this.#flushModels();
    return result;
  }

  /** Takes over a row of the table `model` that is published. */
  put(source: SourceKey, record: ModelRecord): void {
    const { id } = record;
    const found = searchable(source, record);
    const columns = { ...this.#published(source, id), ...columnsOf(found, record) };
    const known = this.#row(source, id);
    const texts = known && this.#texts(known);
    if (known && texts?.['text'] === found.text && texts['terms'] === found.terms) {
      this.#update('search', known, columns);
      this.#update('search_text', texts, { sizes: JSON.stringify(found.sizes) });
      return;
    }
    this.remove(source, id);
    this.#insert({ source, id, ...columns }, found);
  }

  /** Takes over the counters of a row of the table `model`. */
  count(source: SourceKey, id: ModelId): void {
    const known = this.#row(source, id);
    if (known !== undefined) this.#update('search', known, this.#published(source, id));
  }

  /** Forgets a row that is no longer published; its terms then lead nowhere. */
  remove(source: SourceKey, id: ModelId): void {
    const row = this.#statements
      .prepare('DELETE FROM search WHERE source = ? AND id = ? RETURNING number')
      .get(source, id);
    if (row === undefined) return;
    const number = Number(row['number']);
    this.#statements.prepare('DELETE FROM search_text WHERE number = ?').run(number);
    this.#unwritten.delete(number);
    this.#countModel(source, -1);
  }

  #row(source: SourceKey, id: ModelId): Columns | undefined {
    return this.#statements
      .prepare('SELECT * FROM search WHERE id = ? AND source = ?')
      .get(id, source);
  }

  #texts({ number = null }: Columns): Columns | undefined {
    return this.#statements.prepare('SELECT * FROM search_text WHERE number = ?').get(number);
  }

  #published(source: SourceKey, id: ModelId): Columns {
    const row = this.#statements
      .prepare(
        `SELECT newest, downloads, likes, trending_score FROM model WHERE source = ? AND id = ?`,
      )
      .get(source, id);
    return row ?? {};
  }

  #insert(columns: Columns, { sizes, ...found }: Searchable): void {
    const names = Object.keys(columns);
    const row = this.#statements
      .prepare(
        `INSERT INTO search (${names.join(', ')})
         VALUES (${names.map((name) => `:${name}`).join(', ')}) RETURNING number`,
      )
      .get(columns);
    const number = Number(row?.['number']);
    const { text, terms } = found;
    this.#statements
      .prepare('INSERT INTO search_text (number, sizes, terms, text) VALUES (?, ?, ?, ?)')
      .run(number, JSON.stringify(sizes), terms, text);
    this.#countModel(String(columns['source']), 1);
    if (!this.#hasTerms()) return;
    this.#unwritten.set(number, indexTerms(found));
    if (this.#unwritten.size >= MOST_UNWRITTEN) this.#flushTerms();
  }

  /** Writes what has changed: each column written costs a page of its index. */
  #update(table: 'search' | 'search_text', known: Columns, columns: Columns): void {
    const changed = Object.entries(columns).filter(([name, value]) => known[name] !== value);
    if (changed.length === 0) return;
    const set = changed.map(([name]) => `${name} = :${name}`).join(', ');
    this.#statements
      .prepare(`UPDATE ${table} SET ${set} WHERE number = :number`)
      .run({ ...Object.fromEntries(changed), number: known['number'] ?? null });
  }

  #flushTerms(): void {
    if (this.#unwritten.size === 0) return;
    const write = this.#statements.prepare('INSERT INTO search_terms (rowid, terms) VALUES (?, ?)');
    for (const [number, terms] of this.#unwritten) write.run(number, terms);
    this.#unwritten.clear();
  }

  /** Asked for at the first write: a catalogue of a newer version may look different. */
  #hasTerms(): boolean {
    this.#terms ??= indexVersion(this.#statements) !== WITHOUT_TERMS;
    return this.#terms;
  }

  #countModel(source: SourceKey, difference: 1 | -1): void {
    this.#models.set(source, (this.#models.get(source) ?? 0) + difference);
  }

  #flushModels(): void {
    const count = this.#statements.prepare(
      `INSERT INTO source (key, models) VALUES (:source, :difference)
       ON CONFLICT (key) DO UPDATE SET models = models + :difference`,
    );
    for (const [source, difference] of this.#models) count.run({ source, difference });
  }
}

/**
 * Builds the search index where it is missing, was written by other rules, or is for the most part
 * about rows that are gone. Without FTS5 there is none, and searching reads all rows; once there is
 * FTS5 it is built anew.
 */
export function prepareSearch(database: DatabaseSync, logger: Logger): void {
  const available = hasFullText(database, logger);
  const version = available ? INDEX_VERSION : WITHOUT_TERMS;
  const isCurrent = (): boolean => indexVersion(database) === version && !isStale(database);
  if (isCurrent()) return;
  inTransaction(database, () => {
    // Another window may have built it while this one waited for the lock.
    if (isCurrent()) return;
    database.exec(
      "DELETE FROM search; DELETE FROM search_text; DELETE FROM sqlite_sequence WHERE name = 'search'",
    );
    if (available) {
      database.exec('DROP TABLE IF EXISTS search_terms');
      database.exec(`CREATE VIRTUAL TABLE search_terms USING ${TERMS}`);
    }
    database.prepare('UPDATE search_index SET version = ?').run(version);
    fill(database);
  });
}

/** Every row ever written has a number of its own. */
function isStale(database: DatabaseSync): boolean {
  const row = database
    .prepare(
      `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'search') AS numbers,
         (SELECT sum(models) FROM source) AS models`,
    )
    .get();
  const models = Number(row?.['models'] ?? 0);
  return Number(row?.['numbers'] ?? 0) > 2 * models + MOST_STALE;
}

/** True if searching can rely on the full-text index. */
export function hasTermIndex(database: DatabaseSync): boolean {
  if (indexVersion(database) !== INDEX_VERSION) return false;
  try {
    database.prepare('SELECT 1 FROM search_terms WHERE search_terms MATCH ?').get('x');
    return true;
  } catch {
    // Another program, with FTS5, wrote it: this one has none and reads all rows.
    return false;
  }
}

function fill(database: DatabaseSync): void {
  database.exec('UPDATE source SET models = 0');
  const index = new SearchIndex(database);
  const rows = database
    .prepare('SELECT source, id, record FROM model WHERE removed IS NULL')
    .iterate();
  index.inStep(() => {
    for (const row of rows) {
      const record = readRecord(String(row['id']), String(row['record']));
      if (record !== undefined) index.put(String(row['source']), record);
    }
  });
}

/** The record of a row; undefined if the row is damaged. */
export function readRecord(id: ModelId, json: string): ModelRecord | undefined {
  try {
    const record = JSON.parse(json) as ModelRecord | null;
    return record?.id === id ? record : undefined;
  } catch {
    return undefined;
  }
}

function indexVersion(database: Pick<DatabaseSync, 'prepare'>): number {
  return Number(database.prepare('SELECT version FROM search_index').get()?.['version'] ?? -1);
}

function hasFullText(database: DatabaseSync, logger: Logger): boolean {
  try {
    database.exec(`CREATE VIRTUAL TABLE temp.full_text USING ${TERMS}; DROP TABLE full_text`);
    return true;
  } catch (error) {
    logger.warn(
      `There is no full-text index here, so searching reads all rows: ${describeError(error)}`,
    );
    return false;
  }
}

function columnsOf({ sizes }: Searchable, record: ModelRecord): Columns {
  return {
    parameters: record.parameters ?? null,
    family: familyOf(record) ?? null,
    // Where nothing is known, the row comes last.
    smallest: Math.min(...sizes, Number.MAX_SAFE_INTEGER),
  };
}
