import type { DatabaseSync } from 'node:sqlite';
import { SEED_FINGERPRINT } from '../fingerprint.ts';
import type {
  ModelFile,
  ModelId,
  ModelRecord,
  SourceKey,
  SourceRow,
  TreeOf,
  Variant,
} from '../model.ts';
import { filesOf, groupVariants } from '../variants.ts';
import { inTransaction, namingDiskTrouble } from './database.ts';
import { HistoryWriter } from './historyStore.ts';
import { readRecord, SearchIndex } from './searchIndex.ts';
import { Statements } from './statements.ts';

/** A model at the commit that a source lists, of which not all sizes are exact. */
export interface UnsizedModel {
  readonly id: ModelId;
  readonly sha: string;
}

/** All files of a model at a commit, with their exact sizes. */
export interface SizedModel extends UnsizedModel {
  readonly files: readonly ModelFile[];
}

/** What became exact in the rows of one source. */
export interface Refined {
  readonly source: SourceKey;
  readonly ids: readonly ModelId[];
  /** The source's epoch since: see SourceStatus. */
  readonly epoch: number;
}

/** Which of the published models to begin with. */
export interface UnsizedQuestion {
  readonly sources: readonly SourceKey[];
  /** These before all others, in this order. */
  readonly first: readonly ModelId[];
  /** Not these, by `unsizedKey`. */
  readonly except: ReadonlySet<string>;
  readonly limit: number;
}

/** The commit whose file tree a row waits for: its column `unsized`. */
export function unsizedSha({ record, fingerprint }: SourceRow): string | null {
  // What a seed says of a commit is as old as the seed.
  if (fingerprint === SEED_FINGERPRINT || record.sha === undefined) return null;
  return (record.variants ?? []).some(isUnsure) ? record.sha : null;
}

export function unsizedKey({ id, sha }: UnsizedModel): string {
  return `${id}@${sha}`;
}

/** Rows that do not know all their sizes, and what they learn from file trees. */
export class UnsizedRows {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #search: SearchIndex;
  readonly #history: HistoryWriter;

