import assert from 'node:assert/strict';
import { IdleWork } from '../../../../src/sync/strategy/idleWork.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Idle work', () => {
  let active: boolean;
  let listeners: Set<() => void>;
  let begun: { signal: AbortSignal; end: () => void }[];
  let idle: IdleWork;

  beforeEach(() => {
    active = false;
    listeners = new Set();
    begun = [];
    idle = new IdleWork({
      signals: {
        focused: true,
        get active() {
          return active;
        },
        onDidChange: (listener) => {
          listeners.add(listener);
          return { dispose: () => listeners.delete(listener) };
        },
      },
      work: async (signal) => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        begun.push({ signal, end: () => resolve(undefined) });
        await promise;
      },
    });
  });

  async function end(): Promise<void> {
    begun.at(-1)?.end();
    await turn();
  }

  it('does not begin while the window is used', () => {
    active = true;
    idle.begin();
    assert.equal(begun.length, 0);
  });

  it('begins nothing anew while it goes on, and again once that has ended', async () => {
    idle.begin();
    idle.begin();
    assert.equal(begun.length, 1);
    await end();
    idle.begin();
    assert.equal(begun.length, 2);
  });

  it('goes on when the window changes in another way, and stops when it is used', async () => {
    idle.begin();
    for (const listener of listeners) listener();
    assert.ok(!begun[0]!.signal.aborted);
    active = true;
    for (const listener of listeners) listener();
    assert.ok(begun[0]!.signal.aborted);
    await end();
    assert.equal(listeners.size, 0, 'it listens no more');
  });

  it('can be stopped, also where there is none', async () => {
    idle.stop();
    idle.begin();
    assert.ok(!begun[0]!.signal.aborted);
    idle.stop();
    assert.ok(begun[0]!.signal.aborted);
    await end();
  });
});
