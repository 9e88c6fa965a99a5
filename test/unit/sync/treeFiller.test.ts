import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Model, ModelId } from '../../../src/sync/model.ts';
import type { FillReport } from '../../../src/sync/treeFiller.ts';
import type { Hub } from '../../hub/hub.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { exact } from '../support/rows.ts';
import { HubControl } from '../../support/hubControl.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import type { Rig } from '../support/useEngine.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const WINDOW = 300;
const ANONYMOUS = { api: 500, resolvers: 3_000, windowSeconds: WINDOW };

describe('Filling in exact sizes', () => {
  let clock: FakeClock;
  let asked: ModelId[];

  /** Notes whose tree the hub is asked for, in its own order. */
  const listen = (message: unknown): void => {
    const { url = '' } = (message as { request: IncomingMessage }).request;
    const id = /^\/api\/models\/([^/]+\/[^/]+)\/tree\//.exec(url)?.[1];
    if (id !== undefined) asked.push(id);
  };

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    subscribe('http.server.request.start', listen);
  });
  afterEach(() => unsubscribe('http.server.request.start', listen));

  const authorsOf = (hub: Hub): string[] => sourcesOf(hub).filter((key) => key.startsWith('hf:'));

  /** An engine that has synced all authors, none of whose trees was fetched. */
  async function synced(hub: Hub, start: ReturnType<typeof useEngine>): Promise<Rig> {
    const sources = authorsOf(hub);
    const rig = start({ clock, settings: { sources } });
    const { sources: reports } = await rig.engine.sync({ reason: 'manual', sources });
    assert.deepEqual(
      reports.flatMap(({ error }) => error ?? []),
      [],
    );
    rig.applied.length = 0;
    return rig;
  }

  function modelsIn(rig: Rig, hub: Hub): Model[] {
    const sources = authorsOf(hub);
    return sources.flatMap((source) =>
      modelsOf(rig.reader, source, { followed: sources, limit: 10_000 }),
    );
  }

  const isExact = ({ variants = [] }: Model): boolean =>
    variants.every(({ size }) => size.sureness === 'exact');
  const wanting = (rig: Rig, hub: Hub): Model[] =>
    modelsIn(rig, hub).filter((model) => !isExact(model));
  const newestFirst = (a: Model, b: Model): number => (b.lastModified ?? 0) - (a.lastModified ?? 0);

  describe('of 1,500 models', () => {
    const hub = useHub(() => ({ models: 1_500, now: () => clock.now() }));
    const start = useEngine(hub);

    it('never takes more than half of the quota, and asks for each tree once', async () => {
      const rig = await synced(hub(), start);
      const missing = wanting(rig, hub());
      assert.ok(missing.length > 1_400, `${missing.length}`);
      const first = missing
        .toSorted(newestFirst)
        .slice(-60)
        .map(({ id }) => id)
        .reverse();
      hub().setFaults({ quota: ANONYMOUS });
      hub().resetStats();

      const windows: number[] = [];
      for (let last: FillReport | undefined; last?.stopped !== undefined || !last;) {
        const before = asked.length;
        last = await rig.engine.fill({ first });
        windows.push(asked.length - before);
        assert.equal(last.requests, asked.length - before);
        if (last.stopped === undefined) break;
        assert.equal(last.stopped, 'rateLimited');
        const wait = last.retryAt! - clock.now();
        assert.ok(wait > 0 && wait <= (WINDOW + 1) * 1_000, `${wait} ms`);
        const idle = await rig.engine.fill({ first });
        assert.deepEqual([idle.requests, idle.filled], [0, 0], 'asks nothing before that');
        clock.advance(wait);
      }
      assert.equal(Math.max(...windows), ANONYMOUS.api / 2, windows.join());
      assert.equal(windows.length, Math.ceil(missing.length / (ANONYMOUS.api / 2)));

      assert.equal(new Set(asked).size, asked.length, 'a tree was asked for twice');
      assert.deepEqual(new Set(asked), new Set(missing.map(({ id }) => id)));
      // Four are asked at once, and overtake each other on their way.
      assert.deepEqual(new Set(asked.slice(0, first.length)), new Set(first));
      const rest = missing.filter(({ id }) => !first.includes(id)).sort(newestFirst);
      const place = new Map(rest.map(({ id }, index) => [id, index]));
      for (const [index, id] of asked.slice(first.length).entries()) {
        const { lastModified } = rest[index]!;
        const ties = rest[place.get(id)!]!.lastModified === lastModified;
        assert.ok(ties || Math.abs(place.get(id)! - index) < 8, `${id} at ${index}`);
      }

      const { routes, countedDownloads } = hub().stats();
      assert.deepEqual(Object.keys(routes), ['tree']);
      assert.deepEqual(countedDownloads, {});
      await isAsTheHubSays(modelsIn(rig, hub()), hub());
    }).timeout(60_000);
  });

  /** Compares each size with what another route of the hub says. */
  async function isAsTheHubSays(models: readonly Model[], hub: Hub): Promise<void> {
    hub.setFaults({});
    for (const { id, variants = [] } of models) {
      const answer = await fetch(new URL(`/api/models/${id}?blobs=true`, hub.url));
      const { siblings } = (await answer.json()) as {
        siblings: { rfilename: string; size: number }[];
      };
      const sizes = new Map(siblings.map(({ rfilename, size }) => [rfilename, size]));
      for (const { files, mmproj, size } of variants) {
        const all = mmproj === undefined ? files : [...files, mmproj];
        for (const file of all) assert.deepEqual(file.size, exact(sizes.get(file.path)!), id);
        const sum = files.reduce((total, { path }) => total + sizes.get(path)!, 0);
        assert.deepEqual(size, exact(sum), id);
      }
    }
  }

  describe('of a few models', () => {
    const hub = useHub(() => ({ models: 60, now: () => clock.now() }));
    const start = useEngine(hub);
    const folder = useTemporaryFolder();
    let rig: Rig;

    beforeEach(async () => {
      rig = await synced(hub(), start);
    });

    it('is told as updates, with the epoch that readers see', async () => {
      const missing = wanting(rig, hub()).map(({ id }) => id);
      const report = await rig.engine.fill({ first: [] });
      assert.equal(report.filled, missing.length);
      assert.ok(report.bytes > 0);
      const told = rig.applied.flatMap(({ updated }) => updated);
      assert.deepEqual(told.toSorted(), missing.toSorted());
      for (const { added, removed } of rig.applied) assert.deepEqual([added, removed], [[], []]);
      const last = new Map(rig.applied.map(({ source, epoch }) => [source, epoch]));
      for (const { key, epoch } of rig.reader.sources([...last.keys()])) {
        assert.equal(epoch, last.get(key), key);
      }
    });

    it('lets the next sync find nothing new, and the one after a commit what is', async () => {
      await rig.engine.fill({ first: [] });
      const [model] = modelsIn(rig, hub());
      const source = `hf:${model!.author}`;
      const quiet = await rig.sync(source);
      assert.deepEqual([quiet.error, quiet.updated, quiet.added], [undefined, 0, 0]);
      const files = [{ path: 'new-Q4_0.gguf', size: 12 }];
      await new HubControl(hub().url).addFiles(model!.id, files);
      assert.equal((await rig.sync(source)).updated, 1);
      assert.deepEqual(
        wanting(rig, hub()).map(({ id }) => id),
        [model!.id],
      );
      asked.length = 0;
      await rig.engine.fill({ first: [] });
      assert.deepEqual(asked, [model!.id]);
      const filled = modelsIn(rig, hub()).find(({ id }) => id === model!.id);
      const added = filled?.variants?.find(({ name }) => name === 'new-Q4_0');
      assert.deepEqual(added?.size, exact(12));
    });

    it('begins nothing more once it is given up, and goes on from there', async () => {
      const missing = wanting(rig, hub()).length;
      hub().setFaults({ rules: [{ match: 'tree', latencyMs: 30 }] });
      const caller = new AbortController();
      const filling = rig.engine.fill({ first: [], signal: caller.signal });
      await until(() => asked.length >= 6);
      caller.abort();
      const report = await filling;
      assert.equal(report.stopped, 'cancelled');
      assert.ok(report.filled < missing && report.filled >= 4, `${report.filled} filled`);
      const known = missing - wanting(rig, hub()).length;
      assert.equal(known, report.filled);
      hub().setFaults({});
      assert.equal((await rig.engine.fill({ first: [] })).filled, missing - known);
      assert.ok(asked.length <= missing + 4, `${asked.length} for ${missing}`);
    });

    it('ends when the engine closes', async () => {
      hub().setFaults({ rules: [{ match: 'tree', latencyMs: 60_000 }] });
      const filling = rig.engine.fill({ first: [] });
      await until(() => asked.length >= 1);
      await rig.closeEngine();
      assert.equal((await filling).stopped, 'cancelled');
    });

    it('keeps to its budget', async () => {
      const one = await rig.engine.fill({ first: [], budgetBytes: 1 });
      assert.equal(one.stopped, 'budget');
      assert.ok(one.filled > 0 && one.filled <= 4);
    });

    it('asks for no tree that is known, before or after a restart', async () => {
      const [shown] = wanting(rig, hub());
      await rig.engine.details(shown!.id, shown!.sha!);
      assert.ok(!wanting(rig, hub()).some(({ id }) => id === shown!.id), 'the row learns from it');
      await rig.closeEngine();
      const again = start({ clock, settings: { sources: authorsOf(hub()) } });
      await again.engine.fill({ first: [shown!.id] });
      assert.equal(asked.filter((id) => id === shown!.id).length, 1);
      assert.deepEqual(wanting(again, hub()), []);
    });

    it('uses a tree that was fetched before the row came', async () => {
      const [model] = wanting(rig, hub());
      const source = `hf:${model!.author}`;
      const other = start({ clock, storage: join(folder(), 'other') });
      await other.engine.files(model!.id, model!.sha!);
      await other.sync(source);
      assert.ok(isExact(other.reader.model(model!.id, [source])!));
    });

    for (const status of [401, 403, 404]) {
      it(`goes past a model whose tree is answered with ${status}, and asks no more for it`, async () => {
        const [bad, ...good] = wanting(rig, hub()).sort(newestFirst);
        const match = `/api/models/${bad!.id}/tree`;
        hub().setFaults({ rules: [{ match, status }] });
        const report = await rig.engine.fill({ first: [bad!.id] });
        assert.deepEqual([report.filled, report.stopped], [good.length, undefined]);
        const before = asked.length;
        await rig.engine.fill({ first: [bad!.id] });
        assert.equal(asked.length, before);
      });
    }

    it('goes past a model whose tree fails, and asks again when all others are done', async () => {
      const [bad, ...good] = wanting(rig, hub()).sort(newestFirst);
      hub().setFaults({ rules: [{ match: `/api/models/${bad!.id}/tree`, status: 500 }] });
      const report = await rig.engine.fill({ first: [bad!.id] });
      assert.deepEqual([report.filled, report.stopped], [good.length, undefined]);
      assert.equal(asked.filter((id) => id === bad!.id).length, 1);
      hub().setFaults({});
      assert.equal((await rig.engine.fill({ first: [] })).filled, 1);
      assert.deepEqual(wanting(rig, hub()), []);
    });

    it('comes to the others though the first ones always fail', async () => {
      const bad = wanting(rig, hub()).sort(newestFirst).slice(0, 12);
      const match = bad.map(({ id }) => `/api/models/${id}/tree`);
      hub().setFaults({ rules: [{ match, status: 500 }] });
      const first = bad.map(({ id }) => id);
      for (let round = 0; round < 4; round++) await rig.engine.fill({ first });
      assert.equal(wanting(rig, hub()).length, bad.length);
    });

    it('asks again for what was refused once there is another token', async () => {
      const [bad] = wanting(rig, hub());
      hub().setFaults({ rules: [{ match: `/api/models/${bad!.id}/tree`, requireToken: true }] });
      await rig.engine.fill({ first: [] });
      assert.deepEqual(
        wanting(rig, hub()).map(({ id }) => id),
        [bad!.id],
      );
      const { origin } = new URL(hub().url);
      const endpoints = { huggingFace: hub().url, janCatalogue: hub().url };
      const sources = authorsOf(hub());
      rig.engine.configure({ sources, endpoints, tokens: { [origin]: 'hf_new' } });
      await rig.engine.fill({ first: [] });
      assert.deepEqual(wanting(rig, hub()), []);
    });

    it('gives up for now where every tree fails', async () => {
      hub().setFaults({ rules: [{ match: 'tree', status: 500 }] });
      const report = await rig.engine.fill({ first: [] });
      assert.equal(report.stopped, 'server');
      assert.ok(asked.length <= 8 * 4, `${asked.length} questions`);
    });

    it('stops offline, and fills all once the network is back', async () => {
      hub().setFaults({ offline: true });
      const report = await rig.engine.fill({ first: [] });
      assert.deepEqual([report.stopped, report.filled], ['offline', 0]);
      hub().setFaults({});
      clock.advance(60 * 60_000);
      await rig.engine.fill({ first: [] });
      assert.deepEqual(wanting(rig, hub()), []);
    });

    it('fills only what is followed', async () => {
      const [source] = authorsOf(hub());
      const endpoints = { huggingFace: hub().url, janCatalogue: hub().url };
      rig.engine.configure({ sources: [source!], endpoints, tokens: {} });
      await rig.engine.fill({ first: wanting(rig, hub()).map(({ id }) => id) });
      assert.ok(asked.length > 0);
      for (const id of asked) assert.equal(`hf:${id.split('/')[0]!}`, source);
    });
  });
});
