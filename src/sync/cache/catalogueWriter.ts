import type { DatabaseSync } from 'node:sqlite';
import type { Manifest } from '../fingerprint.ts';
import type {
  ChangeSet,
  Counters,
  ModelId,
  SourceFailure,
  SourceKey,
  SourceRow,
  Validators,
} from '../model.ts';
import { SyncError } from '../errors.ts';
import { inTransaction, namingDiskTrouble } from './database.ts';
import { Statements } from './statements.ts';

/** What a run has to know of a source before it asks the upstream. */
export interface SourceState {
  readonly key: SourceKey;
  /** Grows with every applied change; a run that started at another epoch may not apply. */
  readonly epoch: number;
  readonly validators: Validators;
  readonly lastSuccess: number | undefined;
  readonly lastAttempt: number | undefined;
  readonly lastSweep: number | undefined;
  /** The newest attempt failed. */
  readonly failing: boolean;
  /** Fingerprints of the published rows. */
  readonly manifest: Manifest;
}

/** The outcome of a successful run of one source. */
export interface Outcome {
  readonly changes: ChangeSet;
  readonly validators: Validators;
  readonly swept: boolean;
  /** When the upstream was asked, in ms since 1970. */
  readonly at: number;
  /** Whether the run is to be noted even if it changes nothing, which costs a disk write. */
  readonly noteworthy: boolean;
}

/** The one writer of the catalogue. All calls are synchronous: it lives where blocking is fine. */
export class CatalogueWriter {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** What is known of a source; of a new one nothing. */
  state(key: SourceKey): SourceState {
    return namingDiskTrouble(() => this.#state(key));
  }

  /**
   * Applies one run of one source, all or nothing.
   * @param epoch the epoch the run started from; `conflict` if another run applied since
   * @returns the models whose counters, but not content, changed
   */
  apply(outcome: Outcome, epoch: number): ModelId[] {
    const { changes, at } = outcome;
    return inTransaction(this.#database, () => {
      this.#checkEpoch(changes.source, epoch);
      for (const row of [...changes.added, ...changes.updated]) this.#put(changes.source, row, at);
      for (const id of changes.removed) this.#remove(changes.source, id, at);
      const counted = this.#count(changes.source, changes.counters);
      const moved = changes.added.length + changes.updated.length + changes.removed.length > 0;
      if (moved || counted.length > 0 || outcome.noteworthy) this.#succeed(outcome, epoch, moved);
      return counted;
    });
  }

  /** Notes that a source failed; its rows stay as they are. */
  fail(key: SourceKey, failure: SourceFailure): void {
    inTransaction(this.#database, () =>
      this.#statements
        .prepare(
          `INSERT INTO source (key, last_attempt, failure) VALUES (:key, :at, :failure)
         ON CONFLICT (key) DO UPDATE SET last_attempt = :at, failure = :failure`,
        )
        .run({ key, at: failure.at, failure: JSON.stringify(failure) }),
    );
  }

  /** Fills a source that has never been asked with rows of the bundled seed. */
  seed(key: SourceKey, rows: readonly SourceRow[], at: number): void {
    inTransaction(this.#database, () => {
      const begun = this.#statements.prepare(
        'INSERT INTO source (key) VALUES (?) ON CONFLICT DO NOTHING',
      );
      if (begun.run(key).changes === 0) return;
      for (const row of rows) this.#put(key, row, at);
    });
  }

  /** Moves the write-ahead log into the database, so that it does not grow. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  close(): void {
    this.#database.close();
  }

  #state(key: SourceKey): SourceState {
    const row = this.#statements.prepare('SELECT * FROM source WHERE key = ?').get(key);
    const models = this.#statements
      .prepare('SELECT id, fingerprint FROM model WHERE source = ? AND removed IS NULL')
      .all(key);
    return {
      key,
      epoch: Number(row?.['epoch'] ?? 0),
      validators: JSON.parse(String(row?.['validators'] ?? '{}')) as Validators,
      lastSuccess: optionalNumber(row?.['last_success']),
      lastAttempt: optionalNumber(row?.['last_attempt']),
      lastSweep: optionalNumber(row?.['last_sweep']),
      failing: typeof row?.['failure'] === 'string',
      manifest: new Map(models.map((model) => [String(model['id']), String(model['fingerprint'])])),
    };
  }

  #checkEpoch(key: SourceKey, epoch: number): void {
    const row = this.#statements.prepare('SELECT epoch FROM source WHERE key = ?').get(key);
    if (Number(row?.['epoch'] ?? 0) === epoch) return;
    throw new SyncError(
      'conflict',
      'Another window refreshed this source at the same time. Refresh again in a moment.',
    );
  }

  #put(source: SourceKey, row: SourceRow, at: number): void {
    const { record, counters } = row;
    this.#statements
      .prepare(
        `INSERT INTO model (source, id, fingerprint, newest, first_seen, changed, removed,
         downloads, likes, trending_score, record, content)
       VALUES (:source, :id, :fingerprint, :newest, :at, :at, NULL,
         :downloads, :likes, :trending, :record, :content)
       ON CONFLICT (source, id) DO UPDATE SET fingerprint = :fingerprint, newest = :newest,
         changed = :at, removed = NULL, downloads = coalesce(:downloads, downloads),
         likes = coalesce(:likes, likes), trending_score = coalesce(:trending, trending_score),
         record = :record, content = :content`,
      )
      .run({
        source,
        id: record.id,
        fingerprint: row.fingerprint,
        newest: record.lastModified ?? record.createdAt ?? 0,
        at,
        ...countersToColumns(counters),
        record: JSON.stringify(record),
        content: row.content,
      });
  }

  #remove(source: SourceKey, id: ModelId, at: number): void {
    this.#statements
      .prepare('UPDATE model SET removed = ? WHERE source = ? AND id = ?')
      .run(at, source, id);
  }

  #count(source: SourceKey, counters: ReadonlyMap<ModelId, Counters>): ModelId[] {
    const update = this.#statements.prepare(
      `UPDATE model SET downloads = coalesce(:downloads, downloads),
         likes = coalesce(:likes, likes), trending_score = coalesce(:trending, trending_score)
       WHERE source = :source AND id = :id AND (
         downloads IS NOT coalesce(:downloads, downloads) OR likes IS NOT coalesce(:likes, likes)
         OR trending_score IS NOT coalesce(:trending, trending_score))`,
    );
    return [...counters]
      .filter(
        ([id, values]) => update.run({ source, id, ...countersToColumns(values) }).changes > 0,
      )
      .map(([id]) => id);
  }

  #succeed(outcome: Outcome, epoch: number, moved: boolean): void {
    const { changes, validators, swept, at } = outcome;
    this.#statements
      .prepare(
        `INSERT INTO source (key, epoch, validators, last_success, last_attempt, last_sweep)
       VALUES (:key, :epoch, :validators, :at, :at, :sweep)
       ON CONFLICT (key) DO UPDATE SET epoch = :epoch, validators = :validators,
         last_success = :at, last_attempt = :at, last_sweep = coalesce(:sweep, last_sweep),
         failure = NULL`,
      )
      .run({
        key: changes.source,
        epoch: moved ? epoch + 1 : epoch,
        validators: JSON.stringify(validators),
        at,
        sweep: swept ? at : null,
      });
  }
}

function countersToColumns(counters: Counters): Record<string, number | null> {
  return {
    downloads: counters.downloads ?? null,
    likes: counters.likes ?? null,
    trending: counters.trendingScore ?? null,
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
