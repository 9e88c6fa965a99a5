import assert from 'node:assert/strict';
import { Turns } from '../../../../src/sync/gateway/turns.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';

describe('Turns', () => {
  const never = new AbortController().signal;
  let turns: Turns;
  let begun: string[];
  beforeEach(() => {
    turns = new Turns();
    begun = [];
  });
  const task = (name: string, signal = never) => {
    const end = Promise.withResolvers<string>();
    const work = (): Promise<string> => {
      begun.push(name);
      return end.promise;
    };
    return { end, done: turns.take(work, signal) };
  };
  /** All that could happen without more input has happened. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('lets one work at a time, in the order in which they came', async () => {
    const [first, second, third] = [task('1'), task('2'), task('3')];
    await settled();
    assert.deepEqual(begun, ['1']);
    third.end.resolve('c');
    first.end.resolve('a');
    assert.equal(await first.done, 'a');
    await settled();
    assert.deepEqual(begun, ['1', '2']);
    second.end.resolve('b');
    assert.deepEqual(await Promise.all([second.done, third.done]), ['b', 'c']);
    assert.deepEqual(begun, ['1', '2', '3']);
  });

  it('goes on after a failure', async () => {
    const first = task('1');
    const second = task('2');
    first.end.reject(new Error('no'));
    await assert.rejects(first.done, /no/);
    second.end.resolve('b');
    assert.equal(await second.done, 'b');
  });

  it('lets go of whoever does not want to wait, and lets nobody in early for it', async () => {
    const leaving = new AbortController();
    const first = task('1');
    const second = task('2', leaving.signal);
    const third = task('3');
    leaving.abort();
    await rejectsWith(second.done, 'cancelled');
    await settled();
    assert.deepEqual(begun, ['1']);
    first.end.resolve('a');
    third.end.resolve('c');
    assert.equal(await third.done, 'c');
    assert.deepEqual(begun, ['1', '3']);
  });

  it('does not begin for whoever has left already', async () => {
    await rejectsWith(task('1', AbortSignal.abort()).done, 'cancelled');
    await settled();
    assert.deepEqual(begun, []);
  });
});
