import assert from 'node:assert/strict';
import { useEngine, sourcesOf } from '../support/useEngine.ts';
import { parseDump, useHub } from '../support/useHub.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const HF = 'hf:janhq';
const MINUTE = 60_000;

describe('A sync', () => {
  const hub = useHub({ models: 90 });
  const rig = useEngine(hub);

  const changed = (): void => {
    const before = hub().truth(HF);
    while (hub().truth(HF) === before) assert.ok(hub().advance(), 'nothing ever changes');
  };

  it('leaves the catalogue as the upstreams are, at first and after every version', async function () {
    this.timeout(10_000);
    const { engine, dump } = rig();
    const sync = () => engine.sync({ reason: 'manual', sources: sourcesOf(hub()) });
    const first = await sync();
    for (const { error } of first.sources) assert.equal(error, undefined);
    assert.equal(dump(), hub().truth());
    assert.ok(first.sources.reduce((sum, { added }) => sum + added, 0) > 200);

    for (let version = 2; version <= 4; version++) {
      const known = parseDump(hub().truth());
      hub().advance();
      const { sources } = await sync();
      const truth = parseDump(hub().truth());
      // Authors that have nothing left are served no more, but were followed.
      const gone = known.filter(
        ({ source }) => !sources.some((report) => report.source === source),
      );
      if (gone.length > 0) {
        await engine.sync({
          reason: 'manual',
          sources: [...new Set(gone.map((row) => row.source))],
        });
      }
      assert.equal(dump(), hub().truth(), `version ${version}`);
      const added = truth.filter((row) => !known.some((old) => isSame(row, old))).length;
      assert.equal(
        sources.reduce((sum, report) => sum + report.added, 0),
        added,
      );
    }
  });

  for (const source of [HF, 'jan:v1', 'jan:v2', 'cortex']) {
    it(`of ${source} finds nothing to do the second time`, async () => {
      const { sync, applied, dump } = rig();
      const first = await sync(source);
      assert.ok(first.added > 0);
      assert.deepEqual(
        applied.map((change) => change.added.length),
        [first.added],
      );
      const before = dump();
      const second = await sync(source);
      assert.deepEqual(
        [second.added, second.updated, second.removed, second.dropped, second.error],
        [0, 0, 0, 0, undefined],
      );
      assert.equal(second.requests, 1);
      // The first answer of an author is its records; that what tells of a change repeats, the
      // second time can tell only to the third.
      const quiet = source === HF ? await sync(source) : second;
      if (source !== 'cortex') assert.ok(quiet.bytesReceived < 700, `${quiet.bytesReceived}`);
      assert.equal(applied.length, 1, 'nothing is announced');
      assert.equal(dump(), before);
    });

    for (const etags of [true, false]) {
      it(`of ${source} writes nothing while it is quiet, ETags ${etags ? 'on' : 'off'}`, async () => {
        const client = rig();
        const { sync, wrote, clock, reader } = client;
        await sync(source);
        await sync(source, { reason: 'visible' });
        if (!etags) hub().setFaults({ etags: 'none' });
        await sync(source, { reason: 'visible' });
        wrote();
        for (let minute = 1; minute < 12; minute++) {
          clock.advance(MINUTE - 1);
          const { error } = await sync(source, { reason: 'visible' });
          assert.equal(error, undefined);
          assert.equal(wrote(), false, `minute ${minute}`);
        }
        // At the end it is noted when the source has answered last.
        const answered = clock.now();
        clock.advance(MINUTE);
        await client.closeEngine();
        assert.equal(reader.sources([source])[0]?.lastSuccess, answered);
      });
    }
  }

  it('notes once an hour that a source still answers, for the case that the end does not come', async () => {
    const { sync, wrote, clock, reader } = rig();
    await sync(HF);
    await sync(HF, { reason: 'visible' });
    wrote();
    clock.advance(60 * MINUTE);
    await sync(HF, { reason: 'visible' });
    assert.equal(wrote(), true);
    assert.equal(reader.sources([HF])[0]?.lastSuccess, clock.now());
  });

  it('without 304s ends as it does with them', async () => {
    const { sync, dump } = rig();
    hub().setFaults({ etags: false });
    await sync(HF);
    changed();
    await sync(HF, { reason: 'visible' });
    assert.equal(parseDump(dump()).length >= parseDump(hub().truth(HF)).length, true);
    await sync(HF);
    assert.equal(dump(), hub().truth(HF));
  });

  it('in the background asks for the news only, and sees what is gone from among them', async () => {
    const { sync, clock, reader, dump } = rig();
    await sync(HF);
    const [gone, changing] = parseDump(hub().truth(HF)).map(({ id }) => id);
    hub().setFaults({
      repositories: { [gone!]: { deleted: true }, [changing!]: { gated: 'auto' } },
    });
    clock.advance(15 * MINUTE);
    const idle = await sync(HF, { reason: 'idle' });
    assert.deepEqual([idle.updated, idle.removed], [1, 1]);
    assert.equal(reader.model(gone!, [HF])?.published, false);
    assert.equal(dump(), hub().truth(HF));
  });

  it('hides a model that is no longer published, keeps it, and shows it when it is back', async () => {
    const { sync, reader, dump } = rig();
    await sync(HF);
    const [gone] = parseDump(hub().truth(HF)).map(({ id }) => id);
    hub().setFaults({ repositories: { [gone!]: { deleted: true } } });
    assert.equal((await sync(HF)).removed, 1);
    assert.equal(dump(), hub().truth(HF));
    assert.equal(reader.model(gone!, [HF])?.published, false);
    hub().setFaults({});
    assert.equal((await sync(HF)).added, 1);
    assert.equal(dump(), hub().truth(HF));
    assert.equal(reader.model(gone!, [HF])?.published, true);
  });

  it('does not take the word that nothing changed for an older answer', async () => {
    const { sync, dump, clock } = rig();
    await sync(HF);
    const [gated] = parseDump(hub().truth(HF)).map(({ id }) => id);
    hub().setFaults({ repositories: { [gated!]: { gated: 'auto' } } });
    clock.advance(MINUTE);
    assert.equal((await sync(HF, { reason: 'visible' })).updated, 1);
    // The upstream is again what it was when it was swept, and the catalogue is not.
    hub().setFaults({});
    assert.equal((await sync(HF)).updated, 1);
    assert.equal(dump(), hub().truth(HF));
  });

  it('follows a new name', async () => {
    const { sync, dump } = rig();
    await sync(HF);
    const [old] = parseDump(hub().truth(HF)).map(({ id }) => id);
    hub().setFaults({ repositories: { [old!]: { renamedTo: `${old!}-renamed` } } });
    const report = await sync(HF);
    assert.deepEqual([report.added, report.removed], [1, 1]);
    assert.equal(dump(), hub().truth(HF));
  });

  it('finds what became public with an old date', async () => {
    const { sync, dump } = rig();
    const hidden = parseDump(hub().truth(HF))
      .sort((a, b) =>
        String(a.content['lastModified']) < String(b.content['lastModified']) ? -1 : 1,
      )
      .map(({ id }) => id)[0]!;
    hub().setFaults({ repositories: { [hidden]: { private: true } } });
    await sync(HF);
    assert.equal(dump(), hub().truth(HF));
    hub().setFaults({});
    assert.equal((await sync(HF)).added, 1);
    assert.equal(dump(), hub().truth(HF));
  });

  it('brings up to date what missed several versions', async () => {
    const { sync, dump } = rig();
    await sync(HF);
    for (let version = 0; version < 10; version++) hub().advance();
    await sync(HF);
    await sync('jan:v2');
    assert.equal(dump(HF), hub().truth(HF));
    assert.equal(dump('jan:v2'), hub().truth('jan:v2'));
  });

  it('counts counters as no change of content', async () => {
    const { sync, applied, reader, dump } = rig();
    await sync('jan:v2');
    const before = dump();
    const counters = () => modelsOf(reader, 'jan:v2');
    const known = new Map(counters().map(({ id, downloads }) => [id, downloads]));
    hub().advance();
    const report = await sync('jan:v2');
    const moved = counters().filter(
      ({ id, downloads }) => known.has(id) && known.get(id) !== downloads,
    );
    assert.ok(moved.length > 0, 'no counter moved');
    assert.ok(report.updated < moved.length, `${report.updated} updates`);
    const announced = applied.at(-1)!.updated;
    for (const { id } of moved) assert.ok(announced.includes(id), id);
    assert.notEqual(dump(), before);
  });

  it('begins with the seed, and lets the first answer replace it', async () => {
    const seedFile = new URL('../../../media/seed.json', import.meta.url).pathname;
    const { sync, reader, dump } = rig({ seedFile, settings: { sources: [HF] } });
    assert.ok(reader.count([HF]) > 0);
    assert.equal(reader.sources([HF])[0]?.lastSuccess, undefined);
    await sync(HF, { reason: 'startup' });
    assert.equal(dump(), hub().truth(HF));
    assert.equal(reader.count([HF]), parseDump(hub().truth(HF)).length);
  });

  it('holds everything again after the engine was closed', async () => {
    const first = rig();
    await first.sync(HF);
    const second = rig();
    assert.equal(second.dump(), hub().truth(HF));
    const report = await second.sync(HF);
    assert.deepEqual([report.added, report.updated, report.requests], [0, 0, 1]);
  });
});

interface Named {
  readonly source: string;
  readonly id: string;
}

function isSame(a: Named, b: Named): boolean {
  return a.source === b.source && a.id === b.id;
}
