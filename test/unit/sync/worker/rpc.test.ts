import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { DownloadError } from '../../../../src/download/errors.ts';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import { SyncError } from '../../../../src/sync/errors.ts';
import { RpcPeer } from '../../../../src/sync/worker/rpc.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';

describe('Calls between two threads', () => {
  let channel: MessageChannel;
  let host: RpcPeer;
  let engine: RpcPeer;

  beforeEach(() => {
    channel = new MessageChannel();
    host = new RpcPeer(channel.port1);
    engine = new RpcPeer(channel.port2);
  });
  afterEach(() => {
    channel.port1.close();
    channel.port2.close();
  });

  it('bring back what the handler returns, sooner or later', async () => {
    engine.handle('add', ({ a, b }: { a: number; b: number }) => a + b);
    engine.handle('later', (text: string) => Promise.resolve(new Map([[text, 1]])));
    assert.equal(await host.call('add', { a: 2, b: 3 }), 5);
    assert.deepEqual(await host.call('later', 'x'), new Map([['x', 1]]));
  });

  it('go in both directions at once, and each gets its own answer', async () => {
    engine.handle('ask', async (n: number) => `engine ${String(await engine.call('ask', n))}`);
    host.handle('ask', (n: number) => `host ${n}`);
    const answers = await Promise.all([1, 2, 3].map((n) => host.call('ask', n)));
    assert.deepEqual(answers, ['engine host 1', 'engine host 2', 'engine host 3']);
  });

  it('bring parts to who asked before the result, and to nobody else', async () => {
    engine.handle('spell', (word: string, _signal, tell) => {
      for (const letter of word) tell(letter);
      return word.length;
    });
    const heard: unknown[] = [];
    const others: unknown[] = [];
    const other = host.call('spell', 'xy', undefined, (letter) => others.push(letter));
    const length = await host.call('spell', 'abc', undefined, (letter) => heard.push(letter));
    assert.deepEqual([length, heard], [3, ['a', 'b', 'c']]);
    assert.deepEqual([await other, others], [2, ['x', 'y']]);
    assert.equal(await host.call('spell', 'abcd'), 4);
  });

  it('bring back a typed error with its message', async () => {
    engine.handle('fail', () => {
      throw new SyncError('rateLimited', 'Tried again later.', { retryAt: 1, status: 429 });
    });
    const failed = host.call('fail', undefined);
    await rejectsWith(failed, 'rateLimited', /^Tried again later\.$/);
    await assert.rejects(failed, { retryAt: 1, status: 429 });
  });

  it('bring back errors of other classes that both sides know', async () => {
    const errors = { DownloadError, RuntimeError };
    const told = new MessageChannel();
    const caller = new RpcPeer(told.port1, errors);
    const answerer = new RpcPeer(told.port2, errors);
    const thrown = [
      new DownloadError('noSpace', 'Free 2 GB.', { retryAt: 5 }),
      new RuntimeError('refused', 'Jan said no. Check Jan.'),
      new SyncError('offline', 'Check the network.'),
    ];
    answerer.handle('fail', (index: number) => Promise.reject(thrown[index]!));
    for (const [index, expected] of thrown.entries()) {
      await assert.rejects(caller.call('fail', index), (error) => {
        assert.equal(Object.getPrototypeOf(error), Object.getPrototypeOf(expected));
        assert.ok(error instanceof Error);
        assert.deepEqual(Object.entries(error), Object.entries(expected));
        return error.message === expected.message;
      });
    }
    told.port1.close();
  });

  it('make an error of a class that is not known here one of ours', async () => {
    engine.handle('fail', () => Promise.reject(new RuntimeError('disk', 'Unplugged.')));
    await assert.rejects(host.call('fail', undefined), (error) => {
      assert.ok(SyncError.is(error, 'server'));
      assert.match(error.message, /Unplugged/);
      return true;
    });
  });

  it('turn any other error into one with a message for people', async () => {
    engine.handle('fail', () => Promise.reject(new RangeError('too deep')));
    await assert.rejects(host.call('fail', undefined), (error) => {
      assert.ok(SyncError.is(error, 'server'));
      assert.match(error.message, /too deep.*log/);
      return true;
    });
  });

  it('fail where nobody answers', async () => {
    await assert.rejects(host.call('unknown', undefined), /nobody answers unknown/);
  });

  it('fail where the answer cannot cross', async () => {
    engine.handle('bad', () => () => undefined);
    await assert.rejects(host.call('bad', undefined), /could not be cloned/);
  });

  it('fail where the argument cannot cross, and are forgotten', async () => {
    await assert.rejects(
      host.call('x', () => undefined),
      /could not be cloned/,
    );
    // A call that was forgotten has nobody to hear of this.
    host.abandon(new SyncError('server', 'gone'));
  });

  it('abort the handler when the caller gives up', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    engine.handle('wait', (_argument: unknown, signal) => {
      begun.resolve(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SyncError('cancelled', 'Given up.')));
      });
    });
    const leaving = new AbortController();
    const answer = host.call('wait', undefined, leaving.signal);
    const signal = await begun.promise;
    assert.equal(signal.aborted, false);
    leaving.abort();
    await rejectsWith(answer, 'cancelled', /Given up/);
    assert.equal(signal.aborted, true);
  });

  it('are not made for a caller who has given up before', async () => {
    const asked: unknown[] = [];
    engine.handle('now', (argument) => asked.push(argument));
    await rejectsWith(host.call('now', 'late', AbortSignal.abort()), 'cancelled');
    await host.call('now', 'in time');
    assert.deepEqual(asked, ['in time']);
  });

  it('do not mind a caller who gives up after the answer', async () => {
    engine.handle('now', () => 1);
    const leaving = new AbortController();
    assert.equal(await host.call('now', undefined, leaving.signal), 1);
    leaving.abort();
    assert.equal(await host.call('now', undefined), 1);
  });

  it('all fail when the other side is gone', async () => {
    engine.handle('wait', () => new Promise(() => undefined));
    const calls = [host.call('wait', 1), host.call('wait', 2)];
    host.abandon(new SyncError('server', 'It starts again.'));
    for (const call of calls) await rejectsWith(call, 'server', /starts again/);
  });

  it('come with events, in order, to whoever listens', async () => {
    const heard: unknown[] = [];
    const last = Promise.withResolvers<undefined>();
    host.on('applied', (payload: { n: number }) => {
      heard.push(payload);
      if (payload.n === 2) last.resolve(undefined);
    });
    engine.emit('nobody listens', {});
    engine.emit('applied', { n: 1 });
    engine.emit('applied', { n: 2 });
    await last.promise;
    assert.deepEqual(heard, [{ n: 1 }, { n: 2 }]);
  });
});