  /** @param treeOf the whole file tree of a model at a commit, if it is known */
  constructor(database: DatabaseSync, treeOf: TreeOf = () => undefined) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#search = new SearchIndex(database);
    this.#history = new HistoryWriter(database, treeOf);
  }

  /** The models to fill next: those asked for first, then the newest. */
  next({ sources, first, except, limit }: UnsizedQuestion): UnsizedModel[] {
    return namingDiskTrouble(() => {
      const found = new Map<string, UnsizedModel>();
      const add = (models: readonly UnsizedModel[]): void => {
        for (const model of models) {
          const key = unsizedKey(model);
          if (found.size < limit && !except.has(key)) found.set(key, model);
        }
      };
      add(this.#among(first, sources));
      if (found.size < limit) add(this.#newest(sources, limit + except.size + found.size));
      return [...found.values()];
    });
  }

  /** The files that a model's variants are made of, as far as they are known. */
  paths({ id, sha }: UnsizedModel): string[] {
    const rows = this.#statements
      .prepare('SELECT record FROM model WHERE id = ? AND unsized = ? AND removed IS NULL')
      .all(id, sha);
    const paths = rows
      .map((row) => readRecord(id, String(row['record'])))
      .flatMap((record) => (record?.variants ?? []).flatMap(filesOf))
      .map((file) => file.path);
    return [...new Set(paths)];
  }

  /** Writes exact sizes into all rows of these models at these commits, all or nothing. */
  refine(models: readonly SizedModel[]): Refined[] {
    const waiting = models.filter(
      (model) => this.#isWaiting(model) || this.#history.isAwaited(model.id, model.sha),
    );
    if (waiting.length === 0) return [];
    return inTransaction(this.#database, () => this.#search.inStep(() => this.#refine(waiting)));
  }

  #among(ids: readonly ModelId[], sources: readonly SourceKey[]): UnsizedModel[] {
    if (ids.length === 0) return [];
    return this.#statements
      .prepare(
        `SELECT model.id, unsized FROM json_each(:ids) AS asked
         CROSS JOIN model ON model.id = asked.value
         WHERE unsized IS NOT NULL AND removed IS NULL
           AND source IN (SELECT value FROM json_each(:sources))
         ORDER BY asked.key`,
      )
      .all({ ids: JSON.stringify(ids), sources: JSON.stringify(sources) })
      .map(toUnsized);
  }

  /** Asks source by source, so that the index has all that is read. */
  #newest(sources: readonly SourceKey[], limit: number): UnsizedModel[] {
    const read = this.#statements.prepare(
      `SELECT id, unsized, newest FROM model INDEXED BY model_unsized
       WHERE source = ? AND unsized IS NOT NULL AND removed IS NULL
       ORDER BY newest DESC, id LIMIT ?`,
    );
    return sources
      .flatMap((source) => read.all(source, limit))
      .sort((a, b) => Number(b['newest']) - Number(a['newest']))
      .map(toUnsized);
  }

  #isWaiting({ id, sha }: UnsizedModel): boolean {
    const row = this.#statements
      .prepare('SELECT 1 FROM model WHERE id = ? AND unsized = ? AND removed IS NULL')
      .get(id, sha);
    return row !== undefined;
  }

  #refine(models: readonly SizedModel[]): Refined[] {
    const bySource = new Map<SourceKey, ModelId[]>();
    for (const model of models) {
      for (const source of this.#refineOne(model)) {
        bySource.set(source, [...(bySource.get(source) ?? []), model.id]);
      }
    }
    return [...bySource].map(([source, ids]) => ({ source, ids, epoch: this.#bump(source) }));
  }

  #refineOne({ id, sha, files }: SizedModel): SourceKey[] {
    const rows = this.#statements
      .prepare('SELECT source, record FROM model WHERE id = ? AND unsized = ? AND removed IS NULL')
      .all(id, sha);
    const write = this.#statements.prepare(
      'UPDATE model SET record = ?, unsized = NULL WHERE source = ? AND id = ?',
    );
    for (const row of rows) {
      const source = String(row['source']);
      const before = String(row['record']);
      const known = readRecord(id, before);
      const record = known && withSizes(known, files);
      // A damaged row stays as it is and waits no longer: it would stop all others again and again.
      write.run(record === undefined ? before : JSON.stringify(record), source, id);
      if (record !== undefined) this.#search.put(source, record);
    }
    this.#history.refine(id, sha);
    return rows.map((row) => String(row['source']));
  }

  /** Readers see a new epoch; a run that began before may still apply: see `refined`. */
  #bump(source: SourceKey): number {
    const row = this.#statements
      .prepare(
        `UPDATE source SET epoch = epoch + 1, refined = refined + 1 WHERE key = ?
         RETURNING epoch`,
      )
      .get(source);
    return Number(row?.['epoch'] ?? 0);
  }
}

/** The row with exact sizes, if the tree of its commit is known already. */
export function withKnownSizes(row: SourceRow, treeOf: TreeOf): SourceRow {
  const sha = unsizedSha(row);
  const files = sha === null ? undefined : treeOf(row.record.id, sha);
  return files === undefined ? row : { ...row, record: withSizes(row.record, files) };
}

/** The record with the variants of its file tree. */
function withSizes(record: ModelRecord, files: readonly ModelFile[]): ModelRecord {
  return { ...record, variants: groupVariants(files) };
}

function isUnsure(variant: Variant): boolean {
  const sizes = [variant.size, ...filesOf(variant).map((file) => file.size)];
  return sizes.some(({ sureness }) => sureness !== 'exact');
}

function toUnsized(row: Readonly<Record<string, unknown>>): UnsizedModel {
  return { id: String(row['id']), sha: String(row['unsized']) };
}
