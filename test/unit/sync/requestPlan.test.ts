import assert from 'node:assert/strict';
import type { FaultSet } from '../../hub/faults.ts';
import type { SourceReport } from '../../../src/sync/report.ts';
import type { Rig } from '../support/useEngine.ts';
import { useEngine } from '../support/useEngine.ts';
import { parseDump, useHub } from '../support/useHub.ts';

/** Has more models here than a probe's first page holds. */
const AUTHOR = 'bartowski';
const SOURCE = `hf:${AUTHOR}`;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What the sync of an author asks, and that the catalogue is right in the end. */
describe('The request plan of an author', () => {
  const hub = useHub({ models: 400, seed: 3 });
  const engine = useEngine(hub);
  let rig: Rig;
  beforeEach(async () => {
    rig = engine();
    assert.equal((await rig.sync(SOURCE)).error, undefined);
    hub().resetStats();
  });

  const truth = (): string => hub().truth(SOURCE);
  const newestFirst = (): string[] =>
    parseDump(truth())
      .sort((a, b) => times(b) - times(a))
      .map(({ id }) => id);
  const lists = (): number => hub().stats().routes['models']?.requests ?? 0;
  const lookUps = (): number => hub().stats().routes['model']?.requests ?? 0;

  /** The next background question, a probe. */
  async function probe(): Promise<SourceReport> {
    return await ask(15 * MINUTE);
  }
  /** The next daily question. */
  async function daily(): Promise<SourceReport> {
    return await ask(DAY);
  }
  async function ask(after: number): Promise<SourceReport> {
    rig.clock.advance(after);
    hub().resetStats();
    const report = await rig.sync(SOURCE, { reason: 'idle' });
    assert.deepEqual([report.error, report.skipped], [undefined, undefined]);
    return report;
  }
  const change = (repositories: FaultSet['repositories']): void =>
    hub().setFaults({ repositories: repositories ?? {} });
  function publish(): void {
    const before = truth();
    while (truth() === before) assert.ok(hub().advance(), 'nothing ever changes');
  }

  it('begins with one request', async () => {
    const other = engine({ storage: `${rig.engine.storage.path}-other` });
    await other.sync(SOURCE);
    assert.equal(hub().stats().total.requests, 1);
    assert.equal(other.dump(), truth());
  });

  for (const etags of [true, false, 'none'] as const) {
    describe(`with ETags ${etags === true ? 'on' : etags || 'not honoured'}`, () => {
      beforeEach(() => hub().setFaults({ etags }));

      it('asks one question while nothing changes', async () => {
        await probe();
        await probe();
        assert.deepEqual([lists(), lookUps()], [1, 0]);
        const { bytesOut } = hub().stats().total;
        assert.ok(bytesOut < (etags === true ? 700 : 2_048), `${bytesOut} bytes`);
        await daily();
        assert.deepEqual([lists(), lookUps()], [1, 0]);
      });

      it('walks to a page without news, and asks for all that changed at once', async () => {
        await probe();
        // Several change at one time.
        while (new Set(parseDump(truth()).map(times)).size === newestFirst().length) publish();
        const gone = parseDump(rig.dump()).filter(({ id }) => !newestFirst().includes(id));
        await probe();
        assert.equal(lists(), 3);
        assert.ok(
          lookUps() <= gone.length,
          `${lookUps()} look-ups for ${gone.length} that are gone`,
        );
        await daily();
        assert.equal(rig.dump(), truth());
      });

      it('is right after every version and every question', async () => {
        for (let version = 0; version < 5; version++) {
          publish();
          await probe();
          await (version % 2 === 0 ? daily() : rig.sync(SOURCE));
          assert.equal(rig.dump(), truth(), `version ${version}`);
        }
      });
    });
  }

  it('finds what turned public below the newest with the next daily question', async () => {
    const hidden = newestFirst().at(-1)!;
    change({ [hidden]: { private: true } });
    await daily();
    assert.equal(rig.dump(), truth());
    change({});
    await probe();
    assert.notEqual(rig.dump(), truth());
    await daily();
    assert.deepEqual([lists(), lookUps()], [1, 0]);
    assert.equal(rig.dump(), truth());
  });

  for (const [what, fault] of [
    ['deleted', { deleted: true }],
    ['turned private', { private: true }],
    ['moved to another author', { renamedTo: 'somebody-else/model' }],
    ['renamed', { renamedTo: `${AUTHOR}/another-name` }],
  ] as const) {
    it(`sees at once that a new one was ${what}, with one look-up, and that it is back`, async () => {
      const [first] = newestFirst();
      change({ [first!]: fault });
      await probe();
      // The old name redirects to the new one.
      assert.equal(lookUps(), 'renamedTo' in fault ? 2 : 1);
      assert.equal(rig.dump(), truth());
      change({});
      await probe();
      await daily();
      assert.equal(rig.dump(), truth());
    });

    it(`sees with the next daily question that an old one was ${what}`, async () => {
      change({ [newestFirst().at(-1)!]: fault });
      await probe();
      assert.equal(lookUps(), 0);
      await daily();
      assert.equal(rig.dump(), truth());
    });
  }

  it('follows a force-push to an earlier commit', async () => {
    const earlier = new Map(parseDump(truth()).map(({ id, content }) => [id, content]));
    const isChanged = ({ id, content }: { id: string; content: Record<string, unknown> }) =>
      earlier.has(id) && earlier.get(id)!['sha'] !== content['sha'];
    while (!parseDump(truth()).some(isChanged)) publish();
    await probe();
    await daily();
    const { id } = parseDump(truth()).find(isChanged)!;
    change({ [id]: { forcedTo: String(earlier.get(id)!['sha']) } });
    await probe();
    assert.equal(lookUps(), 1, 'the look-up brings the record along');
    assert.equal(rig.dump(), truth());
  });

  it('takes out at once what is gone by the time its record is asked for', async () => {
    const oldest = newestFirst().at(-1)!;
    change({ [oldest]: { gated: 'auto' } });
    // It is listed still, and its page is not.
    hub().setFaults({
      repositories: { [oldest]: { gated: 'auto' } },
      rules: [{ match: 'model', status: 404 }],
    });
    const report = await rig.sync(SOURCE);
    assert.deepEqual([report.updated, report.removed, report.error], [0, 1, undefined]);
    hub().setFaults({});
    await rig.sync(SOURCE);
    assert.equal(rig.dump(), truth());
  });

  it('hides everything, and removes nothing for good, where the list is empty', async () => {
    change(Object.fromEntries(newestFirst().map((id) => [id, { private: true }])));
    await probe();
    assert.equal(rig.dump(), '');
    assert.equal(rig.reader.sources([SOURCE])[0]?.failure, undefined);
    change({});
    await rig.sync(SOURCE);
    assert.equal(rig.dump(), truth());
  });
});

function times({ content }: { content: Record<string, unknown> }): number {
  return Date.parse(String(content['lastModified']));
}
