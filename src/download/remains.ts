import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { DownloadError } from './errors.ts';
import { onDisk } from './file/diskErrors.ts';
import { discardPartial } from './file/fileDownload.ts';
import { partialPaths } from './file/partialPaths.ts';
import { isThere } from './foundFile.ts';
import { whileKeeping } from './kept/whileKeeping.ts';
import { refuseStrayLinks } from './parts.ts';
import { discardCopy } from './reuse.ts';
import { isInside } from './safePath.ts';
import type { StoredDownload } from './storedDownload.ts';
import type { InstallTarget } from './targets/target.ts';

export interface RemainsServices {
  readonly target: InstallTarget;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Removes what a download that is given up has left: partial files, whole ones that it has made
 * and that are part of nothing installed, and folders that it has made and that are empty. What
 * cannot be removed is logged and stays.
 * @throws DownloadError the first failure, when all else is removed
 */
export async function removeRemains(
  download: StoredDownload,
  { target, clock, logger }: RemainsServices,
): Promise<void> {
  const { placement, traces } = download;
  const failures: unknown[] = [];
  const attempt = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
      logger.warn(`${path} of a cancelled download stays: ${describeError(error)}`);
    }
  };
  // Where links lead out of the folder by now, nothing is removed through them.
  await attempt(placement.folder, async () => {
    await refuseStrayLinks(download);
    for (const path of placement.paths) {
      if (!(await isThere(dirname(path)))) continue;
      await attempt(path, async () => {
        await discardPartial(path, clock);
        await discardCopy(partialPaths(path).verified);
        if (!traces.files.includes(path)) return;
        if (!(await target.isInstalled(path, placement)))
          await onDisk(path, () => rm(path, { force: true }));
      });
    }
    // An update that broke off between two files has left one of the older revision among the kept.
    const signal = new AbortController().signal;
    await whileKeeping(download, { clock, signal }, () => Promise.resolve());
    for (const path of placement.paths) await removeEmpty(dirname(path), traces.folders);
  });
  if (failures.length > 0) throw DownloadError.from(failures[0]);
}

/** Removes a folder and those above it, as long as they are empty and were made by us. */
async function removeEmpty(folder: string, made: readonly string[]): Promise<void> {
  for (let at = folder; made.some((one) => isInside(one, at)); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') continue;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
      throw error;
    }
  }
}
