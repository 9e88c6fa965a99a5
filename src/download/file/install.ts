import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../sync/clock.ts';
import { syncFolder } from '../atomicFile.ts';
import { onDisk } from './diskErrors.ts';

/** What Windows says while a scanner or an indexer looks at a file. */
const IN_USE = new Set(['EPERM', 'EBUSY', 'EACCES']);
/** How long to wait between attempts, in ms. */
const PAUSES = [50, 100, 200, 400, 800, 1_600];

/**
 * Puts a complete file in its place, over the one that may be there, so that it is there after a
 * power failure too.
 * @param move renames a file
 * @throws DownloadError `folder` or `noSpace`
 */
export async function install(
  partial: string,
  target: string,
  clock: Clock,
  move: (from: string, to: string) => Promise<void> = rename,
): Promise<void> {
  await onDisk(target, async () => {
    for (const pause of PAUSES) {
      if (await isMoved(() => move(partial, target))) return;
      await new Promise<void>((resolve) => clock.after(pause, resolve));
    }
    await move(partial, target);
  });
  await onDisk(target, () => syncFolder(dirname(target)));
}

/** @returns false if somebody else has the file open just now */
async function isMoved(move: () => Promise<void>): Promise<boolean> {
  try {
    await move();
    return true;
  } catch (error) {
    if (IN_USE.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
