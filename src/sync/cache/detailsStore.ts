import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { ModelFile, ModelId } from '../model.ts';
import { inTransaction } from './database.ts';
import type { FileOrigins } from './fileOrigins.ts';
import { Statements } from './statements.ts';
import type { TextEncoding } from './textCodec.ts';
import { TextCodec } from './textCodec.ts';

/** Bytes of details that are kept on disk; the least recently used go first. */
const DISK_BUDGET = 64 * 1024 * 1024;
/** How exactly the last use is known, in ms: finer would write to the disk at every look. */
const USE_RESOLUTION = 60 * 60_000;
/** The budget is looked after whenever this share of it was added: counting reads an index. */
const UNCOUNTED_SHARE = 1 / 64;
/** What nobody has used yet goes before all that somebody did: that much earlier, in ms. */
const UNUSED = 2 ** 43;

/** What is kept of a model apart, because it is asked for apart. */
export type DetailsPartName = 'files' | 'readme';

export interface PartKey {
  readonly id: ModelId;
  readonly revision: string;
  readonly part: DetailsPartName;
}

/** One part as it was fetched. */
export interface StoredPart {
  readonly value: unknown;
  /** When the upstream last said so, in ms since 1970. */
  readonly fetchedAt: number;
  /** The ETag it came with, where it can be asked for again. */
  readonly etag?: string;
  /** It was fetched ahead, and nobody has used it yet. */
  readonly ahead?: true;
}

export interface DetailsStoreOptions {
  /** Bytes that are kept, as they lie on the disk. */
  readonly budget?: number;
  readonly codec?: TextCodec;
  /** Told of each whole file tree that is stored. */
  readonly origins?: FileOrigins;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** Details on disk, by model, revision and part; compressed. */
export class DetailsStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #logger: Logger;
  readonly #codec: TextCodec;
  readonly #budget: number;
  readonly #origins: FileOrigins | undefined;
  /** Bytes added since the budget was looked after; what was there at the start is not known. */
  #uncounted = Infinity;

  constructor(database: DatabaseSync, logger: Logger, options: DetailsStoreOptions = {}) {
    const { budget = DISK_BUDGET, codec = new TextCodec(logger), origins } = options;
    this.#database = database;
    this.#statements = new Statements(database);
    this.#logger = logger;
    this.#codec = codec;
    this.#budget = budget;
    this.#origins = origins;
  }

  /** Whether it is stored, without a look at it. */
  has({ id, revision, part }: PartKey): boolean {
    return (
      this.#statements
        .prepare('SELECT 1 FROM details WHERE id = ? AND revision = ? AND part = ?')
        .get(id, revision, part) !== undefined
    );
  }

  /**
   * What is stored.
   * @param usedAt when it is used by that, in ms since 1970; undefined: it is only looked at
   */
  get(key: PartKey, usedAt: number | undefined): StoredPart | undefined {
    const row = this.#row(key);
    if (row === undefined) return undefined;
    const stored = this.#decode(row, key);
    const used = Number(row['used']);
    if (stored === undefined) this.#tidy(() => this.#drop(key));
    else if (usedAt === undefined) return used < 0 ? { ...stored, ahead: true } : stored;
    else if (Math.abs(usedAt - used) >= USE_RESOLUTION)
      this.#tidy(() => this.#noteUse(key, usedAt));
    return stored;
  }

  /** The whole file tree of a commit, if it is stored. Writes nothing: fit for a transaction. */
  fileTree(id: ModelId, sha: string): readonly ModelFile[] | undefined {
    const key = { id, revision: sha, part: 'files' as const };
    const row = this.#row(key);
    const stored = row && this.#decode(row, key);
    return stored && wholeTree(stored);
  }

  /**
   * @param ahead nobody has asked for it: it is the first to go until somebody does
   * @throws SyncError `storage` or `conflict`
   */
  put({ id, revision, part }: PartKey, stored: StoredPart, now: number, ahead = false): void {
    const { encoding, bytes } = this.#codec.encode(JSON.stringify(stored.value));
    inTransaction(this.#database, () => {
      this.#statements
        .prepare(
          `INSERT OR REPLACE INTO details (id, revision, part, fetched, used, etag, encoding, bytes, body)
           VALUES (:id, :revision, :part, :fetched, :used, :etag, :encoding, :bytes, :body)`,
        )
        .run({
          ...{ id, revision, part, encoding, body: bytes },
          ...{ fetched: stored.fetchedAt, etag: stored.etag ?? null },
          used: ahead ? now - UNUSED : now,
          bytes: bytes.length,
        });
      if (part === 'files') this.#origins?.note(id, revision, wholeTree(stored) ?? []);
      this.#evict(bytes.length);
    });
  }

  /** Forgets everything. @returns the bytes that were kept */
  clear(): number {
    return inTransaction(this.#database, () => {
      const row = this.#statements.prepare('SELECT sum(bytes) AS bytes FROM details').get();
      this.#statements.prepare('DELETE FROM details').run();
      return Number(row?.['bytes'] ?? 0);
    });
  }

  #row({ id, revision, part }: PartKey): Row | undefined {
    return this.#statements
      .prepare('SELECT * FROM details WHERE id = ? AND revision = ? AND part = ?')
      .get(id, revision, part);
  }

  #decode(row: Row, key: PartKey): StoredPart | undefined {
    try {
      const text = this.#codec.decode({
        encoding: String(row['encoding']) as TextEncoding,
        bytes: row['body'] as Uint8Array,
      });
      return {
        value: JSON.parse(text),
        fetchedAt: Number(row['fetched']),
        ...(typeof row['etag'] === 'string' && { etag: row['etag'] }),
      };
    } catch (error) {
      this.#logger.warn(
        `The stored ${key.part} of ${key.id} cannot be read and are fetched anew: ` +
          describeError(error),
      );
      return undefined;
    }
  }

  #evict(added: number): void {
    this.#uncounted += added;
    if (this.#uncounted < this.#budget * UNCOUNTED_SHARE) return;
    this.#statements.prepare(EVICT).run(this.#budget);
    this.#uncounted = 0;
  }

  #noteUse({ id, revision, part }: PartKey, now: number): void {
    this.#statements
      .prepare('UPDATE details SET used = ? WHERE id = ? AND revision = ? AND part = ?')
      .run(now, id, revision, part);
  }

  #drop({ id, revision, part }: PartKey): void {
    this.#statements
      .prepare('DELETE FROM details WHERE id = ? AND revision = ? AND part = ?')
      .run(id, revision, part);
  }

  #tidy(write: () => void): void {
    try {
      inTransaction(this.#database, write);
    } catch (error) {
      // A full or read-only disk: what is there can be read all the same.
      this.#logger.debug(`A note on stored details was not written: ${describeError(error)}`);
    }
  }
}

function wholeTree({ value }: StoredPart): readonly ModelFile[] | undefined {
  const { files, partial } = value as { files: readonly ModelFile[]; partial?: boolean };
  return partial === true ? undefined : files;
}

/** The order of the index, so that no body is read for it. */
const EVICT = `
  DELETE FROM details WHERE rowid IN (
    SELECT rowid FROM (
      SELECT rowid, sum(bytes) OVER (ORDER BY used DESC, bytes DESC, rowid DESC) AS total
      FROM details
    ) WHERE total > ?
  )`;
