import assert from 'node:assert/strict';
import { fixture } from '../../../scripts/upgrade/fixture.ts';
import type { Memory } from '../../../src/device/shared/sharedState.ts';
import type { WindowSignals } from '../../../src/sync/strategy/windowSignals.ts';
import { Favourites } from '../../../src/views/favourites.ts';
import { KeptModels } from '../../../src/views/keptModels.ts';
import { MarkedIds } from '../../../src/views/markedIds.ts';
import { News } from '../../../src/views/news.ts';
import { SearchHistory } from '../../../src/views/search/searchHistory.ts';
import { Arrangement } from '../../../src/views/tree/arrangement.ts';
import { STATE_VERSION, openUserState } from '../../../src/views/userState.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { sharedOf } from '../support/sharedOf.ts';
import { VERSIONS, stateOf, wrote } from './earlierVersions.ts';

const VERSION_KEY = 'modelHub.stateVersion';
const OFFERED = 'modelHub.offered';
const wording = { t: (message: string) => message };
const signals: WindowSignals = {
  focused: true,
  active: true,
  onDidChange: () => ({ dispose: () => undefined }),
};

function memoryOf(state: Record<string, unknown>): Memory {
  return {
    get: (key) => state[key],
    update: (key, value) => {
      state[key] = value;
      return Promise.resolve();
    },
  };
}

/** As windows of this version take them over. */
async function favouritesOf(memory: Memory): Promise<Favourites> {
  const shared = sharedOf(memory, { earlier: { favourites: 'modelHub.favourites' } });
  await shared.remerge();
  return new Favourites(shared);
}

describe("The user's marks and choices", () => {
  const logger = collectingLogger();
  beforeEach(() => {
    logger.lines.length = 0;
  });

  for (const version of VERSIONS.filter((one) => wrote(one, 'state.json'))) {
    it(`of the version with catalogue ${version} are all there`, async () => {
      const state = stateOf(version);
      const { memory, problem } = openUserState(memoryOf(state), logger, wording);
      assert.equal(problem, undefined);
      const favourites = await favouritesOf(memory);
      const news = new News({ memory, clock: new FakeClock(), signals, logger });
      const kept = new KeptModels(memory, new Favourites(sharedOf(memoryOf({}))), logger);
      const installed = fixture.installed.entries.map(({ from }) => from.model);
      const read: Readonly<Record<string, unknown>> = {
        'modelHub.favourites': favourites.ids,
        'modelHub.seenUpTo': news.seenUpTo,
        'modelHub.catalogueArrangement': new Arrangement(memory).value,
        'modelHub.searches': new SearchHistory(memory, logger).queries,
        'modelHub.installedModels': kept.ids.length,
        [OFFERED]: new MarkedIds(OFFERED, memory).ids,
      };
      news.dispose();
      const written: Readonly<Record<string, unknown>> = {
        'modelHub.favourites': fixture.favourites,
        'modelHub.seenUpTo': fixture.now,
        'modelHub.catalogueArrangement': fixture.arrangement,
        'modelHub.searches': fixture.searches,
        'modelHub.installedModels': installed.length,
        [OFFERED]: fixture.offered,
      };
      for (const key of Object.keys(stateOf(version))) assert.deepEqual(read[key], written[key]);
      assert.equal(state[VERSION_KEY], STATE_VERSION);
    });
  }

  it('of this version are read and written', async () => {
    const state: Record<string, unknown> = { [VERSION_KEY]: STATE_VERSION };
    const { memory } = openUserState(memoryOf(state), logger, wording);
    await new MarkedIds(OFFERED, memory).set('a/b', true);
    assert.deepEqual(state, { [VERSION_KEY]: STATE_VERSION, [OFFERED]: ['a/b'] });
    assert.deepEqual(logger.lines, []);
  });

  for (const version of [STATE_VERSION + 1, 'of another kind']) {
    it(`of a later version (${version}) are read and not written, and why is said`, async () => {
      const before = { [VERSION_KEY]: version, [OFFERED]: ['a/b'] };
      const state: Record<string, unknown> = { ...before };
      const { memory, problem } = openUserState(memoryOf(state), logger, wording);
      const offered = new MarkedIds(OFFERED, memory);
      assert.deepEqual(offered.ids, ['a/b']);
      await offered.set('c/d', true);
      assert.deepEqual(offered.ids, ['c/d', 'a/b'], 'this window goes by it');
      assert.deepEqual(state, before);
      assert.match(problem?.message ?? '', /newer version of Model Hub.*update Model Hub/);
      assert.equal(logger.at('warn').length, 1);
    });
  }

  it('that machines share are not written either where a later version was here', async () => {
    const before = { [VERSION_KEY]: STATE_VERSION + 1, 'modelHub.favourites': ['a/b'] };
    const state: Record<string, unknown> = { ...before };
    const favourites = await favouritesOf(openUserState(memoryOf(state), logger, wording).memory);
    assert.deepEqual(favourites.ids, ['a/b']);
    await favourites.toggle('c/d');
    assert.deepEqual(favourites.ids, ['c/d', 'a/b'], 'this window goes by it');
    assert.deepEqual(state, before);
  });

  it('that machines share are removed for this window only where a later version was here', async () => {
    const state: Record<string, unknown> = {};
    await (await favouritesOf(memoryOf(state))).toggle('a/b');
    state[VERSION_KEY] = STATE_VERSION + 1;
    const before = structuredClone(state);
    const { memory } = openUserState(memoryOf(state), logger, wording);
    const favourites = await favouritesOf(memory);
    await favourites.toggle('a/b');
    assert.deepEqual(favourites.ids, []);
    assert.deepEqual((await favouritesOf(memory)).ids, [], 'so is who reads it anew');
    assert.deepEqual(state, before);
  });

  it('are opened also where nothing can be written', async () => {
    const broken: Memory = {
      get: () => undefined,
      update: () => Promise.reject(new Error('the disk is full')),
    };
    openUserState(broken, logger, wording);
    await new Promise(setImmediate);
    assert.match(logger.at('warn').join('\n'), /could not be noted.*the disk is full/);
  });
});
