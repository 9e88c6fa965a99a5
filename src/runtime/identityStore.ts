import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openSideDatabaseOrMemory } from '../sync/cache/sideDatabase.ts';
import { Statements } from '../sync/cache/statements.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { FileOrigin, ModelId } from '../sync/model.ts';

export const IDENTITIES_FILE = 'identities.db';

/** Files that are remembered; those that were noted first go first. */
const MOST_FILES = 20_000;
/** How long, in ms, a window may hash without a word before another does it instead. */
const TURN_DURATION = 15 * 60_000;

const STEPS: readonly string[] = [
  `
  CREATE TABLE identity (
    path     TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    sha256   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX identity_by_bytes ON identity (sha256);

  CREATE TABLE origin (
    sha256  TEXT PRIMARY KEY,
    origins TEXT NOT NULL
  ) STRICT;

  CREATE TABLE turn (
    number  INTEGER PRIMARY KEY CHECK (number = 1),
    owner   TEXT NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  INSERT INTO turn VALUES (1, '', 0);
  `,
  `
  CREATE TABLE unfound (
    sha256 TEXT NOT NULL,
    model  TEXT NOT NULL,
    head   TEXT NOT NULL,
    PRIMARY KEY (sha256, model)
  ) STRICT;
  `,
];

const originsSchema = z.array(
  z.object({ sha256: z.string(), model: z.string(), revision: z.string(), path: z.string() }),
);

/** A file that was hashed once. */
export interface RememberedFile {
  readonly path: string;
  readonly size: number;
  /** In whole ms since 1970. */
  readonly modifiedAt: number;
}

export interface IdentityStoreOptions {
  /** The folder that all windows share. */
  readonly storage: string;
  /** In ms since 1970. */
  readonly now: number;
  readonly logger: Logger;
  readonly mostFiles?: number;
}

/**
 * What the files of this machine are, by their bytes: a file that has not changed since is not
 * hashed again, by any window. Losing it loses time only, so trouble with it is logged and no more.
 */
export class IdentityStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #logger: Logger;
  readonly #mostFiles: number;

  constructor({ storage, now, logger, mostFiles = MOST_FILES }: IdentityStoreOptions) {
    const path = join(storage, IDENTITIES_FILE);
    this.#database = openSideDatabaseOrMemory({ path, steps: STEPS, now, logger });
    this.#statements = new Statements(this.#database);
    this.#logger = logger;
    this.#mostFiles = mostFiles;
  }

  /** The sha256 of a file, if it still has the size and time (ms) that it was hashed with. */
  sha256Of(path: string, size: number, modifiedAt: number): string | undefined {
    return this.#tolerant(undefined, () => {
      const sha256 = this.#statements
        .prepare('SELECT sha256 FROM identity WHERE path = ? AND size = ? AND modified = ?')
        .get(path, size, Math.trunc(modifiedAt))?.['sha256'];
      return typeof sha256 === 'string' ? sha256 : undefined;
    });
  }

  /** Notes what a file is that was hashed while it had this size and time (ms). */
  remember(path: string, size: number, modifiedAt: number, sha256: string): void {
    this.#tolerant(undefined, () => {
      this.#statements
        .prepare('INSERT OR REPLACE INTO identity VALUES (?, ?, ?, ?)')
        .run(path, size, Math.trunc(modifiedAt), sha256);
      this.#forgetOldest('identity');
    });
  }

  /** Files that had these bytes when they were hashed. */
  filesWith(sha256: string): RememberedFile[] {
    return this.#tolerant([], () =>
      this.#statements
        .prepare('SELECT path, size, modified FROM identity WHERE sha256 = ?')
        .all(sha256)
        .map((row) => ({
          path: String(row['path']),
          size: Number(row['size']),
          modifiedAt: Number(row['modified']),
        })),
    );
  }

  /** Where bytes come from, as it was told last; empty if it never was. */
  originsOf(sha256: string): FileOrigin[] {
    return this.#tolerant([], () => {
      const text = this.#statements
        .prepare('SELECT origins FROM origin WHERE sha256 = ?')
        .get(sha256)?.['origins'];
      return typeof text === 'string' ? originsSchema.parse(JSON.parse(text)) : [];
    });
  }

  /** Notes where bytes come from: the catalogue may forget it, and they stay what they are. */
  rememberOrigins(sha256: string, origins: readonly FileOrigin[]): void {
    this.#tolerant(undefined, () => {
      const text = JSON.stringify(origins);
      const isNew = this.#statements
        .prepare(
          `INSERT INTO origin VALUES (:sha256, :text) ON CONFLICT (sha256)
           DO UPDATE SET origins = :text WHERE origins <> :text`,
        )
        .run({ sha256, text }).changes;
      if (isNew) this.#forgetOldest('origin');
    });
  }

  /** Whether bytes were looked for in vain among the commits of a model when this was its newest. */
  isUnfound(sha256: string, model: ModelId, head: string): boolean {
    return this.#tolerant(false, () => {
      const found = this.#statements
        .prepare('SELECT 1 FROM unfound WHERE sha256 = ? AND model = ? AND head = ?')
        .get(sha256, model, head);
      return found !== undefined;
    });
  }

  /** Notes that bytes are in no commit of a model that was looked through. */
  noteUnfound(sha256: string, model: ModelId, head: string): void {
    this.#tolerant(undefined, () => {
      this.#statements
        .prepare('INSERT OR REPLACE INTO unfound VALUES (?, ?, ?)')
        .run(sha256, model, head);
      this.#forgetOldest('unfound');
    });
  }

  /**
   * Whether this window is the one that hashes in the background; to be asked again while it does.
   * @param isDead true if this owner is known to have ended without a word
   */
  takeTurn(owner: string, now: number, isDead: (owner: string) => boolean): boolean {
    return this.#tolerant(false, () => {
      const holder = String(
        this.#statements.prepare('SELECT owner FROM turn').get()?.['owner'] ?? '',
      );
      const dead = holder !== '' && isDead(holder) ? holder : '';
      // A turn that lasts longer was given by a clock that is wrong, or was.
      const latest = now + TURN_DURATION;
      return (
        this.#statements
          .prepare(
            `UPDATE turn SET owner = :owner, expires = :latest
             WHERE owner IN ('', :owner, :dead) OR expires NOT BETWEEN :now AND :latest`,
          )
          .run({ owner, dead, now, latest }).changes > 0
      );
    });
  }

  /** Lets another window hash. */
  giveTurn(owner: string): void {
    this.#tolerant(undefined, () => {
      this.#statements.prepare("UPDATE turn SET owner = '' WHERE owner = ?").run(owner);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** A row that is noted anew is a new one, so the order of the rows is that of the notes. */
  #forgetOldest(table: 'identity' | 'origin' | 'unfound'): void {
    this.#statements
      .prepare(
        `DELETE FROM ${table} WHERE rowid <= (SELECT max(rowid) FROM ${table}) - ${this.#mostFiles}`,
      )
      .run();
  }

  #tolerant<T>(otherwise: T, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#logger.warn(`${IDENTITIES_FILE} could not be used: ${describeError(error)}`);
      return otherwise;
    }
  }
}
