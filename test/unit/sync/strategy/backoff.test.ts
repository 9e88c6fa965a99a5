import assert from 'node:assert/strict';
import type { SyncErrorKind } from '../../../../src/sync/errors.ts';
import { retryTime } from '../../../../src/sync/strategy/backoff.ts';
import { NOON } from '../../support/fakeClock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ALMOST_ONE = 1 - 2 ** -32;

describe('After a failure', () => {
  const wait = (
    failures: number,
    random: number,
    kind: SyncErrorKind = 'server',
    retryAt?: number,
  ) => retryTime(failures, { kind, retryAt }, NOON, random) - NOON;

  it('the longest wait doubles with each that follows, up to an hour', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 100, 5_000].map((n) =>
      Math.ceil(wait(n, ALMOST_ONE) / SECOND),
    );
    assert.deepEqual(longest, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  });

  it('windows that failed together do not come back together', () => {
    assert.equal(wait(3, 0), 0);
    assert.equal(wait(3, 0.25), 30 * SECOND);
    assert.equal(wait(3, 0.5), 60 * SECOND);
  });

  it('for want of a network the wait is five minutes at most', () => {
    assert.ok(wait(50, ALMOST_ONE, 'offline') <= 5 * MINUTE);
    assert.ok(wait(50, ALMOST_ONE, 'offline') > 4 * MINUTE);
  });

  it('the server decides how long at least, within a day', () => {
    assert.equal(wait(1, 0.5, 'rateLimited', NOON + 10 * MINUTE), 10 * MINUTE);
    assert.equal(wait(8, ALMOST_ONE, 'rateLimited', NOON + SECOND) > 59 * MINUTE, true);
    assert.equal(wait(1, 0.5, 'rateLimited', NOON + 10 ** 12), 24 * 60 * MINUTE);
    assert.equal(wait(1, 0, 'rateLimited', NOON - MINUTE), 0);
  });
});
