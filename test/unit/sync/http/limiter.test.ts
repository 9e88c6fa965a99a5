import assert from 'node:assert/strict';
import type { Priority, Ticket } from '../../../../src/sync/http/limiter.ts';
import { Limiter } from '../../../../src/sync/http/limiter.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('A limiter', () => {
  let limit: number;
  let limiter: Limiter;
  let inside: string[];
  let leave: Map<string, () => void>;

  beforeEach(() => {
    limit = 3;
    limiter = new Limiter(() => limit);
    inside = [];
    leave = new Map();
  });

  function come(
    name: string,
    priority: Priority = 'foreground',
    signal = new AbortController().signal,
  ): { ticket: Ticket; entered: Promise<void> } {
    const ticket = { priority };
    const entered = limiter.enter(ticket, signal).then((left) => {
      inside.push(name);
      leave.set(name, left);
    });
    return { ticket, entered };
  }

  it('lets so many in at once, and the next when one leaves', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) void come(name);
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c']);
    leave.get('b')!();
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c', 'd']);
  });

  it('lets the foreground ahead of the background that came before', async () => {
    for (const name of ['a', 'b', 'c']) void come(name);
    void come('patient', 'background');
    void come('urgent');
    await turn();
    leave.get('a')!();
    leave.get('b')!();
    leave.get('c')!();
    await turn();
    assert.deepEqual(inside.slice(3), ['urgent', 'patient']);
  });

  it('keeps the last place from the background', async () => {
    for (const name of ['a', 'b', 'c']) void come(name, 'background');
    await turn();
    assert.deepEqual(inside, ['a', 'b']);
    void come('urgent');
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'urgent']);
  });

  it('lets the background in when the user begins to wait for it', async () => {
    for (const name of ['a', 'b']) void come(name, 'background');
    const { ticket } = come('c', 'background');
    await turn();
    limiter.hurry(ticket, 'foreground');
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c']);
    limiter.hurry(ticket, 'ahead');
    assert.equal(ticket.priority, 'foreground', 'whoever waits less urgently slows nothing down');
  });

  it('forgets those who give up, and keeps no place for them', async () => {
    for (const name of ['a', 'b', 'c']) void come(name);
    const leaving = new AbortController();
    const { entered } = come('left', 'foreground', leaving.signal);
    void come('d');
    leaving.abort();
    await rejectsWith(entered, 'cancelled');
    leave.get('a')!();
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c', 'd']);
    await rejectsWith(come('late', 'foreground', leaving.signal).entered, 'cancelled');
  });

  it('follows a limit that changes', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) void come(name);
    await turn();
    limit = 2;
    leave.get('a')!();
    leave.get('b')!();
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c', 'd'], 'two inside: c and d');
  });
});
