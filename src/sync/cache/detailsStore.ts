import type { DatabaseSync } from 'node:sqlite';
import type { ModelDetails, ModelId } from '../model.ts';
import { inTransaction } from './database.ts';

/** Bytes of details that are kept on disk; the least recently used go first. */
const DISK_BUDGET = 64 * 1024 * 1024;

/** Details on disk, by model and revision. */
export class DetailsStore {
  readonly #database: DatabaseSync;
  readonly #budget: number;

  /** @param budget bytes that are kept */
  constructor(database: DatabaseSync, budget = DISK_BUDGET) {
    this.#database = database;
    this.#budget = budget;
  }

  /** The stored details, and a note that they were used at `now` (ms since 1970). */
  get(id: ModelId, revision: string, now: number): ModelDetails | undefined {
    const row = this.#database
      .prepare('SELECT body, used FROM details WHERE id = ? AND sha = ?')
      .get(id, revision);
    if (row === undefined) return undefined;
    if (now - Number(row['used']) >= USE_RESOLUTION) this.#noteUse(id, revision, now);
    return JSON.parse(String(row['body'])) as ModelDetails;
  }

  put(id: ModelId, revision: string, details: ModelDetails, now: number): void {
    const body = JSON.stringify(details);
    inTransaction(this.#database, () => {
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO details (id, sha, body, bytes, used) VALUES (?, ?, ?, ?, ?)',
        )
        .run(id, revision, body, Buffer.byteLength(body), now);
      this.#database.prepare(EVICT).run(this.#budget);
    });
  }

  #noteUse(id: ModelId, revision: string, now: number): void {
    try {
      inTransaction(this.#database, () =>
        this.#database
          .prepare('UPDATE details SET used = ? WHERE id = ? AND sha = ?')
          .run(now, id, revision),
      );
    } catch {
      // A full or read-only disk: what is there can be read all the same.
    }
  }
}

/** How exactly the last use is known, in ms: finer would write to the disk at every look. */
const USE_RESOLUTION = 60 * 60_000;

const EVICT = `
  DELETE FROM details WHERE rowid IN (
    SELECT rowid FROM (
      SELECT rowid, sum(bytes) OVER (ORDER BY used DESC, rowid DESC) AS total FROM details
    ) WHERE total > ?
  )`;
