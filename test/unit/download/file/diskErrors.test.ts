import assert from 'node:assert/strict';
import { DownloadError } from '../../../../src/download/errors.ts';
import { diskError, isMissing, onDisk } from '../../../../src/download/file/diskErrors.ts';

const failed = (code?: string) =>
  Object.assign(new Error('syscall failed'), code === undefined ? {} : { code });

describe('The error of a disk', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
    it(`is that there is no room, with ${code}`, () => {
      const cause = failed(code);
      const error = diskError(cause, '/models/a');
      assert.deepEqual([error.kind, error.cause], ['noSpace', cause]);
      assert.match(error.message, new RegExp(`no room for /models/a \\(${code}\\)\\. Free`));
    });
  }

  for (const [code, named] of [
    ['EACCES', 'EACCES'],
    [undefined, 'Error: syscall failed'],
  ] as const) {
    it(`is that of its folder, with ${named}`, () => {
      const cause = failed(code);
      const error = diskError(cause, '/models/a');
      assert.deepEqual([error.kind, error.cause], ['folder', cause]);
      assert.match(
        error.message,
        new RegExp(`/models/a cannot be written \\(${named}\\)\\. Check`),
      );
    });
  }

  it('is not made of an error that says more', () => {
    const error = new DownloadError('mismatch', '');
    assert.equal(diskError(error, '/models/a'), error);
  });

  it('is told of work that fails, and of none that succeeds', async () => {
    assert.equal(await onDisk('/models/a', () => Promise.resolve(7)), 7);
    await assert.rejects(
      onDisk('/models/a', () => Promise.reject(failed('EIO'))),
      (error) => DownloadError.is(error, 'folder') && error.message.includes('/models/a'),
    );
  });

  it('is that something is missing, with the codes that say so', () => {
    assert.deepEqual(
      ['ENOENT', 'ENOTDIR', 'EACCES', undefined].map((code) => isMissing(failed(code))),
      [true, true, false, false],
    );
  });
});
