import assert from 'node:assert/strict';
import type { SourceReport, SyncReport } from '../../../../src/sync/report.ts';
import { nothingDone } from '../../../../src/sync/report.ts';
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
  /** What each source of a sync came to. */
  outcome: Partial<SourceReport> = {};
  /** What a second one came to, if there is one. */
  second: Partial<SourceReport> | undefined;
  /** The sync is given up. */
  isCancelled = false;
  addresses = '192.0.2.7/24';
  /** From 0 to below 1: where in the quarter of an hour after a start the background begins. */
  drawn = 0;
  /** The idle work that was begun. */
  readonly idle: AbortSignal[] = [];
  /** Syncs end at once unless a test sets this. */
  hold: PromiseWithResolvers<void> | undefined;
  readonly scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();
  #active = true;
  #focused = true;

  constructor() {
    const isActive = (): boolean => this.#active;
    const isFocused = (): boolean => this.#focused;
    this.scheduler = new Scheduler({
      random: () => this.drawn,
      clock: this.clock,
      signals: {
        get focused() {
          return isFocused();
        },
        get active() {
          return isActive();
        },
        onDidChange: (listener) => {
          this.#listeners.add(listener);
          return { dispose: () => this.#listeners.delete(listener) };
        },
      },
      interfaces: () => this.addresses,
      backgroundSync: () => this.backgroundSync,
      followed: () => this.followed,
      lastAttempt: () => this.lastAttempt,
      sync: (reason) => this.#sync(reason),
      idle: (signal) => {
        this.idle.push(signal);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
      },
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  setActive(active: boolean): void {
    this.#active = active;
    for (const listener of this.#listeners) listener();
  }

  setFocused(focused: boolean): void {
    this.#focused = focused;
    for (const listener of this.#listeners) listener();
  }

  /** Lets time pass second by second, so that what a sync sets off can happen in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SECOND) {
      this.clock.advance(SECOND);
      await settled();
    }
  }

  async #sync(reason: SyncReason): Promise<SyncReport | undefined> {
    this.begun.push([this.clock.now() - NOON, reason]);
    await this.hold?.promise;
    this.lastAttempt = this.clock.now();
    if (this.isCancelled) return undefined;
    const outcomes = [this.outcome, ...(this.second === undefined ? [] : [this.second])];
    return {
      reason,
      sources: outcomes.map((outcome, index) => ({ ...nothingDone(`hf:${index}`), ...outcome })),
    };
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

  it('asks to the second', async () => {
    window.lastAttempt = NOON - 25 * SECOND;
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    assert.deepEqual(window.begun, [[35 * SECOND, 'visible']]);
  });

  it('goes on after a sync that was cancelled', async () => {
    window.isCancelled = true;
    window.scheduler.setVisible(true);
    await window.pass(2 * MINUTE);
    assert.equal(window.begun.length, 2);
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

  it('asks a source that was added since the last run at once', async () => {
    window.scheduler.setVisible(true);
    await window.pass(MINUTE + SECOND);
    window.lastAttempt = undefined;
    window.scheduler.reconsider();
    assert.deepEqual(window.begun.slice(1), [[MINUTE + SECOND, 'startup']]);
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

  it('spreads what the background does after the machine has slept, and not what is looked at', async () => {
    window.setActive(false);
    window.drawn = 0.5;
    window.clock.jump(12 * 60 * MINUTE);
    await window.pass(7 * MINUTE);
    assert.equal(window.begun.length, 0);
    await window.pass(3 * MINUTE);
    assert.equal(window.begun.length, 1);
    window.clock.jump(12 * 60 * MINUTE);
    window.setActive(true);
    window.scheduler.setVisible(true);
    await window.pass(SECOND);
    assert.equal(window.begun.length, 2);
  });

  it('goes on when the clock is set back', async () => {
    window.setActive(false);
    window.clock.jump(-24 * 60 * MINUTE);
    await window.pass(2 * MINUTE);
    assert.equal(window.begun.length, 1);
    await window.pass(15 * MINUTE);
    assert.equal(window.begun.length, 2);
  });

  it('syncs when the user comes back to a window that is overdue, and only then', async () => {
    window.setFocused(false);
    await window.pass(14 * MINUTE);
    window.setFocused(true);
    assert.deepEqual(window.begun, []);
    window.setFocused(false);
    await window.pass(2 * MINUTE);
    window.setFocused(true);
    assert.deepEqual(window.begun, [[16 * MINUTE, 'focus']]);
  });

  it('syncs within seconds when the network is back, and looks for it only while there is none', async () => {
    window.outcome = { error: { kind: 'offline', message: 'Check the network.' } };
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    assert.equal(window.clock.timers, 2);
    window.addresses = '198.51.100.4/24';
    window.outcome = {};
    await window.pass(10 * SECOND);
    assert.deepEqual(
      window.begun.map(([, reason]) => reason),
      ['visible', 'network'],
    );
    assert.equal(window.clock.timers, 1);
  });

  it('looks for the network when one of its sources cannot be reached', async () => {
    window.second = { error: { kind: 'offline', message: 'Check the network.' } };
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    assert.equal(window.clock.timers, 2);
    window.second = { skipped: 'backoff' };
    await window.pass(MINUTE);
    assert.equal(window.clock.timers, 1, 'one that answers is enough');
  });

  it('looks for the network no longer when it is disposed', async () => {
    window.outcome = { error: { kind: 'offline', message: 'Check the network.' } };
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    window.scheduler.dispose();
    assert.equal(window.clock.timers, 0);
  });

  it('goes on looking for the network while other windows do the syncs', async () => {
    window.outcome = { error: { kind: 'offline', message: 'Check the network.' } };
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    window.outcome = { skipped: 'lease' };
    await window.pass(MINUTE);
    assert.equal(window.clock.timers, 2);
  });

  it('asks no sooner because a source has failed, since it may have failed for all', async () => {
    window.setActive(false);
    window.outcome = { error: { kind: 'server', message: 'It is tried again later.' } };
    await window.pass(45 * MINUTE);
    assert.deepEqual(window.begun, [
      [15 * MINUTE, 'idle'],
      [30 * MINUTE, 'idle'],
      [45 * MINUTE, 'idle'],
    ]);
    window.setActive(true);
    window.scheduler.setVisible(true);
    await window.pass(MINUTE);
    assert.deepEqual(window.begun.slice(3), [[46 * MINUTE, 'visible']]);
  });

  describe('after an idle sync', () => {
    it('does it where one source answered, whatever another came to', async () => {
      window.second = { skipped: 'lease' };
      window.setActive(false);
      await window.pass(15 * MINUTE);
      assert.equal(window.idle.length, 1);
    });

    it('does what can wait, and stops at the first sign of activity', async () => {
      window.setActive(false);
      await window.pass(15 * MINUTE);
      assert.equal(window.idle.length, 1);
      await window.pass(MINUTE);
      assert.equal(window.idle[0]?.aborted, false);
      window.setActive(true);
      assert.equal(window.idle[0].aborted, true);
      await settled();
      assert.equal(window.listeners, 1);
    });

    it('does it after each, and not twice at the same time', async () => {
      window.setActive(false);
      await window.pass(30 * MINUTE);
      assert.equal(window.begun.length, 2);
      assert.equal(window.idle.length, 1);
      window.setActive(true);
      window.setActive(false);
      await window.pass(15 * MINUTE);
      assert.equal(window.idle.length, 2);
    });

    for (const [name, outcome] of [
      ['that failed', { error: { kind: 'server', message: 'It is tried again later.' } }],
      ['that another window does', { skipped: 'lease' }],
    ] as [string, Partial<SourceReport>][]) {
      it(`does nothing after one ${name}`, async () => {
        window.setActive(false);
        window.outcome = outcome;
        await window.pass(16 * MINUTE);
        assert.equal(window.begun.length, 1);
        assert.equal(window.idle.length, 0);
      });
    }

    it('does nothing while somebody uses the window, and ends with it', async () => {
      window.hold = Promise.withResolvers();
      window.setActive(false);
      await window.pass(15 * MINUTE);
      window.setActive(true);
      window.hold.resolve();
      window.hold = undefined;
      await settled();
      assert.equal(window.idle.length, 0);
      window.setActive(false);
      await window.pass(15 * MINUTE);
      assert.equal(window.idle.length, 1);
      window.scheduler.dispose();
      assert.equal(window.idle[0]?.aborted, true);
    });
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
    window.outcome = { error: { kind: 'offline', message: 'Check the network.' } };
    window.hold = Promise.withResolvers();
    window.lastAttempt = undefined;
    window.scheduler.reconsider();
    window.scheduler.dispose();
    window.hold.resolve();
    await settled();
    assert.equal(window.clock.timers, 0);
  });
});
