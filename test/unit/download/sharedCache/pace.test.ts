import assert from 'node:assert/strict';
import { Pace } from '../../../../src/download/sharedCache/pace.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const KB = 1024;
/** 256 KiB for each of the five seconds. */
const ENOUGH = 1_280 * KB;

describe('The pace of a cache', () => {
  let clock: FakeClock;
  let slow: number;
  let pace: Pace;

  beforeEach(() => {
    clock = new FakeClock();
    slow = 0;
    pace = new Pace(clock, () => slow++);
  });

  /** Begins to wait; call what it returns when so many bytes come. */
  function waiting(): (bytes: number) => Promise<unknown> {
    const event = Promise.withResolvers<number>();
    const waits = pace.wait(event.promise, (bytes) => bytes);
    return async (bytes) => {
      event.resolve(bytes);
      return await waits;
    };
  }
  async function brings(bytes: number, ms: number): Promise<void> {
    const came = waiting();
    clock.advance(ms);
    await came(bytes);
  }

  it('is too slow when nothing comes for five seconds, and every five from then on', () => {
    waiting();
    clock.advance(4_999);
    assert.equal(slow, 0);
    clock.advance(1);
    assert.equal(slow, 1);
    clock.advance(5_000);
    assert.equal(slow, 2);
  });

  it('is too slow when less than enough comes', async () => {
    for (let piece = 0; piece < 4; piece++) await brings((ENOUGH - 1) / 4, 1_000);
    waiting();
    clock.advance(1_000);
    assert.equal(slow, 1);
  });

  it('is not too slow when just enough comes', async () => {
    for (let piece = 0; piece < 4; piece++) await brings(ENOUGH / 4, 1_000);
    waiting();
    clock.advance(1_000);
    assert.equal(slow, 0);
  });

  it('begins to count anew after five seconds of waiting', async () => {
    await brings(0, 4_000);
    const came = waiting();
    clock.advance(1_000);
    assert.equal(slow, 1);
    await came(ENOUGH);
    waiting();
    clock.advance(5_000);
    assert.equal(slow, 1, 'what came was enough');
    clock.advance(5_000);
    assert.equal(slow, 2, 'but counts once');
  });

  it('does not count the time in which nobody waits', async () => {
    await brings(0, 3_000);
    clock.advance(60_000);
    assert.equal(clock.timers, 0, 'nobody looks');
    const came = waiting();
    clock.advance(1_999);
    assert.equal(slow, 0);
    clock.advance(1);
    assert.equal(slow, 1);
    await came(0);
  });

  it('counts the time once in which many wait', async () => {
    const first = waiting();
    clock.advance(2_000);
    const second = waiting();
    assert.equal(clock.timers, 1);
    clock.advance(2_000);
    await first(0);
    assert.equal(slow, 0);
    clock.advance(1_000);
    assert.equal(slow, 1);
    await second(0);
    assert.equal(clock.timers, 0);
  });

  it('does not count sleep, nor a clock that is set back', () => {
    waiting();
    clock.jump(3_600_000);
    clock.advance(5_000);
    assert.equal(slow, 0, 'the machine slept');
    clock.jump(-3_600_000);
    clock.advance(5_000);
    assert.equal(slow, 0, 'the clock was set back');
    clock.advance(5_000);
    assert.equal(slow, 1);
  });

  it('counts a look that comes late, but not too late', () => {
    waiting();
    clock.jump(5_000);
    clock.advance(5_000);
    assert.equal(slow, 1);
  });

  it('hands on what came, and what went wrong, and waits no longer', async () => {
    assert.equal(await pace.wait(Promise.resolve('x'), () => 1), 'x');
    await assert.rejects(
      pace.wait(Promise.reject(new Error('gone')), () => 1),
      /gone/,
    );
    assert.equal(clock.timers, 0);
  });
});
