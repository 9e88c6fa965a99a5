import assert from 'node:assert/strict';
import { NOON } from '../../support/fakeClock.ts';
import { MINUTE, SECOND, ScheduledWindow, settled } from './scheduledWindow.ts';

describe('The scheduler', () => {
  let window: ScheduledWindow;
  beforeEach(() => {
    window = new ScheduledWindow();
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
    const silent = new ScheduledWindow();
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
