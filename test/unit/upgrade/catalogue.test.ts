import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { DATABASE_FILE, openDatabase, openForReading } from '../../../src/sync/cache/database.ts';
import { SCHEMA_VERSION, schemaVersion } from '../../../src/sync/cache/migrations.ts';
import { modelsOf } from '../../support/modelsOf.ts';
import { assertFailure } from '../support/assertSyncError.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useEngine } from '../support/useEngine.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useSharedHub } from '../support/useHub.ts';
import { LATEST, VERSIONS, contentsOf, layStorage, makeNewer } from './earlierVersions.ts';

const SOURCES = ['hf:janhq', 'jan:v2'];

describe('The catalogue that an earlier version wrote', () => {
  const folder = useTemporaryFolder();
  // What the catalogues were synced from, as it still is.
  const rig = useEngine(useSharedHub({ models: 24, seed: 3 }));
  const path = (): string => join(folder(), DATABASE_FILE);

  it('is there of each version before this one', () => {
    const earlier = Array.from({ length: SCHEMA_VERSION - 1 }, (_, index) => index + 1);
    // No commit has ever written the third.
    const missing = earlier.filter((version) => version !== 3 && !VERSIONS.includes(version));
    assert.deepEqual(missing, []);
  });

  for (const version of VERSIONS) {
    it(`(${version}) opens with everything in it`, () => {
      layStorage(version, folder());
      const logger = collectingLogger();
      const { database, writable, problem } = openDatabase(folder(), NOON, logger);
      try {
        assert.equal(problem, undefined);
        assert.ok(writable);
        assert.equal(schemaVersion(database), SCHEMA_VERSION);
        assert.deepEqual(logger.lines, []);
        const check = database.prepare('PRAGMA integrity_check').get();
        assert.equal(check?.['integrity_check'], 'ok');
      } finally {
        database.close();
      }
      const reader = new CatalogueReader(openForReading(path()));
      try {
        const listed = SOURCES.flatMap((source) =>
          modelsOf(reader, source).map(({ id }) => `${source} ${id}`),
        );
        assert.deepEqual(listed.sort(), modelsIn(contentsOf(version)));
        for (const { lastSuccess, failure } of reader.sources(SOURCES)) {
          assert.ok(lastSuccess !== undefined && failure === undefined);
        }
      } finally {
        reader.close();
      }
    });

    it(`(${version}) goes on where it was: nothing is new, and no content is another`, async () => {
      layStorage(version, folder());
      const { sync, dump } = rig({ storage: folder() });
      for (const source of SOURCES) {
        const { added, removed, error } = await sync(source);
        assert.deepEqual({ added, removed, error }, { added: 0, removed: 0, error: undefined });
      }
      assert.ok(dump() === contentsOf(version), 'the contents are others');
    });
  }
});

describe('The catalogue that a later version wrote', () => {
  const folder = useTemporaryFolder();
  const rig = useEngine(useSharedHub({ models: 24, seed: 3 }));

  it('is read and not written, and why is said', async () => {
    layStorage(LATEST, folder());
    openDatabase(folder(), NOON, collectingLogger()).database.close();
    const path = join(folder(), DATABASE_FILE);
    makeNewer(path);
    const before = sha256(path);
    const { sync, dump, engine } = rig({ storage: folder() });
    assert.match(
      engine.storage.problem?.message ?? '',
      /newer version of Model Hub.*update Model Hub/,
    );
    assertFailure((await sync('hf:janhq')).error, 'storage');
    assert.ok(dump() === contentsOf(LATEST), 'the contents are others');
    assert.equal(sha256(path), before);
  });
});

/** `source id` of each line of a dump. */
function modelsIn(dump: string): string[] {
  return dump
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { source: string; id: string })
    .map(({ source, id }) => `${source} ${id}`)
    .sort();
}

const sha256 = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');
