import assert from 'node:assert/strict';
import { Favourites } from '../../../src/views/favourites.ts';
import { LiveModels } from '../../../src/views/search/liveModels.ts';
import { SearchHistory } from '../../../src/views/search/searchHistory.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { sharedOf } from '../support/sharedOf.ts';
import { FakeMemory, model } from './searchSamples.ts';

describe('Favourites', () => {
  it('are kept, the newest first, until they are taken back, and each change is told', async () => {
    const memory = new FakeMemory();
    const favourites = new Favourites(sharedOf(memory));
    let told = 0;
    const listener = favourites.onDidChange(() => told++);
    await favourites.toggle('a/b');
    await favourites.toggle('c/d');
    assert.deepEqual(new Favourites(sharedOf(memory)).ids, ['c/d', 'a/b']);
    await favourites.toggle('a/b');
    assert.deepEqual([favourites.has('a/b'), favourites.has('c/d'), told], [false, true, 3]);
    listener.dispose();
    await favourites.toggle('a/b');
    assert.equal(told, 3);
  });

  it('are set as they were meant, however often that is asked for', async () => {
    const favourites = new Favourites(sharedOf(new FakeMemory()));
    let told = 0;
    favourites.onDidChange(() => told++);
    await favourites.set('a/b', true);
    await favourites.set('a/b', true);
    assert.deepEqual([favourites.ids, told], [['a/b'], 1]);
    await favourites.set('a/b', false);
    await favourites.set('a/b', false);
    assert.deepEqual([favourites.ids, told], [[], 2]);
  });

  it('that another window has marked are told of once, and kept when this one marks too', async () => {
    const memory = new FakeMemory();
    const shared = sharedOf(memory);
    const favourites = new Favourites(shared);
    let told = 0;
    favourites.onDidChange(() => told++);
    await shared.remerge();
    assert.equal(told, 0);
    await new Favourites(sharedOf(memory)).set('a/b', true);
    await shared.remerge();
    await shared.remerge();
    assert.equal(told, 1);
    await favourites.set('c/d', true);
    assert.deepEqual([favourites.ids, told], [['c/d', 'a/b'], 2]);
  });

  it('are none where what was kept is something else', () => {
    const memory = new FakeMemory();
    for (const kept of [undefined, 7, {}, [1, null], { format: 1 }]) {
      memory.values.set('modelHub.sharedHere', kept);
      assert.deepEqual(new Favourites(sharedOf(memory)).ids, []);
    }
  });
});

describe('The history of searches', () => {
  it('has each query once, the last first, and no more than 20', async () => {
    const history = new SearchHistory(new FakeMemory(), collectingLogger());
    await history.add('  ');
    for (let n = 1; n <= 25; n++) await history.add(`q${n}`);
    await history.add(' q10 ');
    assert.equal(history.queries.length, 20);
    assert.deepEqual(history.queries.slice(0, 2), ['q10', 'q25']);
    await history.remove('q25');
    assert.deepEqual(history.queries.slice(0, 2), ['q10', 'q24']);
  });

  it('is as it was where the editor keeps nothing, which is logged', async () => {
    const [memory, logger] = [new FakeMemory(), collectingLogger()];
    memory.update = () => Promise.reject(new Error('The disk is full.'));
    const history = new SearchHistory(memory, logger);
    await history.add('qwen');
    await history.remove('qwen');
    assert.deepEqual(history.queries, []);
    const line = 'warn: What was looked for could not be kept: The disk is full.';
    assert.deepEqual(logger.lines, [line, line]);
  });
});

describe('Models that were looked up', () => {
  it('are forgotten only when many others were looked at since', () => {
    const live = new LiveModels();
    for (let n = 0; n < 200; n++) live.add(model(`a/m${n}`));
    live.add(model('a/m0', { likes: 1 }));
    live.add(model('a/more'));
    assert.equal(live.get('a/m0')?.likes, 1);
    assert.equal(live.get('a/m1'), undefined);
    assert.ok(live.get('a/m2'));
  });
});
