import assert from 'node:assert/strict';
import { SeenEpochs } from '../../../src/views/seenEpochs.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const SOURCE = 'hf:janhq';
const change = { source: SOURCE, added: [], updated: ['janhq/one'], removed: [] };
const status = (epoch: number) => ({ key: SOURCE, models: 1, epoch });

describe('What the views have been told of a source', () => {
  let seen: SeenEpochs;
  beforeEach(() => {
    seen = new SeenEpochs();
    seen.note([status(5)]);
  });

  it('grows with what another window commits', () => {
    assert.equal(seen.note([status(5)]), false);
    assert.equal(seen.note([status(6)]), true);
    assert.equal(seen.note([status(6)]), false);
  });

  it('grows with each change of this window', () => {
    assert.equal(seen.follow({ ...change, since: 5, epoch: 6 }), true);
    assert.equal(seen.follow({ ...change, since: 6, epoch: 6 }), true);
    assert.equal(seen.note([status(6)]), false);
  });

  it('is enough where the catalogue was looked at before a change was announced', () => {
    seen.note([status(6)]);
    assert.equal(seen.follow({ ...change, since: 5, epoch: 6 }), true);
  });

  it('is too little where another window changed more', () => {
    assert.equal(seen.follow({ ...change, since: 6, epoch: 6 }), false);
    assert.equal(seen.follow({ ...change, since: 7, epoch: 8 }), false);
    assert.equal(seen.note([status(8)]), false);
  });
});

describe('The views of two windows', () => {
  const hub = useHub({ models: 90 });
  const rig = useEngine(hub);

  it('miss no rows of the other where this one learns sizes right after it', async () => {
    const clock = new FakeClock();
    const settings = { sources: [SOURCE] };
    const [one, two] = [rig({ clock, settings }), rig({ clock, settings })];
    const seen = new SeenEpochs();
    await two.sync(SOURCE);
    for (const told of two.applied) seen.follow(told);
    await two.engine.fill({ first: [] });
    const sizes = two.applied.slice(1);
    assert.ok(sizes.length > 1);
    for (const told of sizes) assert.equal(seen.follow(told), true);

    const before = hub().truth(SOURCE);
    while (hub().truth(SOURCE) === before) assert.ok(hub().advance(), 'nothing ever changes');
    assert.ok((await one.sync(SOURCE)).updated > 0);
    await two.engine.fill({ first: [] });
    const [first] = two.applied.slice(1 + sizes.length);
    assert.equal(seen.follow(first!), false);
    assert.equal(seen.note(two.reader.sources([SOURCE])), false);
  });
});
