import assert from 'node:assert/strict';
import type { ScheduleState, SyncReason } from '../../../../src/sync/strategy/policy.ts';
import { nextSync, wantsSweep } from '../../../../src/sync/strategy/policy.ts';
import { NOON } from '../../support/fakeClock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const calm: ScheduleState = {
  followed: 2,
  lastAttempt: NOON,
  visible: false,
  active: false,
  backgroundSync: true,
};

describe('The next sync', () => {
  for (const [name, state, expected] of [
    ['is never, without sources', { followed: 0, visible: true, active: true }, undefined],
    ['is at once, for what was never tried', { lastAttempt: undefined }, [0, 'startup']],
    [
      'is at once, for what was never tried and can be seen, whatever the setting',
      { lastAttempt: undefined, visible: true, backgroundSync: false },
      [0, 'startup'],
    ],
    [
      'is never, for what was never tried, without background sync while nobody looks',
      { lastAttempt: undefined, backgroundSync: false },
      undefined,
    ],
    [
      'is a minute later while somebody looks',
      { visible: true, active: true },
      [MINUTE, 'visible'],
    ],
    [
      'is a minute later while somebody looks, also without background sync',
      { visible: true, active: true, backgroundSync: false },
      [MINUTE, 'visible'],
    ],
    ['is a quarter of an hour later in an idle window', {}, [15 * MINUTE, 'idle']],
    [
      'is a quarter of an hour later in an idle window that shows the catalogue',
      { visible: true },
      [15 * MINUTE, 'idle'],
    ],
    [
      'waits five minutes more for a window that is never idle',
      { active: true },
      [20 * MINUTE, 'interval'],
    ],
    ['is never, without background sync while nobody looks', { backgroundSync: false }, undefined],
    [
      'is never, without background sync in an idle window that shows the catalogue',
      { backgroundSync: false, visible: true },
      undefined,
    ],
  ] as [string, Partial<ScheduleState>, [number, SyncReason] | undefined][]) {
    it(name, () => {
      const next = nextSync({ ...calm, ...state });
      if (expected === undefined) assert.equal(next, undefined);
      else {
        const [delay, reason] = expected;
        assert.deepEqual(next, { at: delay === 0 ? 0 : NOON + delay, reason });
      }
    });
  }
});

describe('A sweep', () => {
  for (const [name, age, reason, expected] of [
    ['is wanted on demand', 0, 'manual', true],
    ['is wanted once a day when idle', 24 * HOUR, 'idle', true],
    ['is wanted once a day in a window that is never idle', 24 * HOUR, 'interval', true],
    ['is not wanted more often', 24 * HOUR - 1, 'idle', false],
    ['is not wanted while somebody looks', 48 * HOUR, 'visible', false],
    ['is wanted where the clock was set back by a day', -24 * HOUR, 'idle', true],
    ['is not wanted where the clock was set back a little', -HOUR, 'idle', false],
  ] as [string, number, SyncReason, boolean][]) {
    it(name, () => assert.equal(wantsSweep(NOON - age, reason, NOON), expected));
  }

  for (const reason of ['startup', 'visible', 'idle', 'interval', 'manual'] as const) {
    it(`is wanted at first, for the reason ${reason}`, () => {
      assert.equal(wantsSweep(undefined, reason, NOON), true);
    });
  }
});
