import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ActivityEvent } from '../../../src/sync/activity.ts';
import type { AheadRound } from '../../../src/sync/strategy/prefetch/fetchAhead.ts';
import type { EngineSettings } from '../../../src/sync/engine.ts';
import type { Model } from '../../../src/sync/model.ts';
import { modelsOf } from '../../support/modelsOf.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { until } from '../support/until.ts';
import type { Rig } from '../support/useEngine.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const DAY = 24 * 60 * 60_000;
const QUOTA = { api: 500, resolvers: 500, windowSeconds: 300 };

describe('Fetching ahead', () => {
  let clock: FakeClock;
  /** What the hub is asked for, in its own order. */
  let asked: string[];
  const listen = (message: unknown): void => {
    const { url = '' } = (message as { request: IncomingMessage }).request;
    if (!url.startsWith('/__hub')) asked.push(url);
  };

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    subscribe('http.server.request.start', listen);
  });
  afterEach(() => unsubscribe('http.server.request.start', listen));
  const hub = useHub(() => ({ models: 60, now: () => clock.now() }));
  const start = useEngine(hub);

  /** An engine that has synced all authors. */
  async function synced(settings: Partial<EngineSettings> = {}): Promise<Rig> {
    const sources = sourcesOf(hub()).filter((key) => key.startsWith('hf:'));
    const rig = start({ clock, settings: { sources, fetchesAhead: true, ...settings } });
    await rig.engine.sync({ reason: 'manual', sources });
    asked = [];
    return rig;
  }

  /** Models that anybody may read, those of most downloads first. */
  function models(rig: Rig): Model[] {
    const sources = sourcesOf(hub()).filter((key) => key.startsWith('hf:'));
    return sources
      .flatMap((source) => modelsOf(rig.reader, source, { followed: sources }))
      .filter(({ gated, sha }) => gated !== 'auto' && gated !== 'manual' && sha !== undefined)
      .sort((a, b) => (b.downloads ?? 0) - (a.downloads ?? 0));
  }

  const opened = (id: string, daysAgo = 0): ActivityEvent => ({
    at: clock.now() - daysAgo * DAY,
    kind: 'opened',
    models: [id],
  });

  async function run(
    rig: Rig,
    favourites: readonly Model[],
    signal = new AbortController().signal,
  ): Promise<AheadRound | undefined> {
    const around = { favourites: favourites.map(({ id }) => id), visible: [] };
    return await rig.engine.anticipation?.run(around, signal);
  }

  it('has the details there before they are asked for, and asks for no model file', async () => {
    const rig = await synced();
    const [model] = models(rig);
    const round = await run(rig, [model!]);
    assert.deepEqual([round?.models, round?.requests], [1, asked.length]);
    assert.ok(asked.length <= 3, asked.join('\n'));
    assert.ok(asked.every((url) => /\/tree\/|\/README\.md$/.test(url.split('?')[0]!)));

    asked = [];
    const { details, failure } = await rig.engine.details(model!.id, model!.sha!);
    assert.deepEqual([asked, failure], [[], undefined]);
    assert.ok(details.readme!.length > 100 && details.files.length > 1);
    const { totals, newest } = rig.engine.anticipation!.report();
    assert.deepEqual([totals.models, totals.usedModels], [1, 1]);
    assert.equal(totals.usedBytes, round!.bytes);
    assert.deepEqual([newest[0]?.id, newest[0]?.reason.kind], [model!.id, 'favourite']);
    assert.deepEqual(hub().stats().countedDownloads, {});
  });

  it('pays nothing for what is there already', async () => {
    const rig = await synced();
    const [model] = models(rig);
    await rig.engine.details(model!.id, model!.sha!);
    asked = [];
    assert.equal((await run(rig, [model!]))?.models, 0);
    assert.equal((await run(rig, [model!]))?.models, 0);
    assert.deepEqual(asked, []);
  });

  it('follows what was done: once more, and the family, in words', async () => {
    const rig = await synced();
    const [first, ...others] = models(rig).filter(({ name }) => /qwen/i.test(name));
    assert.ok(others.length > 2, `${others.length} others`);
    const events = [6, 5, 4, 3, 2, 1].map((days) => opened(first!.id, days));
    rig.engine.anticipation!.record(events);
    const found = others.slice(0, 2).map(({ id }) => id);
    const search = { at: clock.now(), kind: 'searched' as const, models: found };
    rig.engine.anticipation!.record([search, search, opened(others[2]!.id)]);
    await run(rig, []);
    const { newest, events: noted } = rig.engine.anticipation!.report();
    assert.equal(noted, events.length + 3);
    const reasons = new Map(newest.map(({ id, reason }) => [id, reason]));
    assert.deepEqual(reasons.get(first!.id), { kind: 'again', count: 6 });
  });

  it('stops with the request that is under way once the user is back', async () => {
    const rig = await synced();
    const favourites = models(rig).slice(0, 6);
    hub().setFaults({ latencyMs: 150 });
    const back = new AbortController();
    const round = run(rig, favourites, back.signal);
    await until(() => asked.length >= 4);
    back.abort();
    const before = asked.length;
    assert.equal((await round)?.stopped, 'active');
    assert.equal(asked.length, before);
  });

  it('stops once another window is used', async () => {
    const rig = await synced();
    const other = start({ clock, settings: { fetchesAhead: true } });
    const favourites = models(rig).slice(0, 6);
    hub().setFaults({ latencyMs: 50 });
    const round = run(rig, favourites);
    await until(() => asked.length >= 1);
    other.engine.anticipation!.record([opened(favourites[5]!.id)]);
    const { stopped, models: fetched } = (await round)!;
    assert.deepEqual([stopped, fetched], ['active', 1]);
  });

  it('is the work of one window at a time', async () => {
    const rig = await synced();
    const other = await synced();
    const favourites = models(rig).slice(0, 3);
    hub().setFaults({ latencyMs: 50 });
    const round = run(rig, favourites);
    await until(() => asked.length >= 1);
    assert.equal((await run(other, favourites))?.stopped, 'conflict');
    assert.equal((await round)?.models, 3);
    assert.equal(new Set(asked).size, asked.length, 'something was asked for twice');
    assert.equal((await run(other, favourites))?.models, 0);
  });

  it('never takes more than a quarter of a quota', async () => {
    const rig = await synced();
    const quota = { ...QUOTA, api: 40, resolvers: 100 };
    hub().setFaults({ quota });
    const all = models(rig);
    await rig.engine.details(all[0]!.id, all[0]!.sha!);
    asked = [];
    const round = await run(rig, all.slice(1));
    assert.equal(round?.stopped, 'rateLimited');
    const trees = asked.filter((url) => url.includes('/tree/'));
    assert.ok(trees.length > 5 && trees.length <= quota.api / 4, `${trees.length} trees`);
    const readmes = asked.length - trees.length;
    assert.ok(readmes > 5 && readmes <= quota.resolvers / 4, `${readmes} for READMEs`);
  });

  it('keeps to what the background may fetch in a day', async () => {
    const rig = await synced({ backgroundBytesPerDay: 5_000 });
    const round = await run(rig, models(rig).slice(0, 30));
    assert.ok(round!.models < 30 && round!.bytes < 15_000, JSON.stringify(round));
    asked = [];
    assert.equal((await run(rig, models(rig)))?.stopped, 'budget');
    assert.deepEqual(asked, []);
  });

  it('leaves whoever uses nothing of it in peace', async () => {
    const rig = await synced();
    const all = models(rig);
    let bytes = 0;
    for (let round = 0; round < 60; round++) {
      const { bytes: more = 0 } = (await run(rig, all)) ?? {};
      bytes += more;
      if (more === 0) break;
    }
    assert.ok(bytes <= 72 * 1024, `${bytes} bytes for nothing`);
  });

  it('neither notes nor fetches anything where the user does not want it', async () => {
    const rig = await synced({ fetchesAhead: false });
    const [model] = models(rig);
    rig.engine.anticipation!.record([opened(model!.id)]);
    assert.equal((await run(rig, [model!]))?.models, 0);
    assert.deepEqual([rig.engine.anticipation!.report().events, asked], [0, []]);
  });

  it('ends quietly without a network', async () => {
    const rig = await synced();
    const favourites = models(rig).slice(0, 2);
    hub().setFaults({ offline: true });
    const { models: fetched, stopped } = (await run(rig, favourites))!;
    assert.deepEqual([fetched, stopped], [0, 'offline']);
    hub().setFaults({});
    clock.advance(DAY);
    // A connection from before may turn out dead: that ends one more round, and costs nothing else.
    const rounds = [await run(rig, favourites), await run(rig, favourites)];
    const after = rounds.reduce((sum, round) => sum + (round?.models ?? 0), 0);
    assert.equal(after, 2, JSON.stringify(rounds));
  });

  it('leaves a model alone for a while that cannot be read, and goes on with the next', async () => {
    const rig = await synced();
    const [broken, other] = models(rig);
    hub().setFaults({ repositories: { [broken!.id]: { private: true } } });
    assert.equal((await run(rig, [broken!, other!]))?.models, 1);
    const before = asked.length;
    assert.equal((await run(rig, [broken!, other!]))?.models, 0);
    assert.equal(asked.length, before);
    hub().setFaults({});
    clock.advance(DAY);
    assert.equal((await run(rig, [broken!, other!]))?.models, 1);
  });

  it('sets a damaged log aside', async () => {
    const rig = await synced();
    const folder = dirname(rig.engine.storage.path);
    writeFileSync(join(folder, 'activity.db'), 'no database at all, but of some length'.repeat(40));
    const [model] = models(rig);
    rig.engine.anticipation!.record([opened(model!.id)]);
    assert.equal(rig.engine.anticipation!.report().events, 1);
    assert.ok(readdirSync(folder).some((name) => name.startsWith('activity.db.corrupt-')));
  });

  it('leaves nothing of what is cleared in the file', async () => {
    const rig = await synced();
    const folder = dirname(rig.engine.storage.path);
    rig.engine.anticipation!.record([opened('somebody/a-very-telling-name')]);
    rig.engine.anticipation!.clear();
    assert.equal(rig.engine.anticipation!.report().events, 0);
    await rig.closeEngine();
    using database = new DatabaseSync(join(folder, 'activity.db'), { readOnly: true });
    assert.deepEqual(database.prepare('SELECT * FROM activity').all(), []);
    for (const name of readdirSync(folder).filter((one) => one.startsWith('activity.db')))
      assert.ok(!readFileSync(join(folder, name)).includes('a-very-telling-name'), name);
  });
});
