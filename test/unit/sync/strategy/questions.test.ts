import assert from 'node:assert/strict';
import type { SyncReason } from '../../../../src/sync/strategy/policy.ts';
import {
  planQuestions,
  planWithoutQuota,
  wantsCounters,
  wantsSweep,
} from '../../../../src/sync/strategy/questions.ts';
import { NOON } from '../../support/fakeClock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('A sweep', () => {
  for (const [name, age, reason, expected] of [
    ['is wanted on demand', 0, 'manual', true],
    ['is wanted once a day when idle', 24 * HOUR, 'idle', true],
    ['is wanted once a day in a window that is never idle', 24 * HOUR, 'interval', true],
    ['is not wanted more often', 24 * HOUR - 1, 'idle', false],
    ['is not wanted while somebody looks', 48 * HOUR, 'visible', false],
    ['is not wanted when somebody comes back', 48 * HOUR, 'focus', false],
    ['is not wanted when the network comes back', 48 * HOUR, 'network', false],
    ['is wanted where the clock was set back', -HOUR, 'idle', true],
    ['is not wanted where clocks differ by a second', -1_000, 'idle', false],
  ] as [string, number, SyncReason, boolean][]) {
    it(name, () => assert.equal(wantsSweep(NOON - age, reason, NOON), expected));
  }

  for (const reason of ['startup', 'visible', 'idle', 'interval', 'manual'] as const) {
    it(`is wanted at first, for the reason ${reason}`, () => {
      assert.equal(wantsSweep(undefined, reason, NOON), true);
    });
  }
});

describe('All counters', () => {
  for (const [name, age, reason, expected] of [
    ['are wanted at first', undefined, 'startup', true],
    ['are wanted at first, on demand too', undefined, 'manual', true],
    ['are not wanted while somebody looks', undefined, 'visible', false],
    ['are wanted once a day when idle', 24 * HOUR, 'idle', true],
    ['are wanted once a day on demand', 24 * HOUR, 'manual', true],
    ['are not wanted more often, not even on demand', 24 * HOUR - 1, 'manual', false],
    ['are wanted where the clock was set back', -HOUR, 'interval', true],
  ] as [string, number | undefined, SyncReason, boolean][]) {
    it(name, () => {
      const last = age === undefined ? undefined : NOON - age;
      assert.equal(wantsCounters(last, reason, NOON), expected);
    });
  }
});

describe('What is asked', () => {
  const never = { lastSuccess: undefined, lastSweep: undefined, lastCounters: undefined };
  const answered = (minutes: number) => ({
    lastSuccess: NOON - minutes * MINUTE,
    lastSweep: NOON - HOUR,
    lastCounters: NOON - HOUR,
  });
  const stale = { ...answered(15), lastSweep: NOON - 25 * HOUR };

  for (const [name, state, reason, expected] of [
    ['at first is everything, at once', never, 'startup', [true, true, 'foreground']],
    ['on demand is everything there is', answered(1), 'manual', [true, false, 'foreground']],
    ['while somebody looks is the news', answered(1), 'visible', [false, false, 'background']],
    [
      'of a source not heard of for 15 minutes may use all of the quota',
      answered(15),
      'visible',
      [false, false, 'foreground'],
    ],
    ['of it while idle may too', answered(15), 'idle', [false, false, 'foreground']],
    ['once a day is more, which may not', stale, 'idle', [true, false, 'background']],
    [
      'for counters is the whole, as a probe sees the newest rows only',
      { ...answered(1), lastCounters: NOON - 25 * HOUR },
      'idle',
      [true, true, 'background'],
    ],
  ] as [string, typeof never, SyncReason, [boolean, boolean, string]][]) {
    it(name, () => {
      const [sweep, counters, priority] = expected;
      assert.deepEqual(planQuestions(state, reason, NOON), { sweep, counters, priority });
    });
  }

  it('where the quota is used up is the probe that is always allowed, if it is due', () => {
    const refused = planQuestions(stale, 'idle', NOON);
    const probe = { sweep: false, counters: false, priority: 'foreground' };
    assert.deepEqual(planWithoutQuota(refused, stale.lastSuccess, NOON), probe);
    assert.equal(planWithoutQuota(refused, NOON - 14 * MINUTE, NOON), undefined);
    const probed = planQuestions(answered(15), 'idle', NOON);
    assert.equal(
      planWithoutQuota(probed, NOON - 15 * MINUTE, NOON),
      undefined,
      'it was just refused',
    );
  });
});
