import assert from 'node:assert/strict';
import { LinkMeter } from '../../../../src/sync/http/linkMeter.ts';
import type { LinkStatus } from '../../../../src/sync/http/linkQuality.ts';
import { LIMITS } from '../../../../src/sync/http/linkQuality.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const KB = 1024;

describe('A link meter', () => {
  let clock: FakeClock;
  let meter: LinkMeter;
  let told: LinkStatus[];

  beforeEach(() => {
    clock = new FakeClock();
    meter = new LinkMeter(clock);
    told = [];
    meter.onDidChange((status) => told.push(status));
  });

  function answers(count: number, latency: number): void {
    for (let index = 0; index < count; index++) {
      const exchange = meter.begin();
      clock.advance(latency);
      exchange.answered();
    }
  }
  function bodies(count: number, bytes: number, duration: number): void {
    for (let index = 0; index < count; index++) {
      const arrival = meter.body();
      arrival.received(bytes / 2);
      clock.advance(duration);
      arrival.received(bytes / 2);
      arrival.ended();
    }
  }
  function failures(count: number): void {
    for (let index = 0; index < count; index++) meter.begin().failed();
  }

  it('begins as normal', () => {
    assert.equal(meter.state, 'normal');
    assert.equal(meter.limits, LIMITS.normal);
  });

  it('tells of each change once, and of nothing else', () => {
    failures(3);
    answers(1, 50);
    assert.deepEqual(told, [
      { state: 'offline', limits: LIMITS.offline },
      { state: 'normal', limits: LIMITS.normal },
    ]);
  });

  it('tells nobody who does not listen any more', () => {
    const heard: string[] = [];
    const listener = meter.onDidChange(({ state }) => heard.push(state));
    listener.dispose();
    listener.dispose();
    failures(2);
    assert.deepEqual(heard, []);
  });

  it('is not offline when failures and answers take turns', () => {
    for (let index = 0; index < 5; index++) {
      failures(1);
      answers(1, 50);
    }
    assert.deepEqual(told, []);
  });

  it('sees a slow link by its bodies', () => {
    bodies(2, 100 * KB, 5_000);
    assert.equal(meter.state, 'constrained');
  });

  it('sees a fast link by its bodies', () => {
    answers(3, 40);
    bodies(2, 1_000 * KB, 300);
    assert.equal(meter.state, 'fast');
  });

  it('believes bodies that are just long enough', () => {
    bodies(2, 32 * KB, 5_000);
    assert.equal(meter.state, 'constrained');
  });

  it('does not take small answers for a slow link', () => {
    // 2 KB in 400 ms are 5 KB/s: the way of one packet.
    bodies(20, 2 * KB, 400);
    assert.equal(meter.state, 'normal');
  });

  it('sees a slow link by small answers that come late', () => {
    answers(3, 3_000);
    assert.equal(meter.state, 'constrained');
  });

  it('does not take bodies that share a link for a slow link', () => {
    // 20 bodies of 100 KB in 2 s: each alone looks like 50 KB/s, together it is 1 MB/s.
    const arrivals = Array.from({ length: 20 }, () => meter.body());
    for (const arrival of arrivals) arrival.received(100 * KB);
    clock.advance(2_000);
    for (const arrival of arrivals) arrival.ended();
    assert.equal(meter.state, 'normal');
  });

  it('recovers as the link does', () => {
    bodies(5, 100 * KB, 5_000);
    bodies(5, 1_000 * KB, 300);
    assert.equal(meter.state, 'fast');
  });

  it('goes by the last measurements alone', () => {
    bodies(5, 100 * KB, 5_000);
    bodies(3, 1_000 * KB, 300);
    assert.equal(meter.state, 'fast');
  });

  it('does not go by what will have been measured, after the clock was set back', () => {
    bodies(1, 100 * KB, 5_000);
    clock.jump(-3_600_000);
    bodies(1, 100 * KB, 5_000);
    assert.equal(meter.state, 'normal');
  });

  it('forgets what is long ago', () => {
    bodies(1, 100 * KB, 5_000);
    clock.jump(11 * 60_000);
    bodies(1, 100 * KB, 5_000);
    assert.equal(meter.state, 'normal', 'one of today is not enough');
    answers(3, 50);
    bodies(1, 100 * KB, 5_000);
    assert.equal(meter.state, 'constrained');
  });

  for (const [name, jump] of [
    ['set back', -86_400_000],
    ['set ahead', 86_400_000],
  ] as const) {
    it(`measures nothing across a clock that is ${name}`, () => {
      for (let index = 0; index < 5; index++) {
        const exchange = meter.begin();
        const arrival = meter.body();
        arrival.received(64 * KB);
        clock.jump(jump);
        exchange.answered();
        arrival.ended();
      }
      assert.deepEqual(told, []);
    });

    it(`measures nothing of many at once across a clock that is ${name}`, () => {
      const exchanges = [1, 2, 3].map(() => meter.begin());
      const arrivals = [1, 2, 3].map(() => meter.body());
      for (const arrival of arrivals) arrival.received(64 * KB);
      clock.jump(jump);
      for (const exchange of exchanges) exchange.answered();
      for (const arrival of arrivals) arrival.ended();
      assert.deepEqual(told, []);
    });
  }

  it('forgets all when the network is reached in another way', () => {
    failures(2);
    meter.reset();
    assert.equal(meter.state, 'normal');
    failures(1);
    assert.equal(meter.state, 'normal');
  });
});
