import assert from 'node:assert/strict';
import { DownloadError } from '../../../src/download/errors.ts';
import { SyncError } from '../../../src/sync/errors.ts';

describe('The error of a download', () => {
  it('stays what it is', () => {
    const error = new DownloadError('noSpace', 'Free space.', { retryAt: 7, cause: 'x' });
    assert.equal(DownloadError.from(error), error);
    assert.deepEqual(
      [error.name, error.kind, error.retryAt, error.cause],
      [...['DownloadError', 'noSpace', 7, 'x']],
    );
  });

  it('takes over kind, words and time of one that the network made', () => {
    const cause = new SyncError('rateLimited', 'Slow down.', { retryAt: 7 });
    const error = DownloadError.from(cause);
    assert.deepEqual(
      [error.kind, error.message, error.retryAt, error.cause],
      ['rateLimited', 'Slow down.', 7, cause],
    );
  });

  it('is unexpected where anything else was thrown, and says to see the log', () => {
    const error = DownloadError.from(new RangeError('odd'));
    assert.equal(error.kind, 'server');
    assert.match(error.message, /odd.*log/);
  });

  it('is known by its kind', () => {
    const error = new DownloadError('mismatch', '');
    assert.ok(DownloadError.is(error));
    assert.ok(DownloadError.is(error, 'mismatch'));
    assert.ok(!DownloadError.is(error, 'changed'));
    assert.ok(!DownloadError.is(new SyncError('server', '')));
  });
});
