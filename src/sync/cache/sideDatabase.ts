import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import {
  check,
  connect,
  isCorruption,
  makePrivate,
  namingDiskTrouble,
  PRIVATE_FOLDER,
  setAside,
} from './database.ts';
import { migrate, schemaVersion } from './migrations.ts';

export interface SideDatabaseOptions {
  /** The file; its folder is made if it is not there. */
  readonly path: string;
  /** Numbered and forward only: the n-th entry leads from version n to n + 1. */
  readonly steps: readonly string[];
  /** In ms since 1970. */
  readonly now: number;
  readonly logger: Logger;
}

/**
 * Opens a small database beside the catalogue that all windows write to. A damaged file is set
 * aside and begun anew.
 * @throws SyncError `storage` or `conflict` if it cannot be written, or a newer version wrote it
 */
export function openSideDatabase(options: SideDatabaseOptions): DatabaseSync {
  const { path, now, logger } = options;
  return namingDiskTrouble(() => {
    mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    try {
      return openFile(options);
    } catch (error) {
      if (!isCorruption(error)) throw error;
      logger.error(`${path} was damaged. It was set aside as ${setAside(path, now)}.`);
      return openFile(options);
    }
  });
}

/** The same in memory, where there can be no file: known to this window, until it closes. */
export function openInMemory(steps: readonly string[]): DatabaseSync {
  const database = connect(':memory:', {});
  migrate(database, steps);
  return database;
}

function openFile({ path, steps, logger }: SideDatabaseOptions): DatabaseSync {
  const database = connect(path, { timeout: 5_000 });
  try {
    makePrivate(path, logger);
    if (schemaVersion(database) > steps.length) {
      throw new SyncError(
        'storage',
        t('{0} was written by a newer version of Model Hub. Update Model Hub.', path),
      );
    }
    check(database);
    // Where WAL does not work (network file systems) SQLite answers with the mode it kept.
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    database.exec(mode === 'wal' ? 'PRAGMA synchronous = NORMAL' : 'PRAGMA journal_mode = DELETE');
    migrate(database, steps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a side database, or one in memory with a word in the log where that cannot be. */
export function openSideDatabaseOrMemory(options: SideDatabaseOptions): DatabaseSync {
  try {
    return openSideDatabase(options);
  } catch (error) {
    options.logger.warn(`${options.path} is not used: ${describeError(error)}`);
    return openInMemory(options.steps);
  }
}
