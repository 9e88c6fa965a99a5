import assert from 'node:assert/strict';
import { SharedFlow } from '../../../src/download/flow.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';

const never = new AbortController().signal;
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('The flow of all downloads', () => {
  let clock: FakeClock;
  let flow: SharedFlow;
  beforeEach(() => {
    clock = new FakeClock();
    flow = new SharedFlow(clock);
  });
  const limit = (bytesPerSecond?: number, files = 1, syncing = false): void =>
    flow.limit({ files, syncing, ...(bytesPerSecond !== undefined && { bytesPerSecond }) });

  /** Connections that take pieces as fast as they may, for some ms. @returns bytes by 100 ms */
  async function flowing(connections: number, ms: number, piece: () => number): Promise<number[]> {
    const stop = new AbortController();
    const by = Array.from({ length: ms / 100 }, () => 0);
    const begin = clock.now();
    const connection = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const bytes = piece();
        await flow.take(bytes, stop.signal);
        const slot = Math.floor((clock.now() - begin) / 100);
        if (slot >= by.length) return;
        by[slot] = (by[slot] ?? 0) + bytes;
      }
    };
    const all = Array.from({ length: connections }, () => connection().catch(() => undefined));
    for (let at = 0; at <= ms; at += 10) {
      await turns();
      clock.advance(10);
    }
    stop.abort();
    await Promise.all(all);
    return by;
  }

  it('lets everything through at once without a limit', () => {
    assert.equal(flow.take(1e12, never), undefined);
  });

  const seed = seedOfRun();
  for (const [rate, connections, most] of [
    [5_000_000, 8, 262_144],
    [1_000_000, 3, 65_536],
    [50_000, 8, 16_384],
  ] as const) {
    it(`keeps ${rate} bytes per second within 5 %, smoothly (SEED=${seed})`, async () => {
      const random = randomNumbers(seed);
      limit(rate);
      const by = await flowing(connections, 20_000, () => 1 + Math.floor(random() * most));
      const total = by.reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(Math.abs(total / (rate * 20) - 1) < 0.05, `${total / 20} bytes per second`);
      for (let at = 0; at + 10 <= by.length; at += 10) {
        const second = by.slice(at, at + 10).reduce((sum, bytes) => sum + bytes, 0);
        assert.ok(second <= rate * 1.3 + most, `${second} in second ${at / 10}`);
      }
    });
  }

  it('serves those who wait in their order', async () => {
    limit(1000);
    const order: number[] = [];
    assert.equal(flow.take(500, never), undefined);
    const all = [1, 2, 3].map(async (one) => {
      await flow.take(500, never);
      order.push(one);
    });
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      clock.advance(500);
      await turns();
      assert.deepEqual(order, expected);
    }
    await Promise.all(all);
  });

  it('does not save up what was not used', () => {
    limit(1000);
    clock.advance(60_000);
    assert.equal(flow.take(250, never), undefined);
    assert.equal(flow.take(1, never), undefined);
    assert.ok(flow.take(1, never));
  });

  it('follows a new limit at once, also for those who wait', async () => {
    limit(1);
    assert.equal(flow.take(1_000_000, never), undefined);
    const waiting = flow.take(1, never);
    limit(undefined);
    await waiting;
    assert.equal(flow.take(1e9, never), undefined);
    limit(1000);
    assert.equal(flow.take(10, never), undefined);
  });

  it('lets nobody wait who has given up', async () => {
    limit(1000);
    const stop = new AbortController();
    assert.equal(flow.take(100_000, never), undefined);
    const left = flow.take(1, stop.signal)!;
    stop.abort();
    await rejectsWith(left, 'cancelled');
    await rejectsWith(flow.take(1, stop.signal)!, 'cancelled');
    const next = flow.take(1, never)!;
    clock.advance(100_000);
    await next;
    assert.equal(clock.timers, 0);
  });

  it('goes on after the clock was set back, and takes no more after a sleep', async () => {
    limit(1000);
    assert.equal(flow.take(1000, never), undefined);
    clock.jump(-86_400_000);
    const waiting = flow.take(1, never)!;
    clock.advance(1_100);
    await waiting;
    clock.jump(86_400_000);
    assert.equal(flow.take(10_000, never), undefined);
    assert.ok(flow.take(1, never));
  });

  it('shares eight connections, and leaves the line to the sync', () => {
    assert.equal(flow.connections(), 8);
    limit(undefined, 2);
    assert.equal(flow.connections(), 4);
    limit(undefined, 2, true);
    assert.equal(flow.connections(), 1);
  });
});
