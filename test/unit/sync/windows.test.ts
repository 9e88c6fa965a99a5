import assert from 'node:assert/strict';
import { Scheduler } from '../../../src/sync/strategy/scheduler.ts';
import { assertFailure } from '../support/assertSyncError.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { until } from '../support/until.ts';
import type { Rig } from '../support/useEngine.ts';
import { endpointsOf, useEngine } from '../support/useEngine.ts';
import { useSharedHub } from '../support/useHub.ts';

const HF = 'hf:janhq';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('Several windows', () => {
  const hub = useSharedHub({ models: 63 });
  const rig = useEngine(hub);
  const requests = (): number => hub().stats().total.requests;

  it('leave a source to the one that asks it just now, and ask it in their turn', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 100 });
    const first = one.sync(HF, { reason: 'startup' });
    await until(() => hub().stats().total.requests > 0);
    assert.equal((await two.sync(HF, { reason: 'startup' })).skipped, 'lease');
    assert.equal((await two.sync('jan:v2', { reason: 'startup' })).skipped, undefined);
    await first;
    clock.advance(MINUTE);
    // The one that asked last is hidden by now.
    const visible = { reason: 'visible', sources: [HF] } as const;
    assert.equal((await two.engine.sync(visible)).sources[0]?.skipped, undefined);
    const [elsewhere] = (await one.engine.sync(visible)).sources;
    assert.equal(elsewhere?.skipped, 'notDue');
    assert.equal(elsewhere.heardAt, clock.now(), 'when the other asked, to be shown here too');
  });

  it('ask a source for a user who turns from one to the other no later than in one', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    await one.sync(HF);
    clock.advance(MINUTE);
    const visible = { reason: 'visible', sources: [HF] } as const;
    assert.equal((await two.engine.sync(visible)).sources[0]?.skipped, undefined);
  });

  it('ask a source at once whose first run was cut short', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 60_000 });
    const first = one.sync(HF, { reason: 'startup' });
    await until(() => hub().stats().total.requests > 0);
    assert.equal((await two.sync(HF, { reason: 'startup' })).skipped, 'lease');
    await one.closeEngine();
    assertFailure((await first).error, 'cancelled');
    hub().setFaults({});
    assert.ok((await two.sync(HF, { reason: 'startup' })).added > 0);
  });

  it('give way to the user of one: what the other finds meanwhile is not applied', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 150 });
    const background = one.sync(HF, { reason: 'startup' });
    await until(() => hub().stats().total.requests > 0);
    hub().setFaults({});
    const manual = await two.sync(HF);
    assert.equal(manual.error, undefined);
    assert.ok(manual.added > 0);
    const left = await background;
    assert.deepEqual([left.added, left.skipped, left.error], [0, 'notDue', undefined]);
    assert.deepEqual(one.applied, []);
    assert.equal(one.dump(), hub().truth(HF));
  });

  it('note no failure over what another one found meanwhile', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 150, status: 503 });
    const background = one.sync(HF, { reason: 'startup' });
    await until(() => hub().stats().total.requests > 0);
    hub().setFaults({});
    await two.sync(HF);
    assertFailure((await background).error, 'server');
    assert.equal(one.reader.sources([HF])[0]?.failure, undefined);
  });

  it('of two users do not outdo each other: one waits, and both are current', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 100 });
    const first = one.sync(HF);
    await until(() => hub().stats().total.requests > 0);
    let done = false;
    const second = two.sync(HF).finally(() => {
      done = true;
    });
    const { added, error } = await first;
    assert.ok(added > 0 && error === undefined);
    assert.equal(done, false);
    hub().resetStats();
    clock.advance(1_000);
    const later = await second;
    assert.deepEqual([later.added, later.error, later.skipped], [0, undefined, undefined]);
    assert.equal(requests(), 1);
    assert.equal(two.dump(), hub().truth(HF));
  });

  it('let a user who waits for another give up', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 100 });
    const first = one.sync(HF);
    await until(() => hub().stats().total.requests > 0);
    const leaving = new AbortController();
    const second = two.sync(HF, { signal: leaving.signal });
    leaving.abort();
    await assert.rejects(second, { kind: 'cancelled' });
    assert.equal((await first).error, undefined);
  });

  it('keep a lease through a run that takes longer than it lasts', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    hub().setFaults({ latencyMs: 100 });
    const slow = one.sync(HF, { reason: 'startup' });
    await until(() => hub().stats().total.requests > 0);
    clock.advance(10 * MINUTE);
    assert.equal((await two.sync(HF, { reason: 'visible' })).skipped, 'lease');
    const { added, error } = await slow;
    assert.ok(added > 0 && error === undefined);
  });

  it('that are both visible ask once a minute in total', async () => {
    const clock = new FakeClock();
    const windows = [rig({ clock }), rig({ clock })].map((at) => visibleWindow(at, clock));
    await until(() => windows.every(({ idle }) => idle()));
    hub().resetStats();
    for (let second = 0; second < 10 * 60; second++) {
      clock.advance(1_000);
      await until(() => windows.every(({ idle }) => idle()));
    }
    assert.equal(requests(), 10);
    for (const { scheduler } of windows) scheduler.dispose();
  });

  it('share the bytes of a day, which the background uses up and the user does not', async () => {
    const clock = new FakeClock();
    const settings = { backgroundBytesPerDay: 1_000 };
    const [one, two] = [rig({ clock, settings }), rig({ clock, settings })];
    assert.ok((await one.sync(HF)).bytesReceived > 1_000);
    assert.equal((await one.sync(HF, { reason: 'idle' })).skipped, undefined, 'not by the user');
    await one.sync('jan:v2', { reason: 'startup' });
    const over = await two.sync('jan:v1', { reason: 'startup' });
    assert.deepEqual([over.skipped, over.requests], ['budget', 0]);
    assert.equal((await one.sync(HF, { reason: 'visible' })).skipped, 'budget');
    assert.equal((await two.sync(HF)).error, undefined);
    clock.advance(DAY);
    assert.equal((await two.sync('jan:v1', { reason: 'startup' })).skipped, undefined);
  });

  it('know of each other when a source was asked, also where that was not written down', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    await one.sync(HF);
    await one.sync(HF, { reason: 'visible' });
    one.wrote();
    await one.sync(HF, { reason: 'visible' });
    assert.equal(one.wrote(), false);
    await one.closeEngine();
    clock.advance(10_000);
    assert.equal((await two.sync(HF, { reason: 'visible' })).skipped, 'notDue');
  });

  it('of other settings share the store: each refreshes what it follows', async () => {
    const clock = new FakeClock();
    const one = rig({ clock, settings: { sources: [HF] } });
    const two = rig({ clock, settings: { sources: [HF, 'jan:v2'] } });
    await one.sync(HF, { reason: 'startup' });
    const { sources } = await two.engine.sync({ reason: 'startup', sources: [HF, 'jan:v2'] });
    assert.equal(sources[0]?.skipped, 'notDue');
    assert.ok(sources[1]!.added > 0);
    assert.equal(one.dump('jan:v2'), hub().truth('jan:v2'));
  });

  it('tell one history', async () => {
    const clock = new FakeClock();
    const [one, two] = [rig({ clock }), rig({ clock })];
    await one.sync(HF);
    clock.advance(MINUTE);
    await two.sync('jan:v2');
    assert.deepEqual(
      one.engine.history().map(({ reason, sources }) => [reason, sources[0]?.source]),
      [
        ['manual', 'jan:v2'],
        ['manual', HF],
      ],
    );
    const [newest] = two.engine.history();
    assert.equal(newest?.requests, newest?.sources[0]?.requests);
    assert.ok(newest!.bytes > 0);
    await two.sync('jan:v2', { reason: 'visible' });
    assert.equal(one.engine.history().length, 2, 'a quiet run is not written down');
    await two.closeEngine();
    assert.equal(one.engine.history()[0]?.reason, 'visible');
  });
});

