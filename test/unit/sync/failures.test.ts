import assert from 'node:assert/strict';
import type { SyncErrorKind } from '../../../src/sync/errors.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { Failures, NEGATIVE_TTL } from '../../../src/sync/failures.ts';
import { FakeClock } from '../support/fakeClock.ts';

const error = (kind: SyncErrorKind) => new SyncError(kind, '');

describe('What could not be had', () => {
  let clock: FakeClock;
  let failures: Failures;

  beforeEach(() => {
    clock = new FakeClock();
    failures = new Failures(clock);
  });

  for (const kind of ['notFound', 'unauthorised', 'forbidden'] as const) {
    it(`was refused, and is for five minutes, where it is ${kind}`, () => {
      const refused = error(kind);
      failures.note('a', refused);
      assert.equal(failures.refusal('a'), refused);
      clock.advance(NEGATIVE_TTL - 1);
      assert.equal(failures.refusal('a'), refused);
      clock.advance(1);
      assert.equal(failures.refusal('a'), undefined);
      assert.equal(failures.last('a'), refused, 'the reason stays');
    });
  }

  it('was not refused where asking again may help', () => {
    failures.note('a', error('offline'));
    assert.equal(failures.refusal('a'), undefined);
    assert.equal(failures.last('a')?.kind, 'offline');
  });

  it('is asked for again after the clock was set back', () => {
    failures.note('a', error('notFound'));
    clock.jump(-1);
    assert.equal(failures.refusal('a'), undefined);
  });

  it('is not told by a question that somebody gave up', () => {
    failures.note('a', error('notFound'));
    failures.note('a', error('cancelled'));
    assert.equal(failures.last('a')?.kind, 'notFound');
  });

  it('is forgotten one by one, or all', () => {
    for (const key of ['a', 'b', 'c']) failures.note(key, error('notFound'));
    assert.equal(failures.forget('a'), true);
    assert.equal(failures.forget('a'), false);
    assert.equal(failures.last('a'), undefined);
    assert.ok(failures.last('b'));
    failures.clear();
    assert.equal(failures.last('b'), undefined);
  });

  it('is nothing at first', () => {
    assert.equal(failures.last('a'), undefined);
    assert.equal(failures.refusal('a'), undefined);
  });
});
