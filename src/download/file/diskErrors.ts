import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What it means to the user that a file beside or at `path` could not be written or read. */
export function diskError(error: unknown, path: string): DownloadError {
  if (error instanceof DownloadError) return error;
  const { code = String(error) } = error as NodeJS.ErrnoException;
  if (NO_SPACE.has(code)) {
    return new DownloadError(
      'noSpace',
      t(
        'There is no room for {0} ({1}). Free some space and resume: what was fetched is kept.',
        path,
        code,
      ),
      { cause: error },
    );
  }
  return new DownloadError(
    'folder',
    t(
      '{0} cannot be written ({1}). Check that its folder is there and may be written, then resume.',
      path,
      code,
    ),
    { cause: error },
  );
}

/** Does something with the disk. @throws DownloadError `noSpace` or `folder` */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, path);
  }
}

/** Whether a file or its folder is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
