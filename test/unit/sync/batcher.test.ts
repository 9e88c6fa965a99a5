import assert from 'node:assert/strict';
import { Batcher } from '../../../src/sync/batcher.ts';
import type { Send } from '../../../src/sync/batcher.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { until } from '../support/until.ts';

describe('A batcher', () => {
  let clock: FakeClock;
  let batcher: Batcher<string, string>;
  let sent: string[][];

  beforeEach(() => {
    clock = new FakeClock();
    batcher = new Batcher(clock, 5, 3);
    sent = [];
  });

  const send: Send<string, string> = (items) => {
    sent.push([...items]);
    return Promise.resolve(new Map(items.map((item) => [item, item.toUpperCase()])));
  };

  it('makes one question of those that come within its window', async () => {
    const first = batcher.load('k', 'a', send);
    clock.advance(4);
    const second = batcher.load('k', 'b', send);
    const again = batcher.load('k', 'a', send);
    clock.advance(1);
    assert.deepEqual(await Promise.all([first, second, again]), ['A', 'B', 'A']);
    assert.deepEqual(sent, [['a', 'b']]);
  });

  it('asks anew for what comes later', async () => {
    const first = batcher.load('k', 'a', send);
    clock.advance(5);
    await first;
    const second = batcher.load('k', 'a', send);
    clock.advance(5);
    assert.equal(await second, 'A');
    assert.deepEqual(sent, [['a'], ['a']]);
  });

  it('does not ask again for what others asked before', async () => {
    const first = batcher.load('k', 'a', send);
    clock.advance(5);
    await first;
    const second = batcher.load('k', 'b', send);
    clock.advance(5);
    assert.equal(await second, 'B');
    assert.deepEqual(sent, [['a'], ['b']]);
  });

  it('goes on to collect for a full batch that others have begun meanwhile', async () => {
    const all = ['a', 'b', 'c', 'd'].map((item) => batcher.load('k', item, send));
    clock.advance(5);
    await Promise.all(all);
    const later = [batcher.load('k', 'e', send), batcher.load('k', 'f', send)];
    clock.advance(5);
    await Promise.all(later);
    assert.deepEqual(sent, [['a', 'b', 'c'], ['d'], ['e', 'f']]);
  });

  it('waits no longer when all have left, and for nobody after the end', async () => {
    const leaving = new AbortController();
    const left = rejectsWith(batcher.load('k', 'a', send, leaving.signal), 'cancelled');
    leaving.abort();
    await left;
    await until(() => clock.timers === 0);
    const asked = rejectsWith(batcher.load('k', 'b', send), 'cancelled');
    await batcher.close();
    await asked;
    assert.equal(clock.timers, 0);
    assert.deepEqual(sent, []);
  });

  it('does not mix keys', async () => {
    const both = [batcher.load('k', 'a', send), batcher.load('l', 'a', send)];
    clock.advance(5);
    await Promise.all(both);
    assert.deepEqual(sent, [['a'], ['a']]);
  });

  it('splits what is too much for one question', async () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const all = items.map((item) => batcher.load('k', item, send));
    clock.advance(5);
    assert.deepEqual(await Promise.all(all), ['A', 'B', 'C', 'D', 'E', 'F', 'G']);
    assert.deepEqual(sent, [['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  it('has no result for what the answer leaves out', async () => {
    const missing = batcher.load('k', 'a', () => Promise.resolve(new Map()));
    clock.advance(5);
    assert.equal(await missing, undefined);
  });

  it('fails for all who asked', async () => {
    const failing: Send<string, string> = () =>
      Promise.reject(new SyncError('offline', 'Check the network.'));
    const both = [batcher.load('k', 'a', failing), batcher.load('k', 'b', failing)];
    clock.advance(5);
    for (const one of both) await rejectsWith(one, 'offline');
  });

  it('asks nothing if all have left before the window ends', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [
      batcher.load('k', 'a', send, one.signal),
      batcher.load('k', 'b', send, other.signal),
    ];
    one.abort();
    other.abort();
    for (const asked of both) await rejectsWith(asked, 'cancelled');
    clock.advance(5);
    await until(() => clock.timers === 0);
    assert.deepEqual(sent, []);
  });

  it('goes on for the others when one leaves, and is aborted when the last has left', async () => {
    let signal: AbortSignal | undefined;
    const hanging: Send<string, string> = (_, given) => {
      signal = given;
      return new Promise(() => undefined);
    };
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [
      batcher.load('k', 'a', hanging, one.signal),
      batcher.load('k', 'b', hanging, other.signal),
    ];
    clock.advance(5);
    await until(() => signal !== undefined);
    one.abort();
    await rejectsWith(both[0]!, 'cancelled');
    assert.equal(signal!.aborted, false);
    other.abort();
    await rejectsWith(both[1]!, 'cancelled');
    assert.equal(signal!.aborted, true);
  });

  it('takes a question after all others have left', async () => {
    const left = new AbortController();
    const gone = rejectsWith(batcher.load('k', 'a', send, left.signal), 'cancelled');
    left.abort();
    const stayed = batcher.load('k', 'b', send);
    await gone;
    clock.advance(5);
    assert.equal(await stayed, 'B');
    assert.equal(sent.length, 1);
  });
});
