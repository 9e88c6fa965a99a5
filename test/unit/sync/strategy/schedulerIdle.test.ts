import assert from 'node:assert/strict';
import type { SourceReport } from '../../../../src/sync/report.ts';
import { MINUTE, ScheduledWindow, settled } from './scheduledWindow.ts';

describe('The scheduler after an idle sync', () => {
  let window: ScheduledWindow;
  beforeEach(() => {
    window = new ScheduledWindow();
  });
  afterEach(() => window.scheduler.dispose());

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
