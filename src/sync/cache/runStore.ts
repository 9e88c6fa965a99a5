import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, namingDiskTrouble } from './database.ts';
import { Statements } from './statements.ts';

/** The last runs of all windows, each as a text. */
export class RunStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /**
   * Adds runs, the oldest first, and forgets all but the newest `kept`.
   * @throws SyncError `storage` or `conflict`
   */
  add(summaries: readonly string[], kept: number): void {
    inTransaction(this.#database, () => {
      const insert = this.#statements.prepare('INSERT INTO run (summary) VALUES (?)');
      for (const summary of summaries) insert.run(summary);
      this.#statements
        .prepare('DELETE FROM run WHERE number <= (SELECT max(number) FROM run) - ?')
        .run(kept);
    });
  }

  /** @returns the newest first */
  list(limit: number): string[] {
    return namingDiskTrouble(() =>
      this.#statements
        .prepare('SELECT summary FROM run ORDER BY number DESC LIMIT ?')
        .all(limit)
        .map((row) => String(row['summary'])),
    );
  }
}
