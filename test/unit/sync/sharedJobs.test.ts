import assert from 'node:assert/strict';
import { SyncError } from '../../../src/sync/errors.ts';
import { SharedJobs } from '../../../src/sync/sharedJobs.ts';
import { rejectsWith } from '../support/assertSyncError.ts';

/** Work that ends when a test says so, or when it is aborted unless it does not listen. */
class Work {
  deaf = false;
  readonly begun: { signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  joined = 0;
  readonly #jobs = new SharedJobs<string, number, string>();

  join(key: string, signal?: AbortSignal): Promise<string> {
    return this.#jobs.join(
      key,
      () => this.begun.length,
      () => {
        this.joined++;
      },
      (_job, shared) => {
        const end = Promise.withResolvers<string>();
        shared.addEventListener('abort', () => {
          if (!this.deaf) end.reject(new SyncError('cancelled', 'aborted'));
        });
        this.begun.push({ signal: shared, end });
        return end.promise;
      },
      signal,
    );
  }

  abortAll(): Promise<void> {
    return this.#jobs.abortAll();
  }
}

describe('Shared jobs', () => {
  it('are begun once and end for all who wait', async () => {
    const work = new Work();
    const both = [work.join('a'), work.join('a')];
    assert.equal(work.begun.length, 1);
    assert.equal(work.joined, 1);
    work.begun[0]!.end.resolve('done');
    assert.deepEqual(await Promise.all(both), ['done', 'done']);
  });

  it('run side by side for different keys', async () => {
    const work = new Work();
    const both = [work.join('a'), work.join('b')];
    assert.equal(work.begun.length, 2);
    work.begun[1]!.end.resolve('b');
    work.begun[0]!.end.resolve('a');
    assert.deepEqual(await Promise.all(both), ['a', 'b']);
  });

  it('are begun anew once they have ended', async () => {
    const work = new Work();
    const first = work.join('a');
    work.begun[0]!.end.resolve('first');
    assert.equal(await first, 'first');
    const second = work.join('a');
    work.begun[1]!.end.resolve('second');
    assert.equal(await second, 'second');
  });

  it('go on when one of those who wait leaves', async () => {
    const work = new Work();
    const leaving = new AbortController();
    const left = work.join('a', leaving.signal);
    const stays = work.join('a', new AbortController().signal);
    leaving.abort();
    await rejectsWith(left, 'cancelled');
    assert.equal(work.begun[0]!.signal.aborted, false);
    work.begun[0]!.end.resolve('done');
    assert.equal(await stays, 'done');
  });

  it('are aborted when the last of those who wait has left', async () => {
    const work = new Work();
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [work.join('a', one.signal), work.join('a', other.signal)];
    one.abort();
    other.abort();
    for (const waiting of both) await rejectsWith(waiting, 'cancelled');
    assert.equal(work.begun[0]!.signal.aborted, true);
  });

  it('are begun anew for whoever comes after an abort, even while the old one still ends', async () => {
    const work = new Work();
    work.deaf = true;
    const leaving = new AbortController();
    const left = work.join('a', leaving.signal);
    leaving.abort();
    await rejectsWith(left, 'cancelled');
    const next = work.join('a');
    assert.equal(work.begun.length, 2);
    work.begun[0]!.end.resolve('first');
    work.begun[1]!.end.resolve('second');
    assert.equal(await next, 'second');
    assert.equal(work.begun[1]!.signal.aborted, true, 'which harms no one once it has ended');
  });

  it('are not begun for whoever left before', async () => {
    const work = new Work();
    await rejectsWith(work.join('a', AbortSignal.abort()), 'cancelled');
    assert.equal(work.begun.length, 0);
  });

  it('fail for all who wait, and only for them', async () => {
    const work = new Work();
    const both = [work.join('a'), work.join('a')];
    work.begun[0]!.end.reject(new SyncError('offline', 'check the network'));
    for (const waiting of both) await rejectsWith(waiting, 'offline');
    const next = work.join('a');
    work.begun[1]!.end.resolve('fine');
    assert.equal(await next, 'fine');
  });

  it('all end when they are told to', async () => {
    const work = new Work();
    const both = [work.join('a'), work.join('b')].map((waiting) =>
      rejectsWith(waiting, 'cancelled'),
    );
    await work.abortAll();
    await Promise.all(both);
  });
});
