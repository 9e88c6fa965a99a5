import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { t } from '@vscode/l10n';
import type { Manifest } from '../fingerprint.ts';
import type {
  ChangeSet,
  Counters,
  ModelId,
  SourceFailure,
  SourceKey,
  SourceRow,
  StoredBody,
  TreeOf,
  Validators,
} from '../model.ts';
import { SyncError } from '../errors.ts';
import { HistoryWriter } from './historyStore.ts';
import { SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import { SearchIndex } from './searchIndex.ts';
import { Statements } from './statements.ts';
import { inTransaction, namingDiskTrouble, refuseNewer } from './transaction.ts';
import { unsizedSha, withKnownSizes } from './unsizedRows.ts';

/** What decides whether, when and what a source is asked. Times are ms since 1970. */
export interface SourceSchedule {
  readonly lastSuccess: number | undefined;
  readonly lastAttempt: number | undefined;
  readonly lastSweep: number | undefined;
  /** When it last told all its counters. */
  readonly lastCounters: number | undefined;
  /** Present while the newest attempt failed. */
  readonly failure: SourceFailure | undefined;
  /** How many attempts failed in a row. */
  readonly failures: number;
  /** When the background may ask a failing source again. */
  readonly retryAt: number | undefined;
}

/** What a run has to know of a source before it asks the upstream. */
export interface SourceState extends SourceSchedule {
  readonly key: SourceKey;
  /**
   * Grows with every applied run, and a run that started at another epoch may not apply. What
   * only became more exact meanwhile does not count: see UnsizedRows.
   */
  readonly epoch: number;
  readonly validators: Validators;
  /** Fingerprints of the published rows. */
  readonly manifest: Manifest;
  /** When the published rows last changed upstream, in ms since 1970. */
  readonly times: ReadonlyMap<ModelId, number>;
}

/** The outcome of a successful run of one source. */
export interface Outcome {
  readonly changes: ChangeSet;
  readonly validators: Validators;
  /** Takes the place of the last one. */
  readonly body?: StoredBody;
  readonly swept: boolean;
  /** All counters of the source came along. */
  readonly counted: boolean;
  /** When the upstream was asked, in ms since 1970. */
  readonly at: number;
  /** Whether the run is to be noted even if it changes nothing, which costs a disk write. */
  readonly noteworthy: boolean;
}

/** The one writer of the catalogue. All calls are synchronous: it lives where blocking is fine. */
export class CatalogueWriter {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #search: SearchIndex;
  readonly #history: HistoryWriter;
  readonly #treeOf: TreeOf;

  /** @param treeOf the file tree of a model at a commit, if it is known already */
  constructor(database: DatabaseSync, treeOf: TreeOf = () => undefined) {
    this.#database = database;
    this.#treeOf = treeOf;
    this.#statements = new Statements(database);
    this.#search = new SearchIndex(database);
    this.#history = new HistoryWriter(database, treeOf);
  }

  /** When a source was asked and how that went; of a new one nothing is known. */
  schedule(key: SourceKey): SourceSchedule {
    return namingDiskTrouble(() => toSchedule(this.#source(key)));
  }

  /**
   * What is known of a source; of a new one nothing.
   * @throws SyncError `outdated` if nothing of what is found can be written any more
   */
  state(key: SourceKey): SourceState {
    return namingDiskTrouble(() => {
      refuseNewer(schemaVersion(this.#database), SCHEMA_VERSION);
      return this.#state(key);
    });
  }

  /** The epoch of a source as readers see it: see SourceStatus. */
  shownEpoch(key: SourceKey): number {
    return namingDiskTrouble(() => Number(this.#source(key)?.['epoch'] ?? 0));
  }

  /** The body that a source's rows were read from, if it gave one. */
  body(key: SourceKey): StoredBody | undefined {
    return namingDiskTrouble(() => {
      const row = this.#statements.prepare('SELECT * FROM body WHERE source = ?').get(key);
      if (!(row?.['bytes'] instanceof Uint8Array)) return undefined;
      const { sequence, sha256, bytes } = row;
      return { sequence: Number(sequence), sha256: String(sha256), bytes };
    });
  }

  /**
   * Applies one run of one source, all or nothing.
   * @param epoch the epoch the run started from; `conflict` if another run applied since
   * @param confirm called in the transaction; throws if the run may not be applied any more
   * @returns the models whose counters, but not content, changed
   */
  apply(outcome: Outcome, epoch: number, confirm?: () => void): ModelId[] {
    const { changes, at } = outcome;
    return inTransaction(this.#database, () => {
      confirm?.();
      this.#checkEpoch(changes.source, epoch);
      const counted = this.#search.inStep(() =>
        this.#history.inRun(() => this.#write(changes, at)),
      );
      if (outcome.body !== undefined) this.#putBody(changes.source, outcome.body);
      const moved = changes.added.length + changes.updated.length + changes.removed.length > 0;
      if (moved || counted.length > 0 || outcome.noteworthy) this.#succeed(outcome, epoch, moved);
      return counted;
    });
  }

  /**
   * Notes that a source failed, and when to ask it again; its rows stay as they are.
   * @param retryAt ms since 1970; absent: at any time
   * @param confirm as for `apply`
   */
  fail(key: SourceKey, failure: SourceFailure, retryAt = failure.at, confirm?: () => void): void {
    inTransaction(this.#database, () => {
      confirm?.();
      this.#statements
        .prepare(
          `INSERT INTO source (key, last_attempt, failure, failures, retry_at)
         VALUES (:key, :at, :failure, 1, :retryAt)
         ON CONFLICT (key) DO UPDATE SET last_attempt = :at, failure = :failure,
           failures = failures + 1, retry_at = :retryAt`,
        )
        .run({ key, at: failure.at, failure: JSON.stringify(failure), retryAt });
    });
  }

  /** Notes when sources answered without news, in ms since 1970. */
  noteAnswers(answers: ReadonlyMap<SourceKey, number>): void {
    inTransaction(this.#database, () => {
      const note = this.#statements.prepare(
        `UPDATE source SET last_success = max(last_success, :at), last_attempt = max(last_attempt, :at)
         WHERE key = :key AND failure IS NULL`,
      );
      for (const [key, at] of answers) note.run({ key, at });
    });
  }

  /** Fills a source that has never been asked with rows of the bundled seed. */
  seed(key: SourceKey, rows: readonly SourceRow[], at: number): void {
    inTransaction(this.#database, () => {
      const begun = this.#statements.prepare(
        'INSERT INTO source (key) VALUES (?) ON CONFLICT DO NOTHING',
      );
      if (begun.run(key).changes === 0) return;
      this.#search.inStep(() => {
        for (const row of rows) this.#put(key, row, at);
      });
    });
  }

  /** Moves the write-ahead log into the database, so that it does not grow. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  close(): void {
    this.#database.close();
  }

  #source(key: SourceKey): Record<string, SQLOutputValue> | undefined {
    return this.#statements.prepare('SELECT * FROM source WHERE key = ?').get(key);
  }

  #state(key: SourceKey): SourceState {
    const row = this.#source(key);
    const models = this.#statements
      .prepare(
        `SELECT id, fingerprint, newest FROM model INDEXED BY model_manifest
         WHERE source = ? AND removed IS NULL`,
      )
      .all(key);
    return {
      key,
      epoch: Number(row?.['epoch'] ?? 0) - Number(row?.['refined'] ?? 0),
      validators: JSON.parse(String(row?.['validators'] ?? '{}')) as Validators,
      ...toSchedule(row),
      manifest: new Map(models.map((model) => [String(model['id']), String(model['fingerprint'])])),
      times: new Map(models.map((model) => [String(model['id']), Number(model['newest'])])),
    };
  }

  #checkEpoch(key: SourceKey, epoch: number): void {
    const row = this.#statements
      .prepare('SELECT epoch - refined AS epoch FROM source WHERE key = ?')
      .get(key);
    if (Number(row?.['epoch'] ?? 0) === epoch) return;
    throw new SyncError(
      'conflict',
      t('Another window refreshed this source at the same time. Refresh again in a moment.'),
    );
  }

  /** @returns the models of which only the counters changed */
  #write({ source, added, updated, removed, counters }: ChangeSet, at: number): ModelId[] {
    for (const row of [...added, ...updated]) this.#replace(source, row, at);
    for (const id of removed) this.#remove(source, id, at);
    return this.#count(source, counters);
  }

  #replace(source: SourceKey, offered: SourceRow, at: number): void {
    const row = withKnownSizes(offered, this.#treeOf);
    this.#history.notePut(source, row.record, at);
    this.#put(source, row, at);
  }

  #put(source: SourceKey, row: SourceRow, at: number): void {
    const { record, counters } = row;
    this.#statements
      .prepare(
        `INSERT INTO model (source, id, fingerprint, newest, first_seen, changed, removed,
         downloads, likes, trending_score, record, content, unsized)
       VALUES (:source, :id, :fingerprint, :newest, :at, :at, NULL,
         :downloads, :likes, :trending, :record, :content, :unsized)
       ON CONFLICT (source, id) DO UPDATE SET fingerprint = :fingerprint, newest = :newest,
         first_seen = iif(removed IS NULL, first_seen, :at), changed = :at, removed = NULL,
         downloads = coalesce(:downloads, downloads), likes = coalesce(:likes, likes),
         trending_score = coalesce(:trending, trending_score),
         record = :record, content = :content, unsized = :unsized`,
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
        unsized: unsizedSha(row),
      });
    this.#search.put(source, record);
  }

  #putBody(source: SourceKey, { sequence, sha256, bytes }: StoredBody): void {
    this.#statements
      .prepare('INSERT OR REPLACE INTO body (source, sequence, sha256, bytes) VALUES (?, ?, ?, ?)')
      .run(source, sequence, sha256, bytes);
  }

  #remove(source: SourceKey, id: ModelId, at: number): void {
    this.#statements
      .prepare('UPDATE model SET removed = ? WHERE source = ? AND id = ?')
      .run(at, source, id);
    this.#search.remove(source, id);
    this.#history.noteRemoved(source, id, at);
  }

  #count(source: SourceKey, counters: ReadonlyMap<ModelId, Counters>): ModelId[] {
    const update = this.#statements.prepare(
      `UPDATE model SET downloads = coalesce(:downloads, downloads),
         likes = coalesce(:likes, likes), trending_score = coalesce(:trending, trending_score)
       WHERE source = :source AND id = :id AND (
         downloads IS NOT coalesce(:downloads, downloads) OR likes IS NOT coalesce(:likes, likes)
         OR trending_score IS NOT coalesce(:trending, trending_score))`,
    );
    const counted = [...counters]
      .filter(
        ([id, values]) => update.run({ source, id, ...countersToColumns(values) }).changes > 0,
      )
      .map(([id]) => id);
    for (const id of counted) this.#search.count(source, id);
    return counted;
  }

  #succeed(outcome: Outcome, epoch: number, moved: boolean): void {
    const { changes, validators, swept, counted, at } = outcome;
    this.#statements
      .prepare(
        `INSERT INTO source (key, epoch, validators, began, last_success, last_attempt, last_sweep,
         last_counters)
       VALUES (:key, :epoch, :validators, :at, :at, :at, :sweep, :counters)
       ON CONFLICT (key) DO UPDATE SET epoch = :epoch + refined, validators = :validators,
         began = coalesce(began, :at), last_success = :at, last_attempt = :at,
         last_sweep = coalesce(:sweep, last_sweep),
         last_counters = coalesce(:counters, last_counters),
         failure = NULL, failures = 0, retry_at = NULL`,
      )
      .run({
        key: changes.source,
        epoch: moved ? epoch + 1 : epoch,
        validators: JSON.stringify(validators),
        at,
        sweep: swept ? at : null,
        counters: counted ? at : null,
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

function toSchedule(row: Record<string, SQLOutputValue> | undefined): SourceSchedule {
  const failure = row?.['failure'];
  return {
    lastSuccess: optionalNumber(row?.['last_success']),
    lastAttempt: optionalNumber(row?.['last_attempt']),
    lastSweep: optionalNumber(row?.['last_sweep']),
    lastCounters: optionalNumber(row?.['last_counters']),
    failure: typeof failure === 'string' ? (JSON.parse(failure) as SourceFailure) : undefined,
    failures: Number(row?.['failures'] ?? 0),
    retryAt: optionalNumber(row?.['retry_at']),
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
