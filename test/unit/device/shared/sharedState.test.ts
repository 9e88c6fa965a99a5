import assert from 'node:assert/strict';
import { BUDGET } from '../../../../src/device/shared/budget.ts';
import type { SharedDocument } from '../../../../src/device/shared/document.ts';
import { EMPTY, isIn } from '../../../../src/device/shared/document.ts';
import { put } from '../../../../src/device/shared/edit.ts';
import { TRAVELLING_KEY } from '../../../../src/device/shared/sharedState.ts';
import { canonicalJson } from '../../../../src/sync/canonicalJson.ts';
import { NOON } from '../../support/fakeClock.ts';
import { asNewer, Cloud, JsonMemory, SimulatedMachine } from './settingsSync.ts';

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('What machines share, on one of them', () => {
  it('is not begun by who has nothing to say', async () => {
    const { state, memory } = new SimulatedMachine('a');
    await state.remerge();
    assert.deepEqual(memory.writes, []);
  });

  it('survives that what travels is lost, replaced by something older, or by garbage', async () => {
    const { state, memory, logger } = new SimulatedMachine('a');
    await state.put('favourites', 'a/b');
    const older = memory.get(TRAVELLING_KEY);
    await state.put('favourites', 'c/d');
    for (const value of [undefined, older, 'garbage', { format: 1, sets: 7, collected: {} }, []]) {
      memory.replace(TRAVELLING_KEY, value);
      await state.remerge();
      assert.deepEqual(state.keys('favourites'), ['c/d', 'a/b']);
      assert.ok(isIn(memory.get(TRAVELLING_KEY) as SharedDocument, 'favourites', 'a/b'));
      assert.ok(isIn(memory.get(TRAVELLING_KEY) as SharedDocument, 'favourites', 'c/d'));
    }
    assert.deepEqual(memory.get('modelHub.sharedSetAside'), []);
    assert.equal(logger.at('warn').length, 3);
  });

  it('loses single entries that cannot be read, and keeps the rest', async () => {
    const { state, memory, logger } = new SimulatedMachine('a');
    const good = put(EMPTY, 'pins', 'a/b', { machine: 'b', now: NOON });
    const bad = {
      x: { b: { at: -1 } },
      y: 'no entry',
      z: {},
      ['k'.repeat(301)]: { b: { at: 1 } },
      w: { b: { at: 1e300 } },
    };
    memory.replace(TRAVELLING_KEY, { ...good, sets: { pins: { ...good.sets['pins'], ...bad } } });
    await state.remerge();
    assert.deepEqual(state.keys('pins'), ['a/b']);
    assert.deepEqual(logger.lines, ['warn: 5 shared entries cannot be read.']);
  });

  it('is taken along as it is where a newer version says what this one does not understand', async () => {
    const { state, memory } = new SimulatedMachine('a');
    await state.put('pins', 'a/b');
    memory.replace(TRAVELLING_KEY, asNewer(memory.get(TRAVELLING_KEY)));
    await state.remove('pins', 'a/b');
    memory.replace(TRAVELLING_KEY, undefined);
    await state.put('pins', 'c/d');
    const travels = memory.get(TRAVELLING_KEY) as SharedDocument;
    assert.equal(travels['newerField'], 7);
    assert.deepEqual(travels.sets['moods'], {
      blue: { someone: { at: 5, value: { deep: true } } },
    });
    assert.deepEqual([isIn(travels, 'pins', 'a/b'), isIn(travels, 'pins', 'c/d')], [false, true]);
  });

  it('does not touch a document of another layout, works without it, and says so', async () => {
    const { state, memory } = new SimulatedMachine('a');
    const newer = { format: 2, everything: ['is', 'other'] };
    memory.replace(TRAVELLING_KEY, newer);
    await state.put('favourites', 'a/b');
    assert.deepEqual(memory.get(TRAVELLING_KEY), newer);
    assert.deepEqual([state.keys('favourites'), state.obstacle], [['a/b'], 'newer']);
    assert.equal(new SimulatedMachine('a', { memory }).state.has('favourites', 'a/b'), true);
    memory.replace(TRAVELLING_KEY, undefined);
    await state.remerge();
    assert.ok(isIn(memory.get(TRAVELLING_KEY) as SharedDocument, 'favourites', 'a/b'));
    assert.equal(state.obstacle, undefined);
  });

  it('takes over the favourites of earlier versions, in their order, and only once', async () => {
    const memory = new JsonMemory();
    memory.replace('modelHub.favourites', ['c/d', 'a/b', 7, null]);
    const earlier = { favourites: 'modelHub.favourites' };
    const { state } = new SimulatedMachine('a', { memory, earlier });
    await state.remerge();
    assert.deepEqual(state.keys('favourites'), ['c/d', 'a/b']);
    assert.equal(memory.get('modelHub.favourites'), undefined);
    await state.remove('favourites', 'a/b');
    await state.remerge();
    assert.deepEqual(state.keys('favourites'), ['c/d']);
  });

  it('does not lose what two windows do at once, though one overwrites the other', async () => {
    const memory = new JsonMemory();
    const [one, two] = [
      new SimulatedMachine('a', { memory }),
      new SimulatedMachine('a', { memory }),
    ];
    await Promise.all([one.state.put('pins', 'a/b'), two.state.put('pins', 'c/d')]);
    await one.state.remerge();
    await two.state.remerge();
    assert.deepEqual([...one.state.keys('pins')].sort(), ['a/b', 'c/d']);
    assert.deepEqual(one.state.keys('pins'), two.state.keys('pins'));
  });

  it('does not write what is written already, also if its members are in another order', async () => {
    const { state, memory } = new SimulatedMachine('a');
    await state.put('pins', 'a/b');
    await state.put('favourites', 'a/b');
    const { sets, ...frame } = memory.get(TRAVELLING_KEY) as SharedDocument;
    const turned = { sets: Object.fromEntries(Object.entries(sets).toReversed()), ...frame };
    memory.replace(TRAVELLING_KEY, turned);
    const writes = memory.writes.length;
    await state.remerge();
    assert.equal(memory.writes.length, writes);
    assert.equal(canonicalJson(memory.get(TRAVELLING_KEY)), canonicalJson(turned));
  });

  it('never outgrows its room: the oldest marks stay where they are, and are not lost anywhere', async function () {
    this.timeout(120_000);
    const earlier = { favourites: 'modelHub.favourites' };
    const ids = Array.from({ length: 1_500 }, (_, index) => `someone/a-model-with-a-name-${index}`);
    const memory = new JsonMemory();
    memory.replace('modelHub.favourites', ids);
    const a = new SimulatedMachine('a', { memory, earlier });
    const b = new SimulatedMachine('b', { clockError: 60_000 });
    await b.state.put('favourites', 'only/here');
    const cloud = new Cloud();
    for (let round = 0; round < 4; round++) {
      for (const machine of [a, b]) {
        cloud.sync(machine);
        await machine.state.remerge();
        cloud.sync(machine);
        assert.ok(sizeOf(cloud.value) <= BUDGET);
      }
    }
    assert.equal(a.state.keys('favourites').length, 1_501);
    assert.ok(a.state.leftOut > 100);
    assert.equal(a.state.has('favourites', ids[0] ?? ''), true);
    assert.equal(b.state.has('favourites', ids[0] ?? ''), true);
    assert.equal(b.state.has('favourites', ids.at(-1) ?? ''), false);
    const writes = [a, b].map((one) => one.memory.writes.length);
    for (const machine of [a, b, a]) {
      cloud.sync(machine);
      await machine.state.remerge();
    }
    assert.deepEqual(
      [a, b].map((one) => one.memory.writes.length),
      writes,
    );
  });
});

