import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../../../scripts/upgrade/fixture.ts';
import { CHUNKS_FILE, ChunkStore } from '../../../src/download/differential/chunkStore.ts';
import { DOWNLOADS_FILE, openDownloads } from '../../../src/download/downloadDatabase.ts';
import { DownloadStore } from '../../../src/download/downloadStore.ts';
import { IDENTITIES_FILE, IdentityStore } from '../../../src/runtime/identityStore.ts';
import { Coordination } from '../../../src/sync/cache/coordination.ts';
import {
  COORDINATION_FILE,
  DATABASE_FILE,
  openDatabase,
} from '../../../src/sync/cache/database.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { LATEST, VERSIONS, layStorage, makeNewer, wrote } from './earlierVersions.ts';

const versionsWith = (name: string): number[] =>
  VERSIONS.filter((version) => wrote(version, `${name}.gz`));

const sha256 = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

describe('What an earlier version kept beside the catalogue', () => {
  const folder = useTemporaryFolder();
  const logger = collectingLogger();
  const path = (name: string): string => join(folder(), name);
  const options = () => ({ storage: folder(), now: NOON, logger });
  beforeEach(() => {
    logger.lines.length = 0;
  });

  function openCoordination(): { coordination: Coordination; close: () => void } {
    const { database } = openDatabase(folder(), NOON, logger);
    const coordination = new Coordination({
      ...{ database, cataloguePath: path(DATABASE_FILE), owner: 'me', logger },
      isDead: () => false,
    });
    return { coordination, close: () => database.close() };
  }

  for (const version of versionsWith(IDENTITIES_FILE)) {
    it(`(${version}): files that were hashed are not hashed again`, () => {
      layStorage(version, folder());
      const store = new IdentityStore(options());
      const [{ path: file, size, modified, sha256: digest }] = fixture.identities;
      const { unfound } = fixture;
      assert.equal(store.sha256Of(file, size, modified), digest);
      assert.deepEqual(store.originsOf(digest), fixture.origins);
      // Only the second format of this file knows what was looked for in vain.
      const isKnown = version >= 9;
      assert.equal(store.isUnfound(unfound.sha256, unfound.model, unfound.head), isKnown);
      store.noteUnfound(unfound.sha256, unfound.model, unfound.head);
      assert.ok(store.isUnfound(unfound.sha256, unfound.model, unfound.head));
      store.close();
      assert.deepEqual(logger.lines, []);
    });
  }

  for (const version of versionsWith(DOWNLOADS_FILE)) {
    it(`(${version}): a download that waits can go on`, () => {
      layStorage(version, folder());
      const store = new DownloadStore(openDownloads(folder(), NOON, logger));
      const [download, ...others] = store.list();
      const { id, plan, target, placement, createdAt, state, wanted } = download ?? {};
      assert.deepEqual({ id, plan, target, placement, createdAt }, fixture.download);
      assert.deepEqual([state, wanted, others], ['waiting', 'run', []]);
      assert.ok(store.claim(fixture.download.id, 'me', 1, NOON));
      store.close();
      assert.deepEqual(logger.lines, []);
    });
  }

  for (const version of versionsWith(CHUNKS_FILE)) {
    it(`(${version}): the chunks of files are known`, () => {
      layStorage(version, folder());
      const store = new ChunkStore(options());
      assert.deepEqual(store.find(fixture.unfound.sha256), fixture.chunks);
      store.close();
      assert.deepEqual(logger.lines, []);
    });
  }

  for (const version of versionsWith(COORDINATION_FILE)) {
    it(`(${version}): it is known when sources were asked`, () => {
      layStorage(version, folder());
      const { coordination, close } = openCoordination();
      assert.ok(coordination.shared);
      assert.ok((coordination.lastAttempt('hf:janhq') ?? 0) > 0);
      coordination.addSourceTraffic({
        ...{ day: '2026-03-16', source: 'hf:janhq', runs: 1, failures: 0, received: 5, whole: 9 },
      });
      close();
      assert.deepEqual(logger.lines, []);
    });
  }

  describe('by a later version', () => {
    const uses: Readonly<Record<string, () => void>> = {
      [IDENTITIES_FILE]: () => {
        const store = new IdentityStore(options());
        store.remember('/x', 1, 1, 'aa');
        assert.equal(store.sha256Of('/x', 1, 1), 'aa', 'it is remembered in this window');
        store.close();
      },
      [DOWNLOADS_FILE]: () => {
        const store = new DownloadStore(openDownloads(folder(), NOON, logger));
        assert.ok(store.add(fixture.download));
        store.close();
      },
      [CHUNKS_FILE]: () => {
        const store = new ChunkStore(options());
        store.remember('aa', fixture.chunks);
        assert.deepEqual(store.find('aa'), fixture.chunks);
        store.close();
      },
      [COORDINATION_FILE]: () => {
        const { coordination, close } = openCoordination();
        assert.ok(!coordination.shared);
        assert.ok(coordination.take('hf:janhq', NOON, true));
        close();
      },
    };

    for (const [name, use] of Object.entries(uses)) {
      it(`${name} stays as it is, and the log says why`, () => {
        layStorage(LATEST, folder());
        makeNewer(path(name));
        const before = sha256(path(name));
        use();
        assert.equal(sha256(path(name)), before);
        assert.match(logger.at('warn').join('\n'), /newer version of Model Hub/);
      });
    }
  });
});
