import assert from 'node:assert/strict';
import { MAIN } from '../../../src/sync/detailsPart.ts';
import type { Cost } from '../../../src/sync/detailsPart.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { until } from '../support/until.ts';
import type { DetailsRig } from '../support/detailsRig.ts';
import { ID, offline, readmeOf, SHA, treeOf, useDetailsRig } from '../support/detailsRig.ts';

const HOUR = 60 * 60_000;
const slowDown = new SyncError('rateLimited', 'Half is used up. It is tried again later.');

describe('Details', () => {
  const current = useDetailsRig();
  let rig: DetailsRig;

  beforeEach(() => {
    rig = current();
  });

  describe('of a commit', () => {
    it('are fetched once ever', async () => {
      const first = rig.service();
      assert.equal(await readmeOf(first), 'number 1');
      assert.equal(await readmeOf(first), 'number 1');
      rig.clock.advance(1_000 * HOUR);
      assert.equal(await readmeOf(first), 'number 1');
      assert.equal(await readmeOf(rig.service()), 'number 1');
      assert.deepEqual(rig.fetched, [`readme ${ID}@${SHA}`, `files ${ID}@${SHA}`]);
    });

    it('are others than those of another commit', async () => {
      const details = rig.service();
      await readmeOf(details);
      assert.equal(await readmeOf(details, 'b'.repeat(40)), 'number 2');
    });

    it('need no network once they are there', async () => {
      await readmeOf(rig.service());
      rig.readme = () => Promise.reject(offline);
      rig.files = () => Promise.reject(offline);
      assert.equal((await rig.service().details(ID, SHA)).failure, undefined);
    });

    it('share their parts with those who need only one', async () => {
      const details = rig.service();
      await details.files(ID, SHA);
      assert.deepEqual(rig.fetched, [`files ${ID}@${SHA}`]);
      await details.details(ID, SHA);
      await details.files(ID, SHA);
      assert.deepEqual(rig.fetched, [`files ${ID}@${SHA}`, `readme ${ID}@${SHA}`]);
    });

    it('are fetched anew where what lies on the disk is damaged', async () => {
      await readmeOf(rig.service());
      rig.catalogue.database.exec("UPDATE details SET encoding = 'zstd', body = x'28b52ffd00'");
      assert.equal(await readmeOf(rig.service()), 'number 2');
      assert.equal(await readmeOf(rig.service()), 'number 2');
    });
  });

  describe('of main', () => {
    for (const [name, another] of [
      ['from memory', false],
      ['from the disk', true],
    ] as const) {
      it(`are fresh for an hour, and then served while newer ones come, ${name}`, async () => {
        const first = rig.service();
        await readmeOf(first, MAIN);
        rig.clock.advance(HOUR - 1);
        const then = another ? rig.service() : first;
        assert.equal(await readmeOf(then, MAIN), 'number 1');
        assert.equal(rig.fetched.length, 2);
        rig.clock.advance(2);
        const stale = await then.details(ID, MAIN);
        assert.equal(stale.details.readme, 'number 1');
        assert.equal(stale.failure, undefined);
        await until(() => rig.changed.length > 0);
        assert.equal(await readmeOf(then, MAIN), 'number 2');
        assert.deepEqual([rig.changed, rig.fetched.length], [[ID], 4]);
      });
    }

    it('count as fresh after the clock was set back no longer than otherwise', async () => {
      const details = rig.service();
      await readmeOf(details, MAIN);
      rig.clock.jump(-5 * HOUR);
      await readmeOf(details, MAIN);
      await until(() => rig.changed.length > 0);
      assert.equal(await readmeOf(details, MAIN), 'number 2');
    });

    it('are asked for with their ETag, and fresh again if they are the same', async () => {
      const etags: unknown[] = [];
      rig.readme = () => Promise.resolve({ text: 'same' });
      rig.files = ({ etag }) => {
        etags.push(etag);
        return Promise.resolve(
          etag === 'W/"1"'
            ? { unchanged: true }
            : { unchanged: false, value: treeOf('m.gguf'), etag: 'W/"1"' },
        );
      };
      await readmeOf(rig.service(), MAIN);
      const details = rig.service();
      for (let look = 0; look < 2; look++) {
        rig.clock.advance(2 * HOUR);
        assert.deepEqual((await details.files(ID, MAIN)).value, treeOf('m.gguf'));
        await until(() => etags.length === look + 2);
        await details.close();
      }
      assert.deepEqual(etags, [undefined, 'W/"1"', 'W/"1"']);
      assert.equal((await rig.service().files(ID, MAIN)).fetchedAt, rig.clock.now());
      assert.deepEqual(rig.changed, [], 'nothing changed');
    });

    it('tell once why nothing newer can be had, and when it can be had again', async () => {
      const details = rig.service();
      await readmeOf(details, MAIN);
      rig.clock.advance(2 * HOUR);
      rig.readme = () => Promise.reject(offline);
      assert.equal((await details.details(ID, MAIN)).failure, undefined);
      await until(() => rig.changed.length === 1);
      for (let look = 0; look < 3; look++) {
        const served = await details.details(ID, MAIN);
        assert.equal(served.details.readme, 'number 1');
        assert.equal(served.failure, offline.message);
        await until(() => rig.asked('readme') === look + 3);
      }
      assert.equal(rig.changed.length, 1, 'the same failure is no news');
      rig.readme = () => Promise.resolve({ text: 'back' });
      await details.details(ID, MAIN);
      await until(() => rig.changed.length === 2);
      const served = await details.details(ID, MAIN);
      assert.deepEqual([served.details.readme, served.failure], ['back', undefined]);
    });

    it('are asked for anew once, however many look meanwhile', async () => {
      const details = rig.service();
      await readmeOf(details, MAIN);
      rig.clock.advance(2 * HOUR);
      await Promise.all(Array.from({ length: 30 }, () => details.details(ID, MAIN)));
      await until(() => rig.changed.length > 0);
      assert.equal(rig.asked('readme'), 2);
      assert.equal(rig.asked('files'), 2);
    });
  });

  it('fail where there are none at all, and are asked for again', async () => {
    const details = rig.service();
    rig.files = () => Promise.reject(offline);
    await rejectsWith(details.details(ID, SHA), 'offline');
    rig.files = () => Promise.resolve({ unchanged: false, value: treeOf() });
    assert.equal(await readmeOf(details), 'number 1');
  });

  it('show the files though the README cannot be had, and say why', async () => {
    const details = rig.service();
    rig.readme = () => Promise.reject(offline);
    const served = await details.details(ID, SHA);
    assert.equal(served.details.files.length, 1);
    assert.deepEqual([served.details.readme, served.failure], [undefined, offline.message]);
    rig.readme = () => Promise.resolve({ text: 'back' });
    assert.deepEqual(await readmeOf(details), 'back');
  });

  describe('that many ask for at once', () => {
    it('are fetched once for each model', async () => {
      const end = Promise.withResolvers<undefined>();
      rig.readme = () => end.promise.then(() => ({ text: 'shared' }));
      const details = rig.service();
      const models = Array.from({ length: 10 }, (_, index) => `janhq/${index}`);
      const views = [...models, ...models, ...models].map((id) => details.details(id, SHA));
      const trees = models.map((id) => details.files(id, SHA, { priority: 'background' }));
      end.resolve(undefined);
      for (const { details: served } of await Promise.all(views)) {
        assert.equal(served.readme, 'shared');
      }
      await Promise.all(trees);
      assert.deepEqual([rig.asked('files'), rig.asked('readme')], [10, 10]);
    });

    it('are given up when the last view has closed, and not before', async () => {
      const begun = Promise.withResolvers<AbortSignal>();
      rig.readme = ({ http: { signal } }) => {
        begun.resolve(signal);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new SyncError('cancelled', '')));
        });
      };
      const details = rig.service();
      const [one, other] = [new AbortController(), new AbortController()];
      const views = [one, other].map(({ signal }) => details.details(ID, SHA, { signal }));
      const signal = await begun.promise;
      one.abort();
      await rejectsWith(views[0]!, 'cancelled');
      assert.equal(signal.aborted, false);
      other.abort();
      await rejectsWith(views[1]!, 'cancelled');
      assert.equal(signal.aborted, true);
    });

    it('do not fail the user because the background saves requests', async () => {
      const kept = Promise.withResolvers<never>();
      const priorities: string[] = [];
      rig.files = ({ http: { priority } }) => {
        priorities.push(priority);
        if (priority === 'background') return kept.promise;
        return Promise.resolve({ unchanged: false, value: treeOf('m.gguf') });
      };
      const details = rig.service();
      const prefetch = details.files(ID, SHA, { priority: 'background' });
      const view = details.files(ID, SHA);
      kept.reject(slowDown);
      assert.deepEqual((await view).value, treeOf('m.gguf'));
      assert.deepEqual((await prefetch).value, treeOf('m.gguf'));
      assert.deepEqual(priorities, ['background', 'foreground']);
    });

    it('are told what a question costs only if it is theirs', async () => {
      const cost: Cost = { requests: 0, bytes: 0 };
      rig.files = ({ http }) => {
        http.requests += 2;
        http.bytesReceived += 50;
        return Promise.resolve({ unchanged: false, value: treeOf() });
      };
      const details = rig.service();
      await Promise.all([details.files(ID, SHA, { cost }), details.files(ID, SHA)]);
      await details.files(ID, SHA, { cost });
      assert.deepEqual(cost, { requests: 2, bytes: 50 });
    });
  });

  it('are shown though they cannot be kept', async () => {
    const details = rig.service();
    rig.catalogue.database.exec('PRAGMA query_only = ON');
    assert.equal(await readmeOf(details), 'number 1');
    assert.equal(await readmeOf(details), 'number 1');
    assert.equal(rig.fetched.length, 2);
  });

  it('are forgotten in memory and on the disk when the cache is cleared', async () => {
    const details = rig.service();
    await readmeOf(details);
    const { bytes } = rig.catalogue.database
      .prepare('SELECT sum(bytes) AS bytes FROM details')
      .get()!;
    assert.equal(details.clear(), bytes);
    assert.equal(await readmeOf(details), 'number 2');
  });

  it('end with a cancellation when the engine closes', async () => {
    rig.readme = ({ http: { signal } }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SyncError('cancelled', '')));
      });
    const details = rig.service();
    const waiting = rejectsWith(details.details(ID, SHA), 'cancelled');
    await until(() => rig.asked('readme') === 1);
    await details.close();
    await waiting;
  });
});
