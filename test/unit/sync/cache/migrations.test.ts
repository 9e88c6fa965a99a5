import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CatalogueReader } from '../../../../src/sync/cache/catalogueReader.ts';
import { CatalogueWriter } from '../../../../src/sync/cache/catalogueWriter.ts';
import {
  DATABASE_FILE,
  openDatabase,
  openFile,
  openForReading,
} from '../../../../src/sync/cache/database.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from '../../../../src/sync/cache/migrations.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { changeSet, row } from '../../support/rows.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { modelsOf } from '../../../support/modelsOf.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';
const SHA = 'a'.repeat(40);

/** What the first version wrote. */
const VERSION_1 = `
  CREATE TABLE source (
    key TEXT PRIMARY KEY, epoch INTEGER NOT NULL DEFAULT 0,
    validators TEXT NOT NULL DEFAULT '{}', last_success INTEGER, last_attempt INTEGER,
    last_sweep INTEGER, failure TEXT
  ) STRICT;
  CREATE TABLE model (
    source TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL, newest INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER, downloads INTEGER,
    likes INTEGER, trending_score REAL, record TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT;
  CREATE INDEX model_by_id ON model (id);
  CREATE INDEX model_by_newest ON model (source, newest DESC, id) WHERE removed IS NULL;
  CREATE TABLE details (
    id TEXT NOT NULL, sha TEXT NOT NULL, body TEXT NOT NULL, bytes INTEGER NOT NULL,
    used INTEGER NOT NULL, PRIMARY KEY (id, sha)
  ) STRICT;
  CREATE INDEX details_by_use ON details (used);
  PRAGMA user_version = 1;`;

/** What the second version made of it. */
const VERSION_2 = `
  ALTER TABLE source ADD COLUMN began INTEGER;
  ALTER TABLE source ADD COLUMN last_counters INTEGER;
  ALTER TABLE source ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE source ADD COLUMN retry_at INTEGER;
  ALTER TABLE source ADD COLUMN followed INTEGER;
  UPDATE source SET began = last_success, validators = '{}';
  CREATE TABLE body (
    source TEXT PRIMARY KEY, sequence INTEGER NOT NULL, sha256 TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE run (number INTEGER PRIMARY KEY, summary TEXT NOT NULL) STRICT;
  PRAGMA user_version = 2;`;

const RECORDS = {
  'janhq/one': {
    sha: SHA,
    license: 'mit',
    variants: [{ name: 'q', files: [], size: { sureness: 'unknown' } }],
  },
  'janhq/two': { lastModified: 5 },
  'janhq/gone': {},
};

