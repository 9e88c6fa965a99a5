import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { untilAborted } from '../../../src/sync/untilAborted.ts';
import { rejectsWith } from '../support/assertSyncError.ts';

describe('What an event brings until somebody leaves', () => {
  let controller: AbortController;
  beforeEach(() => {
    controller = new AbortController();
  });
  const listeners = () => getEventListeners(controller.signal, 'abort').length;
  const never = new Promise<never>(() => undefined);

  it('is its result, or what it throws', async () => {
    assert.equal(await untilAborted(Promise.resolve(7), controller.signal), 7);
    const failing = untilAborted(Promise.reject(new Error('gone')), controller.signal);
    await assert.rejects(failing, /gone/);
    assert.equal(listeners(), 0, 'nobody listens any more');
  });

  it('is nothing once the signal is aborted', async () => {
    const waiting = untilAborted(never, controller.signal);
    assert.equal(listeners(), 1);
    controller.abort();
    await rejectsWith(waiting, 'cancelled');
    assert.equal(listeners(), 0);
  });

  it('is nothing where that was aborted before, even if it is there already', async () => {
    controller.abort();
    await rejectsWith(untilAborted(never, controller.signal), 'cancelled');
    await rejectsWith(untilAborted(Promise.resolve(7), controller.signal), 'cancelled');
    assert.equal(listeners(), 0);
  });
});
