import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { OpenedDatabase } from '../../../../src/sync/cache/database.ts';
import {
  DATABASE_FILE,
  inTransaction,
  isCorruption,
  openDatabase,
  openForReading,
} from '../../../../src/sync/cache/database.ts';
import { CatalogueReader } from '../../../../src/sync/cache/catalogueReader.ts';
import { CatalogueWriter } from '../../../../src/sync/cache/catalogueWriter.ts';
import { SCHEMA_VERSION, schemaVersion } from '../../../../src/sync/cache/migrations.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { changeSet, row } from '../../support/rows.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { unprivileged } from '../../support/unprivileged.ts';
import { assertBytes } from '../../../support/bytes.ts';

const SOURCE = 'hf:janhq';
const MODELS = 300;

describe('The database', () => {
  const folder = useTemporaryFolder();
  let logger: ReturnType<typeof collectingLogger>;
  let opened: OpenedDatabase[];

  beforeEach(() => {
    logger = collectingLogger();
    opened = [];
  });
  afterEach(() => {
    for (const { database, temporaryFolder } of opened) {
      if (database.isOpen) database.close();
      if (temporaryFolder !== undefined) rmSync(temporaryFolder, { recursive: true });
    }
  });

  const path = (): string => join(folder(), DATABASE_FILE);
  const open = (at = folder()): OpenedDatabase => {
    const result = openDatabase(at, NOON, logger);
    opened.push(result);
    return result;
  };
  const models = ({ path: file }: OpenedDatabase): number => {
    const reader = new CatalogueReader(openForReading(file));
    try {
      return reader.count([SOURCE]);
    } finally {
      reader.close();
    }
  };

  /** Leaves a catalogue with models behind, as an editor that was closed. */
  function fill(): void {
    const { database } = openDatabase(folder(), NOON, logger);
    const added = Array.from({ length: MODELS }, (_, index) =>
      row({ id: `janhq/model-${index}`, description: 'x'.repeat(200) }),
    );
    const changes = changeSet(SOURCE, { added });
    const outcome = {
      changes,
      validators: {},
      swept: true,
      counted: false,
      at: NOON,
      noteworthy: true,
    };
    new CatalogueWriter(database).apply(outcome, 0);
    database.close();
  }

  it('is made where there is none, folders included', () => {
    const { database, path: file, writable, problem } = open(join(folder(), 'new', 'storage'));
    assert.ok(existsSync(file));
    assert.equal(writable, true);
    assert.equal(problem, undefined);
    assert.equal(schemaVersion(database), SCHEMA_VERSION);
    assert.deepEqual(logger.lines, []);
  });

  it('is brought from version 0 to this one, and a second time nothing is done', () => {
    const empty = new DatabaseSync(path());
    assert.equal(schemaVersion(empty), 0);
    empty.close();
    const first = open();
    assert.equal(schemaVersion(first.database), SCHEMA_VERSION);
    first.database.close();
    assert.equal(schemaVersion(open().database), SCHEMA_VERSION);
    assert.deepEqual(logger.lines, []);
  });

  it('writes ahead, so that readers never wait', () => {
    const { database } = open();
    const { journal_mode } = database.prepare('PRAGMA journal_mode').get()!;
    assert.equal(journal_mode, 'wal');
  });

  it('holds what it held when it is opened again', () => {
    fill();
    assert.equal(models(open()), MODELS);
  });

  for (const [name, damage] of Object.entries({
    garbage: (file: string) => writeFileSync(file, 'not a database at all '.repeat(1_000)),
    'a web page': (file: string) => writeFileSync(file, '<!doctype html><title>Log in</title>'),
    'cut off in the middle': (file: string) =>
      truncateSync(file, Math.floor(readFileSync(file).length / 2 / 4096) * 4096),
    'cut off in the middle of a page': (file: string) => truncateSync(file, 10_000),
    'of damaged pages behind a good header': (file: string) => {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, 4096);
      writeFileSync(file, bytes);
    },
  })) {
    it(`is set aside and begun anew where it is ${name}`, () => {
      fill();
      damage(path());
      const damaged = readFileSync(path());
      const { database, writable, problem, path: file } = open();
      assert.equal(file, path());
      assert.equal(writable, true);
      assert.equal(problem, undefined);
      assert.equal(schemaVersion(database), SCHEMA_VERSION);
      assertBytes(readFileSync(`${path()}.corrupt-${NOON}`), damaged);
      const [line, ...others] = logger.at('error');
      assert.match(line!, /damaged.*set aside as .*corrupt.*rebuilt/);
      assert.deepEqual(others, []);
      assert.equal(new CatalogueWriter(database).state(SOURCE).manifest.size, 0);
    });
  }

  it('does not mind what an old log file beside a damaged one says', () => {
    fill();
    writeFileSync(path(), 'garbage'.repeat(1_000));
    writeFileSync(`${path()}-wal`, 'garbage'.repeat(1_000));
    assert.equal(models(open()), 0);
  });

  it('is begun anew where an empty file lies', () => {
    writeFileSync(path(), '');
    assert.equal(open().writable, true);
    assert.deepEqual(
      readdirSync(folder()).filter((name) => name.includes('corrupt')),
      [],
    );
  });

  it('of a newer version is read, not written and not set aside', () => {
    fill();
    const newer = new DatabaseSync(path());
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    const result = open();
    assert.equal(result.writable, false);
    assert.match(result.problem!.message, /newer version.*update Model Hub/i);
    assert.equal(models(result), MODELS);
    assert.throws(() => result.database.exec('DELETE FROM model'), /readonly/);
  });

  describe('in a folder that cannot be written', () => {
    beforeEach(() => {
      chmodSync(folder(), 0o755);
    });

    /** As somebody else's files are that one may read. */
    function makeReadable(): void {
      for (const name of readdirSync(folder())) chmodSync(join(folder(), name), 0o644);
      chmodSync(folder(), 0o555);
    }

    /** Opens it without rights; the copy is then read without them, too. */
    function assertCopied(expected: number): void {
      const { result, count } = unprivileged(() => {
        const copy = open();
        return { result: copy, count: models(copy) };
      });
      assert.equal(count, expected);
      assert.notEqual(dirname(result.path), folder());
      assert.match(
        result.problem!.message,
        /cannot be saved in .*until the editor closes.*Free space/,
      );
      assert.ok(result.problem!.message.includes(folder()));
      assert.equal(logger.at('warn').length, 1, logger.lines.join('\n'));
      // It is a catalogue like any other, only not for long.
      assert.equal(result.writable, true);
      unprivileged(() =>
        new CatalogueWriter(result.database).fail(SOURCE, { kind: 'x', message: '', at: NOON }),
      );
    }

    it('is copied elsewhere with everything that was known', () => {
      fill();
      makeReadable();
      assertCopied(MODELS);
    });

    it('is copied with what had not been moved out of the log yet', () => {
      fill();
      const writer = open().database;
      const changes = changeSet(SOURCE, { added: [row({ id: 'janhq/in-the-log' })] });
      const outcome = {
        changes,
        validators: {},
        swept: true,
        counted: false,
        at: NOON,
        noteworthy: true,
      };
      new CatalogueWriter(writer).apply(outcome, 1);
      const saved = readFileSync(path());
      const log = readFileSync(`${path()}-wal`);
      writer.close();
      // As after a crash: the log is there, its index is not.
      writeFileSync(path(), saved);
      writeFileSync(`${path()}-wal`, log);
      rmSync(`${path()}-shm`, { force: true });
      makeReadable();
      assertCopied(MODELS + 1);
    });

    it('is copied where only the file cannot be written', () => {
      fill();
      chmodSync(path(), 0o444);
      chmodSync(folder(), 0o777);
      assertCopied(MODELS);
    });

    it('is begun elsewhere where there was none', () => {
      chmodSync(folder(), 0o555);
      assertCopied(0);
    });

    it('is begun elsewhere where the damaged one cannot be set aside', () => {
      fill();
      writeFileSync(path(), 'garbage'.repeat(1_000));
      chmodSync(folder(), 0o555);
      const result = unprivileged(() => open());
      assert.equal(schemaVersion(result.database), SCHEMA_VERSION);
      assert.ok(result.problem !== undefined);
    });
  });

  it('is begun elsewhere where a file lies in the place of the folder', () => {
    const place = join(folder(), 'file');
    writeFileSync(place, '');
    const result = open(place);
    assert.match(result.problem!.message, /cannot be saved/);
    assert.equal(schemaVersion(result.database), SCHEMA_VERSION);
  });

  it('is begun elsewhere where a folder lies in the place of the file', () => {
    mkdirSync(path());
    assert.match(open().problem!.message, /cannot be saved/);
  });

  describe('in a transaction', () => {
    it('keeps nothing of what failed half-way', () => {
      const { database } = open();
      const failing = (): void => {
        database.exec("INSERT INTO source (key) VALUES ('a')");
        throw new RangeError('half-way');
      };
      assert.throws(() => inTransaction(database, failing), RangeError);
      assert.equal(database.isTransaction, false);
      assert.equal(database.prepare('SELECT count(*) AS n FROM source').get()!['n'], 0);
    });

    it('tells that another window is writing', () => {
      const { database } = open();
      database.exec('PRAGMA busy_timeout = 1');
      const other = new DatabaseSync(path());
      other.exec('BEGIN IMMEDIATE');
      assert.throws(
        () => inTransaction(database, () => undefined),
        (error) => assertSyncError(error, 'conflict', /Another window/),
      );
      other.close();
    });

    it('tells that the catalogue was damaged while it was in use', () => {
      fill();
      const { database } = open();
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      const bytes = readFileSync(path());
      bytes.fill(0xa5, 4096);
      writeFileSync(path(), bytes);
      const reading = new DatabaseSync(path());
      assert.throws(
        () => new CatalogueWriter(reading).state(SOURCE),
        (error) => assertSyncError(error, 'storage', /damaged.*Reload the window/),
      );
      reading.close();
    });
  });

  it('knows damage from other trouble', () => {
    assert.equal(isCorruption(Object.assign(new Error('x'), { errcode: 11 })), true);
    assert.equal(isCorruption(Object.assign(new Error('x'), { errcode: 26 })), true);
    assert.equal(isCorruption(Object.assign(new Error('x'), { errcode: 11 | (1 << 8) })), true);
    assert.equal(isCorruption(Object.assign(new Error('x'), { errcode: 14 })), false);
    assert.equal(isCorruption(new Error('x')), false);
  });
});
