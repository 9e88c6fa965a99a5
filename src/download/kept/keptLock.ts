import { join } from 'node:path';
import type { Clock } from '../../sync/clock.ts';
import { FileLock } from '../file/fileLock.ts';
import { KEPT_FOLDER } from './keptFiles.ts';

/**
 * Does something with the kept files of a folder while no other window does.
 * @throws DownloadError `conflict` if another one does just now; whatever the work throws
 */
export async function withKeptLock<T>(
  folder: string,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const lock = await FileLock.take(join(folder, `${KEPT_FOLDER}.lock`), clock, (error) =>
    lost.abort(error),
  );
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    await lock.release();
  }
}
