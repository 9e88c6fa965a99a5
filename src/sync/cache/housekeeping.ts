import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { ModelId, SourceKey } from '../model.ts';
import { PURGE_HISTORY } from './historyStore.ts';
import { SearchIndex } from './searchIndex.ts';
import { Statements } from './statements.ts';
import { inTransaction, namingDiskTrouble } from './transaction.ts';

const DAY = 24 * 60 * 60_000;
/** How long, in ms, rows stay that are no longer published, and sources that nobody follows. */
const KEPT = 30 * DAY;

/** What `PRAGMA auto_vacuum` says of a file that can be shortened without being written anew. */
const INCREMENTAL = 2;

/** Takes out of the catalogue what nobody asks for any more. */
export class Housekeeping {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements: Statements;
  readonly #search: SearchIndex;

  /** @param path the file of the catalogue */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#statements = new Statements(database);
    this.#search = new SearchIndex(database);
  }

  /**
   * Notes that a window follows these sources; written once a day at most.
   * @param now ms since 1970
   */
  noteFollowed(keys: readonly SourceKey[], now: number): void {
    const values = { keys: JSON.stringify(keys), now };
    const stale = namingDiskTrouble(() =>
      this.#statements.prepare(`SELECT 1 FROM source WHERE ${FOLLOWED_LONG_AGO}`).get(values),
    );
    if (stale === undefined) return;
    inTransaction(this.#database, () =>
      this.#statements
        .prepare(`UPDATE source SET followed = :now WHERE ${FOLLOWED_LONG_AGO}`)
        .run(values),
    );
  }

  /**
   * Notes models that are kept however long ago they were published: favourites, and what is
   * installed. Other windows and profiles keep others, so each is kept for 30 days after it was
   * noted last; written once a day at most.
   * @param now ms since 1970
   */
  noteKept(ids: readonly ModelId[], now: number): void {
    const values = { ids: JSON.stringify(ids), now };
    const stale = namingDiskTrouble(() =>
      this.#statements
        .prepare(
          `SELECT 1 FROM json_each(:ids) AS wanted LEFT JOIN kept ON kept.id = wanted.value
           WHERE noted IS NULL OR abs(:now - noted) >= ${DAY} LIMIT 1`,
        )
        .get(values),
    );
    if (stale === undefined) return;
    inTransaction(this.#database, () =>
      this.#statements
        .prepare(
          `INSERT INTO kept SELECT DISTINCT value, :now FROM json_each(:ids) WHERE true
           ON CONFLICT (id) DO UPDATE SET noted = excluded.noted`,
        )
        .run(values),
    );
  }

  /**
   * Forgets rows that have not been published for 30 days, and sources that no window has followed
   * for as long, with all their rows.
   * @param now ms since 1970
   */
  purge(now: number): void {
    const before = now - KEPT;
    inTransaction(this.#database, () => {
      for (const key of this.#unfollowed(before)) this.#forgetSource(key);
      this.#statements.prepare('DELETE FROM kept WHERE noted < ?').run(before);
      this.#statements
        .prepare(
          `DELETE FROM model WHERE removed < :before
           AND id NOT IN (SELECT id FROM kept)`,
        )
        .run({ before });
      this.#database.exec(PURGE_HISTORY);
      // Whose last follower is not known counts from now on.
      this.#statements.prepare('UPDATE source SET followed = ? WHERE followed IS NULL').run(now);
    });
  }

  /**
   * Forgets what can be fetched again: bodies of published catalogues, rows that are no longer
   * published, and what `clearOthers` takes out of the same file. What the sources publish stays.
   * @returns by how much the files are shorter, in bytes
   * @throws SyncError `storage` or `conflict`
   */
  clear(clearOthers: () => void): { readonly freedBytes: number } {
    const before = this.#bytes();
    clearOthers();
    inTransaction(this.#database, () => {
      this.#database.exec('DELETE FROM body');
      this.#statements
        .prepare(
          `DELETE FROM model WHERE removed IS NOT NULL
           AND id NOT IN (SELECT id FROM kept)`,
        )
        .run();
      this.#database.exec(PURGE_HISTORY);
    });
    namingDiskTrouble(() => this.#shorten());
    return { freedBytes: Math.max(0, before - this.#bytes()) };
  }

  #unfollowed(before: number): SourceKey[] {
    return this.#statements
      .prepare('SELECT key FROM source WHERE followed < ?')
      .all(before)
      .map((row) => String(row['key']));
  }

  #forgetSource(key: SourceKey): void {
    const rows = this.#statements.prepare('SELECT id FROM search WHERE source = ?').all(key);
    this.#search.inStep(() => {
      for (const row of rows) this.#search.remove(key, String(row['id']));
    });
    for (const sql of [
      'DELETE FROM model WHERE source = ?',
      'DELETE FROM body WHERE source = ?',
      'DELETE FROM source WHERE key = ?',
    ]) {
      this.#statements.prepare(sql).run(key);
    }
  }

  #shorten(): void {
    const mode = this.#database.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'];
    this.#database.exec(mode === INCREMENTAL ? 'PRAGMA incremental_vacuum' : 'VACUUM');
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #bytes(): number {
    const sizes = ['', '-wal'].map(
      (suffix) => statSync(this.#path + suffix, { throwIfNoEntry: false })?.size ?? 0,
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

const FOLLOWED_LONG_AGO = `
  key IN (SELECT value FROM json_each(:keys))
  AND (followed IS NULL OR abs(:now - followed) >= ${DAY})`;
