import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS, breaches } from '../../budget/limits.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

/** It has more than a hundred: of a few models, headers would be most of each answer. */
const AUTHOR = 'bartowski';
const SOURCE = `hf:${AUTHOR}`;

describe('The performance budget of syncing', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 1_200 });
  const rig = useEngine(hub);
  const folder = useTemporaryFolder();

  const bytes = (): number => hub().stats().total.bytesOut;

  async function cost(work: () => Promise<unknown>): Promise<number> {
    const before = bytes();
    await work();
    return bytes() - before;
  }

  /** What the author's whole list weighs, asked for as simply as can be. */
  function wholeList(): Promise<number> {
    return cost(async () => {
      const query = `author=${AUTHOR}&full=true&limit=1000`;
      const answer = await fetch(`${hub().url}/api/models?${query}`);
      await answer.arrayBuffer();
    });
  }

  it('holds for the first sync, one that finds nothing, and one that finds a change', async () => {
    const { sync } = rig();
    const whole = await wholeList();
    const first = await cost(() => sync(SOURCE));
    const quiet = await cost(() => sync(SOURCE, { reason: 'visible' }));
    const before = hub().truth(SOURCE);
    while (hub().truth(SOURCE) === before) assert.ok(hub().advance(), 'nothing ever changes');
    const change = await cost(async () => {
      const { added, updated, removed } = await sync(SOURCE, { reason: 'visible' });
      assert.ok(added + updated + removed > 0);
    });
    const measured = {
      ...{ firstSync: first / whole, quietSync: quiet / whole, smallChange: change / whole },
    };
    assert.deepEqual(breaches(measured, LIMITS), []);
  });

  it('is broken by a client that remembers nothing', async () => {
    const whole = await wholeList();
    await rig().sync(SOURCE);
    const storage = join(folder(), 'another');
    mkdirSync(storage);
    const again = await cost(() => rig({ storage }).sync(SOURCE));
    assert.equal(breaches({ quietSync: again / whole }, LIMITS).length, 1);
  });
});