describe('A catalogue of an older version', () => {
  const folder = useTemporaryFolder();
  const path = (): string => join(folder(), DATABASE_FILE);

  function write(version: 1 | 2): void {
    const old = new DatabaseSync(path());
    old.exec('PRAGMA journal_mode = WAL');
    old.exec(VERSION_1);
    const source = old.prepare(
      'INSERT INTO source (key, epoch, validators, last_success, failure) VALUES (?, ?, ?, ?, ?)',
    );
    source.run(HF, 7, '{"probe":"1"}', NOON, null);
    source.run(JAN, 0, '{}', null, '{"kind":"offline","message":"m","at":1}');
    const model = old.prepare(`INSERT INTO model VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    for (const [id, record] of Object.entries(RECORDS)) {
      const text = JSON.stringify({ id, ...record });
      const removed = id === 'janhq/gone' ? NOON : null;
      model.run(HF, id, 'f', 5, NOON - 1, NOON, removed, 12, null, 1.5, text, text);
    }
    model.run(HF, 'janhq/damaged', 'f', 4, 1, 1, null, null, null, null, '{"id":"janhq/dam', '{}');
    model.run(
      JAN,
      'janhq/one',
      '',
      3,
      1,
      1,
      null,
      3,
      null,
      null,
      '{"id":"janhq/one","description":"seeded"}',
      '{}',
    );
    if (version === 2) old.exec(VERSION_2);
    old.close();
  }

  function assertWhole(): void {
    const reader = new CatalogueReader(openForReading(path()), collectingLogger());
    const [hf, jan] = reader.sources([HF, JAN]);
    assert.deepEqual([hf?.epoch, hf?.lastSuccess, hf?.models], [7, NOON, 2]);
    assert.deepEqual([jan?.models, jan?.failure?.kind], [1, 'offline']);
    const listed = modelsOf(reader, HF, { followed: [JAN], seenUpTo: 0 });
    assert.deepEqual(
      listed.map(({ id, downloads, news }) => [id, downloads, news]),
      [
        ['janhq/one', 12, undefined],
        ['janhq/two', 12, undefined],
      ],
    );
    assert.equal(listed[0]?.description, 'seeded');
    assert.equal(reader.model('janhq/gone', [HF])?.published, false);
    const found = reader.search({
      ...{ text: 'one', sources: [HF, JAN], filters: { license: 'mit' } },
      ...{ sort: 'downloads', offset: 0, limit: 10 },
    });
    assert.deepEqual(
      found.map(({ id }) => id),
      ['janhq/one'],
    );
    reader.close();
  }

  for (const version of [1, 2] as const) {
    it(`opens with all that version ${version} knew, and can be searched`, () => {
      write(version);
      const logger = collectingLogger();
      const { database, writable } = openDatabase(folder(), NOON, logger);
      assert.equal(writable, true);
      assert.deepEqual(logger.lines, []);
      assert.equal(schemaVersion(database), SCHEMA_VERSION);
      assertWhole();
      const writer = new CatalogueWriter(database);
      assert.deepEqual(writer.state(HF).validators, {});
      const unsized = database.prepare('SELECT id FROM model WHERE unsized IS NOT NULL').all();
      assert.deepEqual(
        unsized.map(({ id }) => id),
        ['janhq/one'],
      );
      database.close();
    });
  }

  it('is not read before the engine has brought it up to date', () => {
    write(1);
    assert.throws(
      () => openForReading(path()),
      (error) => assertSyncError(error, 'outdated', /brought up to this version/),
    );
    openDatabase(folder(), NOON, collectingLogger()).database.close();
    assertWhole();
  });

  it('is as it was where bringing it up to date was interrupted, and is brought there next time', () => {
    write(1);
    const pages = (): number => {
      const probe = new DatabaseSync(path());
      const { page_count } = probe.prepare('PRAGMA page_count').get()!;
      probe.close();
      return Number(page_count);
    };
    let interrupted = 0;
    for (let room = 0; ; room++) {
      const database = new DatabaseSync(path());
      database.exec(`PRAGMA max_page_count = ${pages() + room}`);
      const before = schemaVersion(database);
      try {
        migrate(database);
        database.close();
        break;
      } catch {
        interrupted++;
        assert.equal(database.isTransaction, false);
        assert.ok(schemaVersion(database) >= before);
        const { n } = database.prepare('SELECT count(*) AS n FROM model').get()!;
        assert.equal(n, 5);
        database.close();
      }
    }
    assert.ok(interrupted > 2, `interrupted ${interrupted} times`);
    openDatabase(folder(), NOON, collectingLogger()).database.close();
    assertWhole();
  });
});

describe('A catalogue where log and memory cannot be shared', () => {
  const folder = useTemporaryFolder();

  it('keeps a journal instead, and others read what was committed last', () => {
    // This way of SQLite's to lock files has no shared memory, as on a network file system.
    const path = `file:${join(folder(), DATABASE_FILE)}?vfs=unix-dotfile`;
    const { database, writable } = openFile(path, NOON, collectingLogger());
    assert.equal(writable, true);
    const { journal_mode } = database.prepare('PRAGMA journal_mode').get()!;
    assert.equal(journal_mode, 'delete');
    const { synchronous } = database.prepare('PRAGMA synchronous').get()!;
    assert.equal(synchronous, 2, 'a journal without full synchronisation may be lost');

    const writer = new CatalogueWriter(database);
    const reader = new CatalogueReader(openForReading(path));
    const apply = (epoch: number, id: string): unknown =>
      writer.apply(
        {
          changes: changeSet(HF, { added: [row({ id })] }),
          ...{ validators: {}, swept: true, counted: false, at: NOON, noteworthy: true },
        },
        epoch,
      );
    apply(0, 'janhq/one');
    assert.equal(reader.changedElsewhere(), true);
    assert.equal(reader.count([HF]), 1);
    apply(1, 'janhq/two');
    assert.equal(reader.changedElsewhere(), true);
    assert.equal(reader.count([HF]), 2);
    writer.checkpoint();
    reader.close();
    database.close();
    const again = openFile(path, NOON, collectingLogger());
    assert.equal(new CatalogueWriter(again.database).state(HF).manifest.size, 2);
    again.database.close();
  });
});
