import assert from 'node:assert/strict';
import type { HistoryEntry, ModelHistory } from '../../../src/sync/modelHistory.ts';
import { HubControl } from '../../support/hubControl.ts';
import type { Rig } from '../support/useEngine.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const SOURCE = 'hf:janhq';
const ID = 'janhq/Jan-v1-4B-GGUF';

describe('The history of a model', () => {
  const hub = useHub({ models: 100 });
  const start = useEngine(hub);
  let rig: Rig;
  let control: HubControl;

  beforeEach(async () => {
    rig = start({ settings: { sources: [SOURCE] } });
    control = new HubControl(hub().url);
    await rig.sync(SOURCE);
  });

  const history = (id = ID): ModelHistory => rig.reader.history(id, [SOURCE]);
  const shaOf = (): string => rig.reader.model(ID, [SOURCE])?.sha ?? '';
  const newest = (): HistoryEntry => {
    const [entry] = history().entries;
    assert.ok(entry);
    return entry;
  };
  async function commit(files: Parameters<HubControl['commit']>[1]): Promise<void> {
    await control.commit(ID, files);
    rig.clock.advance(60_000);
    await rig.sync(SOURCE);
  }

  it('begins with the first time it was listed, and with no changes', () => {
    assert.deepEqual(history(), { entries: [], since: { source: SOURCE, at: rig.clock.now() } });
  });

  it('tells which commit brought which variants, before any tree is read', async () => {
    const before = shaOf();
    await commit([{ path: 'Jan-v1-4B-IQ3_XS.gguf', size: 4_000 }]);
    const { at, source, event, from, to, files, scope } = newest();
    assert.deepEqual([at, source, event], [rig.clock.now(), SOURCE, 'changed']);
    assert.deepEqual([from, to], [before, shaOf()]);
    assert.deepEqual(files, [{ path: 'Jan-v1-4B-IQ3_XS.gguf', what: 'added' }]);
    assert.equal(scope, 'variants');
  });

  it('learns from the trees which bytes changed, the README included', async () => {
    await rig.engine.fill({ first: [ID] });
    await commit([
      { path: 'Jan-v1-4B-Q8_0.gguf', size: 5_000 },
      { path: 'README.md', size: 900 },
    ]);
    assert.deepEqual(newest().files, [], 'names alone tell nothing');
    await rig.engine.fill({ first: [ID] });
    const { files, scope } = newest();
    assert.equal(scope, 'all');
    assert.deepEqual(files.map(({ path, what, after }) => [path, what, after]).sort(), [
      ['Jan-v1-4B-Q8_0.gguf', 'changed', 5_000],
      ['README.md', 'changed', 900],
    ]);
  });

  it('waits for a tree only as long as it can be compared with the one before', async () => {
    await commit([{ path: 'README.md', size: 900 }]);
    assert.equal(newest().awaited, true);
    // The tree of the first commit was never read.
    await rig.engine.fill({ first: [ID] });
    assert.deepEqual([newest().awaited, newest().scope], [undefined, 'variants']);
    await commit([{ path: 'README.md', size: 901 }]);
    await commit([{ path: 'README.md', size: 902 }]);
    assert.deepEqual(
      history().entries.map(({ awaited }) => awaited),
      [true, undefined, undefined],
      'nobody reads the tree of a commit that another has followed',
    );
  });

  it('is written to for exactly those models whose commit a day of the hub has changed', async () => {
    const shas = (): Map<string, string | undefined> =>
      new Map(modelsOf(rig.reader, SOURCE).map(({ id, sha }) => [id, sha]));
    const before = shas();
    await commit([{ path: 'Jan-v1-4B-IQ3_XS.gguf', size: 4_000 }]);
    hub().advance();
    await rig.sync(SOURCE);
    const after = shas();
    for (const [id, sha] of before) {
      const isChanged = after.has(id) && after.get(id) !== sha;
      const entries = history(id).entries.filter(({ event }) => event === 'changed');
      assert.equal(entries.length > 0, isChanged, id);
    }
    assert.equal(after.get(ID) !== before.get(ID), true);
  });

  it('tells of access that changes, of models that go, and of those that come back', async () => {
    const fault = async (state: object): Promise<void> => {
      await control.setFaults({ repositories: { [ID]: state } });
      await rig.sync(SOURCE);
    };
    await fault({ gated: 'manual' });
    assert.deepEqual(newest().facts, [{ fact: 'gated', before: false, after: 'manual' }]);
    await fault({ deleted: true });
    await fault({});
    assert.deepEqual(
      history().entries.map(({ event }) => event),
      ['returned', 'removed', 'changed'],
    );
    assert.deepEqual(newest().facts, [{ fact: 'gated', before: 'manual', after: false }]);
  });

  it('keeps the newest entries of a model only', async () => {
    for (let round = 0; round < 22; round++) {
      await commit([{ path: `Jan-v1-4B-${round}.json`, size: round }]);
    }
    const { entries } = history();
    assert.equal(entries.length, 20);
    assert.equal(entries[0]?.to, shaOf());
    for (const [at, { from }] of entries.slice(0, -1).entries()) {
      assert.equal(from, entries[at + 1]?.to);
    }
  }).timeout(60_000);
});
