import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync, DatabaseSyncOptions } from 'node:sqlite';
import { t } from '@vscode/l10n';
import type { Logger } from '../logger.ts';
import { describeError, SyncError } from '../errors.ts';
import type { StorageProblem } from '../storageProblem.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import { prepareSearch } from './searchIndex.ts';
import { corruption, isBusy, isCorruption } from './transaction.ts';

export { inTransaction, isBusy, isCorruption, namingDiskTrouble } from './transaction.ts';

/** Pages that a reader keeps, in KiB: the indexes that a search in 100,000 models walks. */
const READER_CACHE_KIB = 16 * 1024;

/** What the user may do with a folder and a file, and nobody else; and what others might. */
export const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const OF_OTHERS = 0o077;

export const DATABASE_FILE = 'catalogue.db';
/** Beside it: see Coordination. */
export const COORDINATION_FILE = 'coordination.db';

/** An open catalogue, and what the user should know about how it had to be opened. */
export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** The file in use: in the storage folder, or in a temporary one if that cannot be written. */
  readonly path: string;
  /** False if a newer version of the extension wrote it. */
  readonly writable: boolean;
  /** What is wrong with the storage, if anything is. */
  readonly problem?: StorageProblem;
  /** To be removed after use, if the storage folder cannot be written. */
  readonly temporaryFolder?: string;
}

/**
 * Opens the catalogue for writing. A corrupt file is set aside and begun anew; a file written by a
 * newer version is opened read-only; in a folder that cannot be written, a temporary copy is used.
 */
export function openDatabase(folder: string, now: number, logger: Logger): OpenedDatabase {
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    return openFile(join(folder, DATABASE_FILE), now, logger);
  } catch (error) {
    const temporary = mkdtempSync(join(tmpdir(), 'model-hub-'));
    const message = t(
      'The catalogue cannot be saved in {0} ({1}). It is kept until the editor closes. Free space or make the folder writable.',
      folder,
      describeError(error),
    );
    logger.warn(message);
    copyIfReadable(join(folder, DATABASE_FILE), join(temporary, DATABASE_FILE), logger);
    const opened = openFile(join(temporary, DATABASE_FILE), now, logger);
    const problem = { cause: 'disk', message } as const;
    return { ...opened, problem, temporaryFolder: temporary };
  }
}

/**
 * Opens the catalogue for reading only, next to the writer of this or another window.
 * @throws SyncError `outdated` if an older version wrote it: the engine has to open it first
 */
export function openForReading(path: string): DatabaseSync {
  const database = connect(path, { readOnly: true, timeout: 200 });
  try {
    if (schemaVersion(database) >= SCHEMA_VERSION) {
      database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}`);
      return database;
    }
    throw new SyncError(
      'outdated',
      t(
        'The catalogue is being brought up to this version of Model Hub. Refresh again in a moment.',
      ),
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens one file for writing, or sets it aside and begins it anew if it is corrupt.
 * @param path a path, or an URI as SQLite understands it
 */
export function openFile(path: string, now: number, logger: Logger): OpenedDatabase {
  let database: DatabaseSync | undefined;
  try {
    database = connect(path, { timeout: 5_000 });
    makePrivate(path, logger);
    const problem = problemWithVersion(database);
    if (problem !== undefined) return openNewer(database, path, problem, logger);
    check(database);
    prepare(database);
    migrate(database);
    prepareSearch(database, logger);
    refuseReadOnly(database);
    return { database, path, writable: true };
  } catch (error) {
    database?.close();
    if (!isCorruption(error)) throw error;
    const aside = setAside(path, now);
    logger.error(
      `The catalogue was damaged. It was set aside as ${aside} and is rebuilt from its sources.`,
    );
    return openFile(path, now, logger);
  }
}

/**
 * Lets nobody but its user read a database: it tells which models they have and look at. SQLite
 * gives the files beside it the same rights. Windows keeps the folders of users apart itself.
 * The rights are set by name, since closing a second handle would take SQLite's locks away.
 */
export function makePrivate(path: string, logger: Logger): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found?.isFile() === true && (found.mode & OF_OTHERS) !== 0) chmodSync(file, PRIVATE_FILE);
    } catch (error) {
      logger.debug(`Others may be able to read ${file}: ${describeError(error)}`);
    }
  }
}

/** SQLite is loaded with the first database: activation, which opens none, need not wait for it. */
export function connect(path: string, options: DatabaseSyncOptions): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  return new sqlite.DatabaseSync(path, options);
}

/** Why this version only reads a catalogue; undefined if it may write it. */
export function problemWithVersion(database: DatabaseSync): StorageProblem | undefined {
  if (schemaVersion(database) <= SCHEMA_VERSION) return undefined;
  const message = t(
    'The catalogue was written by a newer version of Model Hub. It is shown but not refreshed: update Model Hub.',
  );
  return { cause: 'newer', message };
}

function openNewer(
  database: DatabaseSync,
  path: string,
  problem: StorageProblem,
  logger: Logger,
): OpenedDatabase {
  const version = schemaVersion(database);
  database.close();
  logger.warn(`${problem.message} (Its format is ${version}; ${SCHEMA_VERSION} is known here.)`);
  return { database: openForReading(path), path, writable: false, problem };
}

/** @throws Error that `isCorruption` knows, if the file is damaged */
export function check(database: DatabaseSync): void {
  const result = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (result !== 'ok') {
    throw corruption(`quick_check: ${String(result)}`);
  }
}

/** Pages that the writer keeps, in KiB: a run writes to many indexes, here and there. */
const WRITER_CACHE_KIB = 32 * 1024;

/** A checkpoint blocks, so it comes when the writer says so, and leaves no long file behind. */
const AHEAD = `
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = ${4 * 1024 * 1024};`;

function prepare(database: DatabaseSync): void {
  // A new file can later be shortened in place; one of old has to be written anew for that.
  // Two rows with their contents fill a page, and one is read whole with it.
  database.exec('PRAGMA page_size = 8192');
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // Where WAL does not work (network file systems) SQLite answers with the mode it kept.
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  database.exec(mode === 'wal' ? AHEAD : 'PRAGMA journal_mode = DELETE');
  database.exec(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
}

/** SQLite opens a file that it may only read without a word, and complains at the first write. */
function refuseReadOnly(database: DatabaseSync): void {
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('ROLLBACK');
  } catch (error) {
    // Another window is writing: so it can be written.
    if (!isBusy(error)) throw error;
  }
}

/** Gives a damaged file another name, which it returns, so that a new one can be begun. */
export function setAside(path: string, now: number): string {
  const aside = `${path}.corrupt-${now}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  return aside;
}

function copyIfReadable(from: string, to: string, logger: Logger): void {
  if (!existsSync(from)) return;
  try {
    for (const suffix of ['', '-wal']) {
      if (!existsSync(from + suffix)) continue;
      cpSync(from + suffix, to + suffix);
      // The copy takes over the rights too, and of a read-only file they are what was wrong.
      chmodSync(to + suffix, PRIVATE_FILE);
    }
  } catch (error) {
    logger.warn(`The saved catalogue cannot be read either (${describeError(error)}).`);
  }
}
