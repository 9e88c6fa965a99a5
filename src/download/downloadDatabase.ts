import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { connect } from '../sync/cache/database.ts';
import { openSideDatabaseOrMemory } from '../sync/cache/sideDatabase.ts';
import type { Logger } from '../sync/logger.ts';

export const DOWNLOADS_FILE = 'downloads.db';

/** Numbered and forward only: the n-th entry leads from version n to n + 1. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE download (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    model      TEXT NOT NULL,
    variant    TEXT NOT NULL,
    plan       TEXT NOT NULL,
    target     TEXT NOT NULL,
    placement  TEXT NOT NULL,
    folder     TEXT NOT NULL,
    traces     TEXT NOT NULL DEFAULT '{"folders":[],"files":[]}',
    state      TEXT NOT NULL DEFAULT 'waiting',
    wanted     TEXT NOT NULL DEFAULT 'run',
    phase      TEXT,
    bytes      INTEGER NOT NULL DEFAULT 0,
    speed      REAL,
    failure    TEXT,
    failures   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER,
    owner      TEXT,
    heartbeat  INTEGER NOT NULL DEFAULT 0,
    created    INTEGER NOT NULL,
    finished   INTEGER
  ) STRICT;
  CREATE TABLE window (
    owner     TEXT PRIMARY KEY,
    idle      INTEGER NOT NULL,
    syncing   INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL
  ) STRICT;
  `,
  'ALTER TABLE download ADD COLUMN cached INTEGER NOT NULL DEFAULT 0',
];

/**
 * Opens the list of downloads. A damaged one is set aside and begun anew: downloads that were not
 * done go on where they were when they are started again. Where none can be written, or where a
 * newer version of the extension wrote it, this window has one of its own, which ends with it.
 * @param now ms since 1970
 */
export function openDownloads(storage: string, now: number, logger: Logger): DatabaseSync {
  const path = join(storage, DOWNLOADS_FILE);
  return openSideDatabaseOrMemory({ path, steps: MIGRATIONS, now, logger });
}

/**
 * True if downloads of a storage folder have to go on without the user. Costs next to nothing where
 * there has been none.
 */
export function hasUnfinishedDownloads(storage: string): boolean {
  const path = join(storage, DOWNLOADS_FILE);
  if (!existsSync(path)) return false;
  try {
    const database = connect(path, { readOnly: true });
    try {
      return database.prepare(ANY_UNFINISHED).get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    // Whoever opens it for writing finds out what is wrong, and says so.
    return true;
  }
}

const ANY_UNFINISHED =
  "SELECT 1 FROM download WHERE state IN ('waiting', 'running') OR wanted = 'cancel' LIMIT 1";
