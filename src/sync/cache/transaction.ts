import type { DatabaseSync } from 'node:sqlite';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../errors.ts';
import { SCHEMA_VERSION, schemaVersion } from './migrations.ts';

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** What is thrown where a check, not SQLite, finds the file damaged. */
export function corruption(message: string): Error {
  return Object.assign(new Error(message), { errcode: SQLITE_CORRUPT });
}

/** True if another connection holds the file for longer than it was waited for. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY;
}

/** True if SQLite says that the file is no database or a damaged one. */
export function isCorruption(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCode(error));
}

/**
 * Runs a write as one transaction and names disk trouble as what it is.
 * @param newest the version of the database that this code writes: that of the catalogue, unless it
 *   is another database
 * @throws SyncError `outdated` if a newer version of the extension has changed the database
 */
export function inTransaction<T>(
  database: DatabaseSync,
  write: () => T,
  newest = SCHEMA_VERSION,
): T {
  return namingDiskTrouble(() => {
    try {
      database.exec('BEGIN IMMEDIATE');
      refuseNewer(schemaVersion(database), newest);
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
 * Keeps this version from writing what a newer one reads by other rules.
 * @throws SyncError `outdated`
 */
export function refuseNewer(found: number, known: number): void {
  if (found <= known) return;
  throw new SyncError(
    'outdated',
    t(
      'A newer version of Model Hub has taken over the catalogue: this window shows it, but does not refresh it. Reload the window.',
    ),
  );
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

function asStorageError(error: unknown): unknown {
  const cause = { cause: error };
  switch (primaryCode(error)) {
    case SQLITE_BUSY:
      return new SyncError(
        'conflict',
        t('Another window is writing to the catalogue. Refresh again in a moment.'),
        cause,
      );
    case SQLITE_FULL:
      return new SyncError(
        'storage',
        t('The disk is full: what was known is kept. Free space, then refresh.'),
        cause,
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new SyncError(
        'storage',
        t('The catalogue is damaged. Reload the window: it is then set aside and rebuilt.'),
        cause,
      );
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return new SyncError(
        'storage',
        t(
          'The catalogue cannot be written ({0}): what was known is kept. Check the disk and the rights to the folder, then refresh.',
          describeError(error),
        ),
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