describe('A failing source', () => {
  const hub = useSharedHub({ models: 63 });
  const rig = useEngine(hub);

  it('is asked less and less often in the background, at once by the user', async () => {
    const { sync, clock } = rig();
    await sync(HF);
    hub().setFaults({ status: 500 });
    let asked = 0;
    for (let minute = 0; minute < 6 * 60; minute++) {
      clock.advance(MINUTE);
      const { skipped, error } = await sync(HF, { reason: 'visible' });
      if (skipped === undefined) asked++;
      else assert.deepEqual([skipped, error], ['backoff', undefined]);
    }
    // Half of the longest wait each time: seven times while it grows, then every half hour.
    assert.ok(asked >= 15 && asked <= 22, `${asked}`);
    assertFailure((await sync(HF)).error, 'server');
    hub().setFaults({});
    assert.equal((await sync(HF)).error, undefined);
    clock.advance(MINUTE);
    assert.equal((await sync(HF, { reason: 'visible' })).skipped, undefined);
  });

  it('is no longer left alone once the settings that it failed with have changed', async () => {
    const nowhere = { ...endpointsOf(hub()), huggingFace: 'http://127.0.0.1:9/' };
    const settings = { sources: [HF], tokens: {} };
    const { engine, sync, clock } = rig({ settings: { ...settings, endpoints: nowhere } });
    for (let time = 0; time < 5; time++) assertFailure((await sync(HF)).error, 'offline');
    clock.advance(MINUTE);
    const visible = async () =>
      (await engine.sync({ reason: 'visible', sources: [HF] })).sources[0];
    engine.configure({ ...settings, endpoints: nowhere });
    assert.equal((await visible())?.skipped, 'backoff');
    engine.configure({ ...settings, endpoints: endpointsOf(hub()) });
    assert.ok((await visible())!.added > 0);
  });

  it('delays no other', async () => {
    const { engine, clock } = rig();
    hub().setFaults({ rules: [{ match: HF, status: 500 }] });
    const sources = [HF, 'jan:v2'];
    await engine.sync({ reason: 'startup', sources });
    for (let round = 0; round < 3; round++) {
      clock.advance(15 * MINUTE);
      const report = await engine.sync({ reason: 'idle', sources });
      assert.equal(report.sources[1]?.error ?? report.sources[1]?.skipped, undefined);
    }
  });

  it('for want of a network is asked as soon as that is back', async () => {
    const { engine, sync, clock } = rig();
    await sync(HF);
    hub().setFaults({ offline: true });
    assertFailure((await sync(HF)).error, 'offline');
    hub().setFaults({});
    clock.advance(1_000);
    const [again] = (await engine.sync({ reason: 'visible', sources: [HF] })).sources;
    assert.equal(again?.skipped, 'backoff');
    const [back] = (await engine.sync({ reason: 'network', sources: [HF] })).sources;
    assert.deepEqual([back?.error, back?.skipped], [undefined, undefined]);
  });
});

/** A window in which the catalogue is seen all the time. */
function visibleWindow(at: Rig, clock: FakeClock) {
  let running = 0;
  const scheduler = new Scheduler({
    random: () => 0,
    clock,
    signals: { focused: true, active: true, onDidChange: () => ({ dispose: () => undefined }) },
    interfaces: () => '',
    backgroundSync: () => true,
    followed: () => 1,
    lastAttempt: () => at.reader.sources([HF])[0]?.lastAttempt,
    sync: async (reason) => {
      running++;
      try {
        return await at.engine.sync({ reason, sources: [HF] });
      } finally {
        running--;
      }
    },
    idle: () => Promise.resolve(),
  });
  scheduler.setVisible(true);
  return { scheduler, idle: () => running === 0 };
}
