import assert from 'node:assert/strict';
import { cancelled, describeError, SyncError } from '../../../src/sync/errors.ts';

describe('An error of the engine', () => {
  it('says its kind, its words, its cause and when to come back', () => {
    const cause = new Error('inner');
    const error = new SyncError('rateLimited', 'Slow down.', { cause, retryAt: 7, status: 429 });
    assert.deepEqual(
      [error.name, error.kind, error.message, error.cause, error.retryAt, error.status],
      ['SyncError', 'rateLimited', 'Slow down.', cause, 7, 429],
    );
  });

  it('is known by its kind', () => {
    const error = new SyncError('offline', '');
    assert.ok(SyncError.is(error));
    assert.ok(SyncError.is(error, 'offline'));
    assert.ok(!SyncError.is(error, 'timeout'));
    assert.ok(!SyncError.is(new Error('offline')));
  });

  it('stays what it is', () => {
    const error = new SyncError('offline', '');
    assert.equal(SyncError.from(error), error);
  });

  it('is a cancelled one where something was aborted', () => {
    const cause = AbortSignal.abort().reason as Error;
    const error = SyncError.from(cause);
    assert.deepEqual([error.kind, error.cause], ['cancelled', cause]);
    assert.equal(error.message, cancelled().message);
    assert.match(error.message, /cancelled/);
  });

  for (const thrown of [
    new RangeError('odd'),
    'odd',
    Object.assign(new Error('odd'), { name: '' }),
  ]) {
    it(`is unexpected where ${String(thrown)} was thrown, and says to see the log`, () => {
      const error = SyncError.from(thrown);
      assert.deepEqual([error.kind, error.cause], ['server', thrown]);
      assert.match(error.message, /unexpected happened: odd\. See the log/);
    });
  }
});

describe('The description of an error', () => {
  it('tells of its causes too', () => {
    const inner = new Error('middle', { cause: 'inner' });
    assert.equal(describeError(new Error('outer', { cause: inner })), 'outer: middle: inner');
    assert.equal(describeError(new Error('alone')), 'alone');
    assert.equal(describeError(7), '7');
  });
});
