import assert from 'node:assert/strict';
import { WhileAway } from '../../../src/sync/whileAway.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Work while the user is away', () => {
  let pieces: string[];
  let running: { piece: string; signal: AbortSignal; end: () => void }[];
  let work: WhileAway<string>;

  beforeEach(() => {
    pieces = ['a', 'b'];
    running = [];
    work = new WhileAway({
      next: () => pieces.shift(),
      work: (piece, signal) => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        running.push({ piece, signal, end: () => resolve(undefined) });
        return promise as Promise<unknown> as Promise<void>;
      },
    });
  });
  const begun = () => running.map(({ piece }) => piece).join('');

  it('does not begin while the user is there', () => {
    work.consider();
    work.setAway(false);
    assert.equal(begun(), '');
  });

  it('is done piece by piece, one at a time', async () => {
    work.setAway(true);
    work.consider();
    assert.equal(begun(), 'a');
    running[0]!.end();
    await turn();
    assert.equal(begun(), 'ab');
    running[1]!.end();
    await turn();
    assert.equal(begun(), 'ab', 'there is no more');
    pieces.push('c');
    work.consider();
    assert.equal(begun(), 'abc');
  });

  it('is broken off when the user is back, and goes on later', async () => {
    work.setAway(true);
    assert.ok(!running[0]!.signal.aborted);
    work.setAway(false);
    assert.ok(running[0]!.signal.aborted);
    running[0]!.end();
    await turn();
    assert.equal(begun(), 'a');
    work.setAway(true);
    assert.equal(begun(), 'ab');
    assert.ok(!running[1]!.signal.aborted);
  });

  it('goes on as soon as what was broken off has ended, if the user has left again', async () => {
    work.setAway(true);
    work.setAway(false);
    work.setAway(true);
    assert.equal(begun(), 'a');
    running[0]!.end();
    await turn();
    assert.equal(begun(), 'ab');
  });

  it('ends for good, when what runs has ended', async () => {
    work.setAway(true);
    let isClosed = false;
    const closing = work.close().then(() => (isClosed = true));
    assert.ok(running[0]!.signal.aborted);
    await turn();
    assert.ok(!isClosed);
    running[0]!.end();
    await closing;
    work.setAway(true);
    assert.equal(begun(), 'a');
  });

  it('ends though nothing runs', async () => {
    await work.close();
    work.setAway(true);
    assert.equal(begun(), '');
  });
});
