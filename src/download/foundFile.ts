import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { diskError, isMissing } from './file/diskErrors.ts';

/**
 * What is at a path, a link itself and not what it leads to; undefined if nothing is.
 * @throws DownloadError `folder` where that cannot be said
 */
export async function foundAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}

/** True if anything is at a path. @throws DownloadError `folder` where that cannot be said */
export async function isThere(path: string): Promise<boolean> {
  return (await foundAt(path)) !== undefined;
}
