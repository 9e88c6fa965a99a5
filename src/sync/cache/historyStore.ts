import type { DatabaseSync } from 'node:sqlite';
import type { ModelId, ModelRecord, SourceKey, TreeOf } from '../model.ts';
import type { HistoryEntry, ModelChange, ModelHistory } from '../modelHistory.ts';
import { changeBetween, changeOfTrees, NO_CHANGE } from '../modelHistory.ts';
import { SEED_FINGERPRINT } from '../fingerprint.ts';
import { readRecord } from './searchIndex.ts';
import { Statements } from './statements.ts';

/** Entries that are kept: of one model, and of all together. */
export const KEPT_OF_MODEL = 20;
export const KEPT_IN_TOTAL = 20_000;
/** Models that one run takes down changes of: it must not displace the history of all others. */
export const NOTED_IN_RUN = KEPT_IN_TOTAL / 4;

/** Takes down what became of models, inside the transactions that change their rows. */
export class HistoryWriter {
  readonly #statements: Statements;
  readonly #treeOf: TreeOf;
  /** Models that the run at work has noted changes of. */
  readonly #noted = new Set<ModelId>();

  constructor(database: DatabaseSync, treeOf: TreeOf) {
    this.#statements = new Statements(database);
    this.#treeOf = treeOf;
  }

  /** Does all that a run writes, and then forgets what is more than may be kept. */
  inRun<T>(write: () => T): T {
    // Whatever an earlier run noted, and did not commit, is void.
    this.#noted.clear();
    const result = write();
    this.#trim();
    return result;
  }

  /** Called before a row is written: notes what that changes, unless the model is new. */
  notePut(source: SourceKey, after: ModelRecord, at: number): void {
    if (this.#isFull) return;
    const row = this.#statements
      .prepare('SELECT record, fingerprint, removed FROM model WHERE source = ? AND id = ?')
      .get(source, after.id);
    // What the bundled list says is as old as the list: no run has seen it.
    if (row === undefined || row['fingerprint'] === SEED_FINGERPRINT) return;
    const before = readRecord(after.id, String(row['record']));
    const change = before && changeBetween(before, after, this.#treeOf);
    const returned = row['removed'] !== null;
    if (returned) this.#add(source, after.id, at, 'returned', change ?? NO_CHANGE);
    else if (change !== undefined) this.#add(source, after.id, at, 'changed', change);
  }

  /** Notes that a source no longer lists a model. */
  noteRemoved(source: SourceKey, id: ModelId, at: number): void {
    if (this.#isFull) return;
    const row = this.#statements
      .prepare('SELECT fingerprint FROM model WHERE source = ? AND id = ?')
      .get(source, id);
    if (row?.['fingerprint'] === SEED_FINGERPRINT) return;
    this.#add(source, id, at, 'removed', NO_CHANGE);
  }

  /** Whether an entry waits for the tree of a commit. */
  isAwaited(id: ModelId, sha: string): boolean {
    const row = this.#statements
      .prepare('SELECT 1 FROM model_history WHERE id = ? AND awaits = ?')
      .get(id, sha);
    return row !== undefined;
  }

  /** Called when the tree of a commit is known: what waited for it learns which files changed. */
  refine(id: ModelId, sha: string): void {
    const rows = this.#statements
      .prepare('SELECT number, change FROM model_history WHERE id = ? AND awaits = ?')
      .all(id, sha);
    const newer = rows.length > 0 ? this.#treeOf(id, sha) : undefined;
    if (newer === undefined) return;
    const write = this.#statements.prepare(
      'UPDATE model_history SET change = ?, awaits = NULL WHERE number = ?',
    );
    for (const row of rows) {
      const change = readChange(row['change']);
      if (change === undefined) continue;
      const older = change.from === undefined ? undefined : this.#treeOf(id, change.from);
      const refined = older && changeOfTrees(older, newer);
      // Without the older tree nothing more will be known: it is asked for no more.
      write.run(JSON.stringify({ ...change, ...refined }), Number(row['number']));
    }
  }

  get #isFull(): boolean {
    return this.#noted.size >= NOTED_IN_RUN;
  }

  #trim(): void {
    if (this.#noted.size === 0) return;
    this.#statements
      .prepare(
        `DELETE FROM model_history WHERE number IN (
           SELECT number FROM (
             SELECT number, row_number() OVER (PARTITION BY id ORDER BY number DESC) AS place
             FROM model_history WHERE id IN (SELECT value FROM json_each(?)))
           WHERE place > ${KEPT_OF_MODEL})`,
      )
      .run(JSON.stringify([...this.#noted]));
    this.#statements
      .prepare(
        `DELETE FROM model_history
         WHERE number <= (SELECT max(number) FROM model_history) - ${KEPT_IN_TOTAL}`,
      )
      .run();
  }

  #add(
    source: SourceKey,
    id: ModelId,
    at: number,
    event: HistoryEntry['event'],
    change: ModelChange,
  ): void {
    const { from, to, scope } = change;
    const isOpen = from !== undefined && to !== undefined && scope !== 'all';
    const awaits = isOpen && this.#treeOf(id, to) === undefined ? to : null;
    this.#statements
      .prepare(
        `INSERT INTO model_history (id, source, at, event, awaits, change)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(id, source, at, event, awaits, JSON.stringify(change));
    this.#noted.add(id);
  }
}

/** Forgets the history of rows that are no longer kept. */
export const PURGE_HISTORY = `
  DELETE FROM model_history WHERE NOT EXISTS (
    SELECT 1 FROM model WHERE model.source = model_history.source AND model.id = model_history.id)`;

/** The history of a model as these sources told it. */
export function readHistory(
  statements: Statements,
  id: ModelId,
  sources: readonly SourceKey[],
): ModelHistory {
  const asked = { id, sources: JSON.stringify(sources) };
  const told = new Set<SourceKey>();
  const entries = statements
    .prepare(
      `SELECT source, at, event, awaits, change FROM model_history
       WHERE id = :id AND source IN (SELECT value FROM json_each(:sources))
       ORDER BY number DESC`,
    )
    .all(asked)
    .flatMap((row): HistoryEntry[] => {
      const change = readChange(row['change']);
      if (change === undefined) return [];
      const event = String(row['event']) as HistoryEntry['event'];
      const source = String(row['source']);
      // Trees are read of what a source publishes now, which its newest entry tells.
      const awaited = row['awaits'] !== null && !told.has(source);
      told.add(source);
      return [
        { ...change, event, source, at: Number(row['at']), ...(awaited && { awaited: true }) },
      ];
    });
  const first = statements
    .prepare(
      `SELECT source, first_seen FROM model
       WHERE id = :id AND source IN (SELECT value FROM json_each(:sources))
       ORDER BY first_seen LIMIT 1`,
    )
    .get(asked);
  if (first === undefined) return { entries };
  return { entries, since: { source: String(first['source']), at: Number(first['first_seen']) } };
}

/** What stands in a column; undefined if it is damaged: one entry less is better than none at all. */
function readChange(value: unknown): ModelChange | undefined {
  try {
    return JSON.parse(String(value)) as ModelChange;
  } catch {
    return undefined;
  }
}
