import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync, DatabaseSyncOptions } from 'node:sqlite';
import type { Logger } from '../logger.ts';
import { describeError, SyncError } from '../errors.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';

export const DATABASE_FILE = 'catalogue.db';

/** An open catalogue, and what the user should know about how it had to be opened. */
export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** The file in use: in the storage folder, or in a temporary one if that cannot be written. */
  readonly path: string;
  /** False if a newer version of the extension wrote it. */
  readonly writable: boolean;
  /** What is wrong with the storage, in words, if anything is. */
  readonly problem?: string;
  /** To be removed after use, if the storage folder cannot be written. */
  readonly temporaryFolder?: string;
}

/**
 * Opens the catalogue for writing. A corrupt file is set aside and begun anew; a file written by a
 * newer version is opened read-only; in a folder that cannot be written, a temporary copy is used.
 */
export function openDatabase(folder: string, now: number, logger: Logger): OpenedDatabase {
  try {
    mkdirSync(folder, { recursive: true });
    return openIn(folder, now, logger);
  } catch (error) {
    const temporary = mkdtempSync(join(tmpdir(), 'model-hub-'));
    const problem =
      `The catalogue cannot be saved in ${folder} (${describeError(error)}). ` +
      'It is kept until the editor closes. Free space or make the folder writable.';
    logger.warn(problem);
    copyIfReadable(join(folder, DATABASE_FILE), join(temporary, DATABASE_FILE), logger);
    return { ...openIn(temporary, now, logger), problem, temporaryFolder: temporary };
  }
}

/** Opens the catalogue for reading only, next to the writer of this or another window. */
export function openForReading(path: string): DatabaseSync {
  return connect(path, { readOnly: true, timeout: 200 });
}

/** True if SQLite says that the file is no database or a damaged one. */
export function isCorruption(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCode(error));
}

/** Runs a write as one transaction and names disk trouble as what it is. */
export function inTransaction<T>(database: DatabaseSync, write: () => T): T {
  return namingDiskTrouble(() => {
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = write();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
}

/**
 * Does something with the database.
 * @throws SyncError `storage` or `conflict` where SQLite says so
 */
export function namingDiskTrouble<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error);
  }
}

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

function openIn(folder: string, now: number, logger: Logger): OpenedDatabase {
  const path = join(folder, DATABASE_FILE);
  let database: DatabaseSync | undefined;
  try {
    database = connect(path, { timeout: 5_000 });
    const version = schemaVersion(database);
    if (version > SCHEMA_VERSION) return openNewer(database, path, version, logger);
    check(database);
    prepare(database);
    migrate(database);
    refuseReadOnly(database);
    return { database, path, writable: true };
  } catch (error) {
    database?.close();
    if (!isCorruption(error)) throw error;
    setAside(path, now, logger);
    return openIn(folder, now, logger);
  }
}

/** SQLite is loaded with the first database: activation, which opens none, need not wait for it. */
function connect(path: string, options: DatabaseSyncOptions): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  return new sqlite.DatabaseSync(path, options);
}

function openNewer(
  database: DatabaseSync,
  path: string,
  version: number,
  logger: Logger,
): OpenedDatabase {
  database.close();
  const problem =
    `The catalogue was written by a newer version of Model Hub (format ${version}, ` +
    `this version knows ${SCHEMA_VERSION}). It is shown but not refreshed: update Model Hub.`;
  logger.warn(problem);
  return { database: openForReading(path), path, writable: false, problem };
}

function check(database: DatabaseSync): void {
  const result = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (result !== 'ok') {
    throw Object.assign(new Error(`quick_check: ${String(result)}`), { errcode: SQLITE_CORRUPT });
  }
}

function prepare(database: DatabaseSync): void {
  // Where WAL does not work (network file systems) SQLite answers with the mode it kept.
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  database.exec(mode === 'wal' ? 'PRAGMA synchronous = NORMAL' : 'PRAGMA journal_mode = DELETE');
}

/** SQLite opens a file that it may only read without a word, and complains at the first write. */
function refuseReadOnly(database: DatabaseSync): void {
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('ROLLBACK');
  } catch (error) {
    // Another window is writing: so it can be written.
    if (primaryCode(error) !== SQLITE_BUSY) throw error;
  }
}

function setAside(path: string, now: number, logger: Logger): void {
  const aside = `${path}.corrupt-${now}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  logger.error(
    `The catalogue was damaged. It was set aside as ${aside} and is rebuilt from its sources.`,
  );
}

function copyIfReadable(from: string, to: string, logger: Logger): void {
  if (!existsSync(from)) return;
  try {
    for (const suffix of ['', '-wal']) {
      if (!existsSync(from + suffix)) continue;
      cpSync(from + suffix, to + suffix);
      // The copy takes over the rights too, and of a read-only file they are what was wrong.
      chmodSync(to + suffix, 0o600);
    }
  } catch (error) {
    logger.warn(`The saved catalogue cannot be read either (${describeError(error)}).`);
  }
}

function asStorageError(error: unknown): unknown {
  const cause = { cause: error };
  switch (primaryCode(error)) {
    case SQLITE_BUSY:
      return new SyncError(
        'conflict',
        'Another window is writing to the catalogue. Refresh again in a moment.',
        cause,
      );
    case SQLITE_FULL:
      return new SyncError(
        'storage',
        'The disk is full: what was known is kept. Free space, then refresh.',
        cause,
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new SyncError(
        'storage',
        'The catalogue is damaged. Reload the window: it is then set aside and rebuilt.',
        cause,
      );
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return new SyncError(
        'storage',
        `The catalogue cannot be written (${describeError(error)}): what was known is kept. ` +
          'Check the disk and the rights to the folder, then refresh.',
        cause,
      );
    default:
      return error;
  }
}

/** The primary SQLite result code: the low byte of the extended one. */
function primaryCode(error: unknown): number {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : -1;
}
