import assert from 'node:assert/strict';
import type { SyncReason } from '../../../../src/sync/strategy/policy.ts';
import { Scheduler } from '../../../../src/sync/strategy/scheduler.ts';
import { FakeClock, NOON } from '../../support/fakeClock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A window, its sources, and syncs that end when a test says so. */
class Window {
  readonly clock = new FakeClock();
  /** When a sync began, in ms since the test did, and why. */
  readonly begun: [number, SyncReason][] = [];
  followed = 1;
  backgroundSync = true;
  lastAttempt: number | undefined = NOON;
  /** Syncs end at once unless a test sets this. */
  hold: PromiseWithResolvers<void> | undefined;
  readonly scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();
  #active = true;

  constructor() {
    const isActive = (): boolean => this.#active;
    this.scheduler = new Scheduler({
      clock: this.clock,
      signals: {
        focused: true,
        get active() {
          return isActive();
        },
        onDidChange: (listener) => {
          this.#listeners.add(listener);
          return { dispose: () => this.#listeners.delete(listener) };
        },
      },
      backgroundSync: () => this.backgroundSync,
      followed: () => this.followed,
      lastAttempt: () => this.lastAttempt,
      sync: (reason) => this.#sync(reason),
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  setActive(active: boolean): void {
    this.#active = active;
    for (const listener of this.#listeners) listener();
  }

  /** Lets time pass second by second, so that what a sync sets off can happen in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SECOND) {
      this.clock.advance(SECOND);
      await settled();
    }
  }

  async #sync(reason: SyncReason): Promise<void> {
    this.begun.push([this.clock.now() - NOON, reason]);
    await this.hold?.promise;
    this.lastAttempt = this.clock.now();
  }
}

/** Lets all promises go on that can. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('The scheduler', () => {
  let window: Window;
  beforeEach(() => {
    window = new Window();
  });
  afterEach(() => window.scheduler.dispose());

  it('refreshes an idle window when it is due, and not before', async () => {
    window.setActive(false);
    await window.pass(15 * MINUTE - SECOND);
    assert.deepEqual(window.begun, []);
    await window.pass(SECOND);
    assert.deepEqual(window.begun, [[15 * MINUTE, 'idle']]);
    await window.pass(15 * MINUTE);
    assert.deepEqual(window.begun.slice(1), [[30 * MINUTE, 'idle']]);
  });

  it('waits for a busy window to become idle', async () => {
    window.scheduler.reconsider();
    await window.pass(17 * MINUTE);
    assert.deepEqual(window.begun, []);
    window.setActive(false);
    assert.deepEqual(window.begun, [[17 * MINUTE, 'idle']]);
  });

  it('waits no longer than five minutes for a window that is never idle', async () => {
    window.scheduler.reconsider();
    await window.pass(20 * MINUTE - SECOND);
    assert.deepEqual(window.begun, []);
    await window.pass(SECOND);
    assert.deepEqual(window.begun, [[20 * MINUTE, 'interval']]);
  });

  it('asks every 60 seconds while somebody looks', async () => {
    window.scheduler.setVisible(true);
    await window.pass(3 * MINUTE);
    assert.deepEqual(window.begun, [
      [MINUTE, 'visible'],
      [2 * MINUTE, 'visible'],
      [3 * MINUTE, 'visible'],
    ]);
  });

  it('asks at once when the catalogue becomes visible and is overdue', async () => {
    window.scheduler.reconsider();
    await window.pass(2 * MINUTE);
    window.scheduler.setVisible(true);
    assert.deepEqual(window.begun, [[2 * MINUTE, 'visible']]);
  });

  it('stops asking when the catalogue is hidden again', async () => {
    window.scheduler.setVisible(true);
    window.scheduler.setVisible(false);
    await window.pass(10 * MINUTE);
    assert.deepEqual(window.begun, []);
  });

  it('does nothing without background sync while nobody looks', async () => {
    window.backgroundSync = false;
    window.setActive(false);
    await window.pass(120 * MINUTE);
    assert.deepEqual(window.begun, []);
    assert.equal(window.clock.timers, 0);
  });

  it('does nothing without sources', async () => {
    window.followed = 0;
    window.scheduler.setVisible(true);
    await window.pass(120 * MINUTE);
    assert.deepEqual(window.begun, []);
  });

  it('refreshes at once what was never tried, and no more than once where it stays so', () => {
    window.lastAttempt = undefined;
    window.hold = Promise.withResolvers();
    window.scheduler.reconsider();
    assert.deepEqual(window.begun, [[0, 'startup']]);
    window.scheduler.reconsider();
    assert.equal(window.begun.length, 1);
  });

  it('goes by its own last run where nothing was written down', async () => {
    const silent = new Window();
    Object.defineProperty(silent, 'lastAttempt', { get: () => undefined, set: () => undefined });
    silent.scheduler.setVisible(true);
    await settled();
    await silent.pass(2 * MINUTE);
    assert.deepEqual(silent.begun, [
      [0, 'startup'],
      [MINUTE, 'visible'],
      [2 * MINUTE, 'visible'],
    ]);
    silent.scheduler.dispose();
  });

  it('runs one sync at a time, and the next a minute after the last began', async () => {
    window.hold = Promise.withResolvers();
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    for (let minute = 0; minute < 5; minute++) {
      window.setActive(minute % 2 === 0);
      await window.pass(MINUTE);
    }
    assert.equal(window.begun.length, 1);
    window.hold.resolve();
    window.hold = undefined;
    await settled();
    await window.pass(MINUTE);
    assert.equal(window.begun.length, 2);
  });

  it('takes into account what another window has asked meanwhile', async () => {
    window.scheduler.setVisible(true);
    await window.pass(50 * SECOND);
    window.lastAttempt = window.clock.now();
    window.scheduler.reconsider();
    await window.pass(50 * SECOND);
    assert.deepEqual(window.begun, []);
  });

  it('catches up once after the machine has slept', async () => {
    window.setActive(false);
    await window.pass(MINUTE);
    window.clock.jump(8 * 60 * MINUTE);
    await window.pass(MINUTE);
    assert.equal(window.begun.length, 1);
    assert.equal(window.begun[0]?.[1], 'idle');
    await window.pass(10 * MINUTE);
    assert.equal(window.begun.length, 1);
  });

  it('goes on when the clock is set back', async () => {
    window.setActive(false);
    window.clock.jump(-24 * 60 * MINUTE);
    await window.pass(2 * MINUTE);
    assert.equal(window.begun.length, 1);
    await window.pass(15 * MINUTE);
    assert.equal(window.begun.length, 2);
  });

  it('lets go of its timer and of the window when it is disposed', async () => {
    window.setActive(false);
    window.scheduler.dispose();
    window.scheduler.dispose();
    assert.equal(window.clock.timers, 0);
    assert.equal(window.listeners, 0);
    await window.pass(60 * MINUTE);
    assert.deepEqual(window.begun, []);
  });

  it('begins nothing anew after a sync that outlived it', async () => {
    window.hold = Promise.withResolvers();
    window.lastAttempt = undefined;
    window.scheduler.reconsider();
    window.scheduler.dispose();
    window.hold.resolve();
    await settled();
    assert.equal(window.clock.timers, 0);
  });
});