describe('What is too much to travel', () => {
  it('is not taken for removed by machines that have it, though older removals were collected', async () => {
    const days = 24 * 60 * 60 * 1000;
    let now = NOON;
    const a = new SimulatedMachine('a', { now: () => now, earlier: { searches: 'many' } });
    const b = new SimulatedMachine('b', { now: () => now });
    await a.state.put('pins', 'old/one');
    await a.state.put('pins', 'gone/one');
    await a.state.remove('pins', 'gone/one');
    now += 100 * days;
    const cloud = new Cloud();
    await a.state.remerge();
    cloud.upload(a);
    cloud.download(b);
    await b.state.remerge();
    const many = Array.from({ length: 1_200 }, (_, index) => `${'long'.repeat(20)}/${index}`);
    a.memory.replace('many', many);
    await a.state.remerge();
    assert.ok(a.state.leftOut > 0);
    cloud.upload(a);
    assert.equal(JSON.stringify(cloud.value).includes('old/one'), false);
    cloud.download(b);
    await b.state.remerge();
    cloud.upload(b);
    cloud.download(a);
    await a.state.remerge();
    assert.equal(a.state.has('pins', 'old/one'), true);
    assert.equal(b.state.has('pins', 'old/one'), true);
    assert.equal(b.state.has('pins', 'gone/one'), false);
  });
});
