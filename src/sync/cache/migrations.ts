import type { DatabaseSync } from 'node:sqlite';

/** Numbered and forward only: the n-th entry leads from version n to n + 1. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE source (
    key          TEXT PRIMARY KEY,
    epoch        INTEGER NOT NULL DEFAULT 0,
    validators   TEXT NOT NULL DEFAULT '{}',
    last_success INTEGER,
    last_attempt INTEGER,
    last_sweep   INTEGER,
    failure      TEXT
  ) STRICT;

  CREATE TABLE model (
    source         TEXT NOT NULL,
    id             TEXT NOT NULL,
    fingerprint    TEXT NOT NULL,
    newest         INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    removed        INTEGER,
    downloads      INTEGER,
    likes          INTEGER,
    trending_score REAL,
    record         TEXT NOT NULL,
    content        TEXT NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT;
  CREATE INDEX model_by_id ON model (id);
  CREATE INDEX model_by_newest ON model (source, newest DESC, id) WHERE removed IS NULL;

  CREATE TABLE details (
    id    TEXT NOT NULL,
    sha   TEXT NOT NULL,
    body  TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    used  INTEGER NOT NULL,
    PRIMARY KEY (id, sha)
  ) STRICT;
  CREATE INDEX details_by_use ON details (used);
  `,
  `
  ALTER TABLE source ADD COLUMN began INTEGER;
  ALTER TABLE source ADD COLUMN last_counters INTEGER;
  ALTER TABLE source ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE source ADD COLUMN retry_at INTEGER;
  ALTER TABLE source ADD COLUMN followed INTEGER;
  UPDATE source SET began = last_success, validators = '{}';

  CREATE TABLE body (
    source   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    bytes    BLOB NOT NULL
  ) STRICT;

  CREATE TABLE run (
    number  INTEGER PRIMARY KEY,
    summary TEXT NOT NULL
  ) STRICT;
  `,
  `
  DROP TABLE details;
  CREATE TABLE details (
    id       TEXT NOT NULL,
    revision TEXT NOT NULL,
    part     TEXT NOT NULL,
    fetched  INTEGER NOT NULL,
    used     INTEGER NOT NULL,
    etag     TEXT,
    encoding TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (id, revision, part)
  ) STRICT;
  CREATE INDEX details_by_use ON details (used, bytes);

  ALTER TABLE source ADD COLUMN refined INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE model ADD COLUMN unsized TEXT;
  UPDATE model SET unsized = json_extract(record, '$.sha')
  -- The record of a damaged row must not stop the others.
  WHERE fingerprint <> '' AND CASE WHEN json_valid(record) THEN EXISTS (
    SELECT 1 FROM json_each(record, '$.variants')
    WHERE json_extract(value, '$.size.sureness') <> 'exact'
  ) END;
  CREATE INDEX model_unsized ON model (source, newest DESC, id)
    WHERE unsized IS NOT NULL AND removed IS NULL;
  `,
  `
  ALTER TABLE source ADD COLUMN models INTEGER NOT NULL DEFAULT 0;

  CREATE INDEX model_manifest ON model (source, id, fingerprint, newest) WHERE removed IS NULL;
  CREATE INDEX model_by_change ON model (source, changed) WHERE removed IS NULL;
  CREATE INDEX model_by_removal ON model (removed) WHERE removed IS NOT NULL;

  CREATE TABLE search (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    source         TEXT NOT NULL,
    id             TEXT NOT NULL,
    newest         INTEGER NOT NULL,
    downloads      INTEGER,
    likes          INTEGER,
    trending_score REAL,
    parameters     INTEGER,
    smallest       INTEGER NOT NULL,
    UNIQUE (id, source)
  ) STRICT;
  CREATE TABLE search_text (
    number INTEGER PRIMARY KEY,
    sizes  TEXT NOT NULL,
    terms  TEXT NOT NULL,
    text   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX search_by_newest ON search (newest DESC);
  CREATE INDEX search_by_downloads ON search (downloads DESC);
  CREATE INDEX search_by_likes ON search (likes DESC);
  CREATE INDEX search_by_trending ON search (trending_score DESC);
  CREATE INDEX search_by_name ON search (lower(substr(id, instr(id, '/') + 1)));
  CREATE INDEX search_by_size ON search (smallest);

  CREATE TABLE search_index (version INTEGER NOT NULL) STRICT;
  INSERT INTO search_index VALUES (-1);
  `,
  `
  CREATE TABLE tree (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL,
    revision TEXT NOT NULL,
    UNIQUE (id, revision)
  ) STRICT;
  CREATE TABLE file_origin (
    hash INTEGER NOT NULL,
    tree INTEGER NOT NULL,
    PRIMARY KEY (hash, tree)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX file_origin_by_tree ON file_origin (tree);

  CREATE TABLE unread_tree (
    id       TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (id, revision)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO unread_tree SELECT id, revision FROM details WHERE part = 'files';
  `,
  `
  ALTER TABLE search ADD COLUMN family TEXT;
  `,
  `
  CREATE TABLE model_history (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL,
    source TEXT NOT NULL,
    at     INTEGER NOT NULL,
    event  TEXT NOT NULL,
    awaits TEXT,
    change TEXT NOT NULL
  ) STRICT;
  CREATE INDEX model_history_by_id ON model_history (id);
  `,
  `
  CREATE TABLE kept (
    id    TEXT PRIMARY KEY,
    noted INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE INDEX model_by_arrival ON model (source, first_seen, id) WHERE removed IS NULL;
  `,
];

/** The version this code writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The version a database was written by; 0 for an empty one. */
export function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/**
 * Brings a database to the version that the steps lead to, each in its own transaction.
 * @param steps those of the catalogue, unless it is another database
 */
export function migrate(database: DatabaseSync, steps: readonly string[] = MIGRATIONS): void {
  for (let version = schemaVersion(database); version < steps.length; version++) {
    database.exec(`BEGIN IMMEDIATE`);
    try {
      // Another window may have migrated while this one waited for the lock.
      if (schemaVersion(database) === version) {
        database.exec(steps[version] ?? '');
        database.exec(`PRAGMA user_version = ${version + 1}`);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
