import assert from 'node:assert/strict';
import type { ScheduleState, SyncReason } from '../../../../src/sync/strategy/policy.ts';
import { nextSync, syncOnReturn } from '../../../../src/sync/strategy/policy.ts';
import { NOON } from '../../support/fakeClock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const calm: ScheduleState = {
  followed: 2,
  lastAttempt: NOON,
  visible: false,
  active: false,
  notBefore: 0,
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
    [
      'comes later in a window that has just begun, since many begin at once',
      { notBefore: NOON + 25 * MINUTE },
      [25 * MINUTE, 'idle'],
    ],
    [
      'comes no later for that while somebody looks',
      { notBefore: NOON + 25 * MINUTE, visible: true, active: true },
      [MINUTE, 'visible'],
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

describe('A return', () => {
  for (const [name, reason, state, age, expected] of [
    ['to a window whose sources are overdue syncs at once', 'focus', {}, 15 * MINUTE, true],
    ['to a window whose sources are current does not', 'focus', {}, 15 * MINUTE - 1, false],
    [
      'to a window that has just begun does not, since many begin at once',
      'focus',
      { notBefore: NOON + 2 * HOUR },
      HOUR,
      false,
    ],
    [
      'to a window that has just begun does where the catalogue is seen',
      'focus',
      { notBefore: NOON + 2 * HOUR, visible: true },
      HOUR,
      true,
    ],
    ['to a window without sources does not', 'focus', { followed: 0 }, HOUR, false],
    ['without background sync does not', 'focus', { backgroundSync: false }, HOUR, false],
    [
      'without background sync does where the catalogue is seen',
      'focus',
      { backgroundSync: false, visible: true },
      HOUR,
      true,
    ],
    ['of the network syncs at once, whatever was tried before', 'network', {}, 0, true],
    ['of the network does not without sources', 'network', { followed: 0 }, HOUR, false],
    ['of the network does not against the setting', 'network', { backgroundSync: false }, 0, false],
  ] as [string, 'focus' | 'network', Partial<ScheduleState>, number, boolean][]) {
    it(name, () => {
      const now = NOON + age;
      const next = syncOnReturn({ ...calm, ...state }, reason, now);
      assert.deepEqual(next, expected ? { at: now, reason } : undefined);
    });
  }
});
