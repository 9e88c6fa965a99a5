import { join } from 'node:path';
import type { Clock } from '../../sync/clock.ts';
import { isThere } from '../foundFile.ts';
import type { QueuedDownload } from '../storedDownload.ts';
import { KEPT_FOLDER } from './keptFiles.ts';
import { withKeptLock } from './keptLock.ts';
import { settleKept } from './settleKept.ts';

/**
 * Does something with the files of a download while nobody rolls them back, and then brings the
 * kept files in line with it. Costs a look where nothing is kept, nor to be kept.
 * @throws DownloadError; whatever the work throws
 */
export async function whileKeeping(
  { plan, placement: { folder } }: Pick<QueuedDownload, 'plan' | 'placement'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const isKeeping =
    (await isThere(join(folder, KEPT_FOLDER))) ||
    (plan.keepsPrevious === true && (await isThere(folder)));
  if (!isKeeping) {
    await work();
    return;
  }
  await withKeptLock(folder, clock, signal, async () => {
    await work();
    await settleKept(folder, plan.variant, clock);
  });
}
