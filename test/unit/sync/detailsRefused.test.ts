import assert from 'node:assert/strict';
import { MAIN } from '../../../src/sync/detailsPart.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { MOST_PATHS } from '../../../src/sync/gateway/huggingFaceDetails.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { exact } from '../support/rows.ts';
import { until } from '../support/until.ts';
import type { DetailsRig } from '../support/detailsRig.ts';
import { ID, offline, readmeOf, SHA, treeOf, useDetailsRig } from '../support/detailsRig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('Details', () => {
  const current = useDetailsRig();
  let rig: DetailsRig;

  beforeEach(() => {
    rig = current();
  });

  describe('that were refused', () => {
    for (const kind of ['notFound', 'unauthorised', 'forbidden'] as const) {
      it(`are not asked for again at each look, but after some minutes: ${kind}`, async () => {
        rig.files = () => Promise.reject(new SyncError(kind, 'Check the name.'));
        const details = rig.service();
        for (let look = 0; look < 3; look++) await rejectsWith(details.files(ID, SHA), kind);
        rig.clock.advance(5 * MINUTE - 1);
        await rejectsWith(details.files(ID, SHA), kind);
        assert.equal(rig.asked('files'), 1);
        rig.clock.advance(1);
        rig.files = () => Promise.resolve({ unchanged: false, value: treeOf() });
        await details.files(ID, SHA);
        assert.equal(rig.asked('files'), 2);
      });
    }

    it('are asked for again with another token', async () => {
      rig.files = () => Promise.reject(new SyncError('forbidden', 'Set a token.'));
      rig.readme = () => Promise.resolve({ refused: true });
      const details = rig.service();
      await rejectsWith(details.details(ID, SHA), 'forbidden');
      rig.clock.advance(1);
      details.forgetRefusals();
      rig.files = () => Promise.resolve({ unchanged: false, value: treeOf() });
      rig.readme = () => Promise.resolve({ text: 'let in' });
      assert.equal(await readmeOf(details), 'let in');
    });

    it('are served as they were known before, with the reason', async () => {
      const details = rig.service();
      await details.files(ID, MAIN);
      rig.clock.advance(2 * HOUR);
      const gone = new SyncError('notFound', 'Gone. Check the name.');
      rig.files = () => Promise.reject(gone);
      await details.files(ID, MAIN);
      await until(() => rig.changed.length > 0);
      for (let look = 0; look < 3; look++) {
        const served = await details.files(ID, MAIN);
        assert.equal(served.failure, gone.message);
        assert.equal(served.value.files.length, 1);
      }
      assert.equal(rig.asked('files'), 2);
    });

    for (const [name, nothing] of [
      ['for want of rights', { refused: true }],
      ['since there is none', {}],
    ] as const) {
      it(`as to the README are asked for again after some minutes: ${name}`, async () => {
        rig.readme = () => Promise.resolve(nothing);
        const details = rig.service();
        for (let look = 0; look < 3; look++) assert.equal(await readmeOf(details), undefined);
        assert.equal(await readmeOf(rig.service()), undefined);
        rig.clock.advance(5 * MINUTE - 1);
        const served = await details.details(ID, SHA);
        assert.equal(served.details.readmeRefused, 'refused' in nothing ? true : undefined);
        assert.equal(rig.asked('readme'), 1);
        rig.clock.advance(1);
        rig.readme = () => Promise.resolve({ text: 'let in' });
        assert.equal(await readmeOf(details), 'let in');
        assert.equal(await readmeOf(details), 'let in');
        assert.equal(rig.asked('readme'), 2);
      });
    }

    it('are served offline too', async () => {
      rig.readme = () => Promise.resolve({ refused: true });
      await readmeOf(rig.service());
      rig.clock.advance(HOUR);
      rig.readme = () => Promise.reject(offline);
      const served = await rig.service().details(ID, SHA);
      assert.equal(served.details.readmeRefused, true);
      assert.equal(served.failure, offline.message);
    });
  });

  describe('of single files', () => {
    /** Lets the window pass in which questions wait for each other. */
    async function together<T>(questions: readonly Promise<T>[]): Promise<T[]> {
      rig.clock.advance(5);
      return await Promise.all(questions);
    }

    it('are one question for all of a revision', async () => {
      const details = rig.service();
      const questions = ['a', 'bb', 'a'].map((path) => details.fileInfo(ID, SHA, path));
      const [a, bb] = await together([...questions, details.fileInfo(ID, MAIN, 'a')]);
      assert.deepEqual([a?.size, bb?.size], [exact(1), exact(2)]);
      assert.deepEqual(rig.fetched, [`paths[a,bb] ${ID}@${SHA}`, `paths[a] ${ID}@${MAIN}`]);
    });

    it('are as many in one question as one may name', async () => {
      const asked: number[] = [];
      rig.paths = (paths) => {
        asked.push(paths.length);
        return Promise.resolve(paths);
      };
      const details = rig.service();
      const paths = Array.from({ length: MOST_PATHS + 1 }, (_, index) => `parts/${index}.bin`);
      const found = await together(paths.map((path) => details.fileInfo(ID, MAIN, path)));
      assert.ok(found.every((one, index) => one?.path === paths[index]));
      assert.deepEqual(asked, [MOST_PATHS, 1]);
    });

    it('are not refused to the user along with the background', async () => {
      const priorities: string[] = [];
      rig.paths = (paths, { http }) => {
        priorities.push(http.priority);
        return http.priority === 'foreground'
          ? Promise.resolve(paths)
          : Promise.reject(new SyncError('rateLimited', 'It is tried again later.'));
      };
      const details = rig.service();
      const idle = details.fileInfo(ID, SHA, 'a', { priority: 'background' });
      const wanted = details.fileInfo(ID, SHA, 'a');
      const refused = rejectsWith(idle, 'rateLimited');
      const [found] = await together([wanted]);
      await refused;
      assert.equal(found?.path, 'a');
      assert.deepEqual(priorities, ['background', 'foreground']);
    });

    it('are remembered, those that do not exist for some minutes', async () => {
      rig.paths = () => Promise.resolve(['a']);
      const details = rig.service();
      const ask = async (): Promise<unknown[]> =>
        (await together(['a', 'b'].map((path) => details.fileInfo(ID, SHA, path)))).map(
          (found) => found?.path,
        );
      for (let look = 0; look < 3; look++) assert.deepEqual(await ask(), ['a', undefined]);
      assert.equal(rig.fetched.length, 1);
      rig.clock.advance(5 * MINUTE);
      await ask();
      assert.deepEqual(rig.fetched[1], `paths[b] ${ID}@${SHA}`);
    });

    it('of main are remembered for an hour', async () => {
      const details = rig.service();
      await together([details.fileInfo(ID, MAIN, 'a')]);
      rig.clock.advance(HOUR - 10);
      await together([details.fileInfo(ID, MAIN, 'a')]);
      assert.equal(rig.fetched.length, 1);
      rig.clock.advance(HOUR);
      await together([details.fileInfo(ID, MAIN, 'a')]);
      assert.equal(rig.fetched.length, 2);
    });

    it('cost nothing where the tree is known', async () => {
      const details = rig.service();
      await details.files(ID, SHA);
      assert.deepEqual((await details.fileInfo(ID, SHA, 'm-Q4_0.gguf'))?.size, exact(11));
      assert.equal(await details.fileInfo(ID, SHA, 'nothing'), undefined);
      assert.equal(rig.fetched.length, 1);
    });

    it('are asked for where the tree is known in part', async () => {
      rig.files = () =>
        Promise.resolve({ unchanged: false, value: { ...treeOf('a'), partial: true } });
      const details = rig.service();
      await details.files(ID, SHA);
      assert.equal((await details.fileInfo(ID, SHA, 'a'))?.path, 'a');
      const [other] = await together([details.fileInfo(ID, SHA, 'b')]);
      assert.equal(other?.path, 'b');
      assert.deepEqual(rig.fetched.slice(1), [`paths[b] ${ID}@${SHA}`]);
    });

    it('are not asked for at each look where the repository is closed', async () => {
      rig.paths = () => Promise.reject(new SyncError('forbidden', 'Set a token.'));
      const details = rig.service();
      for (let look = 0; look < 3; look++) {
        await rejectsWith(together([details.fileInfo(ID, SHA, `${look}`)]), 'forbidden');
      }
      await rejectsWith(details.files(ID, SHA), 'forbidden');
      assert.equal(rig.fetched.length, 1);
    });
  });
});
