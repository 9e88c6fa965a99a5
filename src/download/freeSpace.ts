import { stat, statfs } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { diskError } from './file/diskErrors.ts';
import { DownloadError } from './errors.ts';
import { nearestExisting } from './safePath.ts';

/** Bytes that stay free: a disk that is full to the last byte breaks other programs. */
export const SPACE_MARGIN = 200_000_000;

/** What is asked of the disk, so that tests can have a full one. */
export interface Disk {
  /** Bytes that we may still write where a path is. */
  free(path: string): Promise<number>;
  /** Which disk a path is on. */
  device(path: string): Promise<number>;
}

/** The disks of this machine. */
export const realDisk: Disk = {
  free: async (path) => {
    const { bavail, bsize } = await statfs(path, { bigint: true });
    return Number(bavail * bsize);
  },
  device: async (path) => (await stat(path)).dev,
};

/** Bytes that are still to be written below a folder. */
export interface SpaceNeed {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Refuses what does not fit beside what others that go first still need on the same disk.
 * @throws DownloadError `noSpace`, or `folder` if the disk says nothing
 */
export async function refuseIfFull(
  need: SpaceNeed,
  others: readonly SpaceNeed[],
  disk: Disk,
): Promise<void> {
  if (need.bytes <= 0) return;
  const { existing } = await nearestExisting(need.folder);
  try {
    const promised = await promisedOn(await disk.device(existing), others, disk);
    const missing = need.bytes + promised + SPACE_MARGIN - (await disk.free(existing));
    if (missing <= 0) return;
    throw new DownloadError(
      'noSpace',
      promised > 0
        ? t(
            '{0} more are needed on the disk of {1}, with what other downloads still need there. Free space, then resume the download.',
            inWords(missing),
            need.folder,
          )
        : t(
            '{0} more are needed on the disk of {1}. Free space, then resume the download.',
            inWords(missing),
            need.folder,
          ),
    );
  } catch (error) {
    // Another window that cleans up removes folders that are empty: what is above them is there.
    const isGone = (await nearestExisting(need.folder)).existing !== existing;
    if (!isGone) throw diskError(error, existing);
    await refuseIfFull(need, others, disk);
  }
}

async function promisedOn(
  device: number,
  others: readonly SpaceNeed[],
  disk: Disk,
): Promise<number> {
  let promised = 0;
  for (const { folder, bytes } of others) {
    const onSameDisk = await isOn(device, folder, disk);
    if (onSameDisk) promised += Math.max(0, bytes);
  }
  return promised;
}

/** False also for a folder that cannot be reached: nothing is written to it now. */
async function isOn(device: number, folder: string, disk: Disk): Promise<boolean> {
  try {
    return (await disk.device((await nearestExisting(folder)).existing)) === device;
  } catch {
    return false;
  }
}

/** Rounded up: whoever frees so much is not refused again for the rest. */
function inWords(bytes: number): string {
  if (bytes < 1e9) return `${Math.ceil(bytes / 1e6)} MB`;
  return `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}
