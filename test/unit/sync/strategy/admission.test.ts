import assert from 'node:assert/strict';
import type { Skip, Circumstances } from '../../../../src/sync/strategy/admission.ts';
import { isOverdue, whySkip } from '../../../../src/sync/strategy/admission.ts';
import type { SyncReason } from '../../../../src/sync/strategy/policy.ts';
import { NOON } from '../../support/fakeClock.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

/** A source that was tried a minute ago, and answered. */
const current: Circumstances = {
  lastAttempt: NOON - MINUTE,
  failure: undefined,
  retryAt: undefined,
  spent: false,
};
const failing = { ...current, failure: { kind: 'server' }, retryAt: NOON + MINUTE };
const offline = { ...failing, failure: { kind: 'offline' } };

describe('A source', () => {
  for (const [name, reason, schedule, expected] of [
    ['is asked where it never was', 'idle', { ...current, lastAttempt: undefined }, undefined],
    ['is asked every minute while somebody looks', 'visible', current, undefined],
    [
      'is asked though a timer was a little early',
      'visible',
      { ...current, lastAttempt: NOON - MINUTE + 1_000 },
      undefined,
    ],
    [
      'is left alone where another window has just asked',
      'visible',
      { ...current, lastAttempt: NOON - 30_000 },
      'notDue',
    ],
    ['is left alone for 15 minutes otherwise', 'idle', current, 'notDue'],
    ['is left alone when the window is used again', 'focus', current, 'notDue'],
    ['is left alone when the network is back and it answered', 'network', current, 'notDue'],
    [
      'is asked after 15 minutes',
      'idle',
      { ...current, lastAttempt: NOON - 15 * MINUTE },
      undefined,
    ],
    ['is left alone while it backs off', 'visible', failing, 'backoff'],
    ['is asked when that is over', 'idle', { ...failing, retryAt: NOON }, undefined],
    ['is asked when the network is back', 'network', offline, undefined],
    [
      'backs off though the network is back, if that was not the matter',
      'network',
      failing,
      'backoff',
    ],
    [
      'is left alone where the bytes of the day are used up',
      'visible',
      { ...current, spent: true },
      'budget',
    ],
    [
      'is asked where the user wants it, whatever is',
      'manual',
      { ...failing, spent: true },
      undefined,
    ],
    [
      'is asked where the clock was set back by a year',
      'idle',
      { ...current, lastAttempt: NOON + YEAR },
      undefined,
    ],
    [
      'is asked where the clock was set back by a year while it backed off',
      'idle',
      { ...failing, lastAttempt: NOON + YEAR, retryAt: NOON + YEAR },
      undefined,
    ],
  ] as [string, SyncReason, Circumstances, Skip | undefined][]) {
    it(name, () => assert.equal(whySkip(reason, schedule, NOON), expected));
  }

  it('is overdue where it has not answered for 15 minutes, or not yet', () => {
    assert.equal(isOverdue(undefined, NOON), true);
    assert.equal(isOverdue(NOON - 15 * MINUTE, NOON), true);
    assert.equal(isOverdue(NOON - 14 * MINUTE, NOON), false);
    assert.equal(isOverdue(NOON + YEAR, NOON), true);
  });
});
