import { realDisk } from '../../download/freeSpace.ts';
import { nearestExisting } from '../../download/safePath.ts';
import type { InstalledSnapshot } from '../../runtime/installed.ts';
import type { Wording } from '../details/wording.ts';

/** A folder that models are in, or go to. */
export interface ModelPlace {
  /** Whose folder it is. */
  readonly name: string;
  readonly folder: string;
  /** Downloads go there. */
  readonly isTarget: boolean;
}

/** The folders of this machine, that of the settings first. */
export function modelPlaces(
  own: string,
  runtimes: InstalledSnapshot['runtimes'],
  target: string,
  { t }: Pick<Wording, 't'>,
): ModelPlace[] {
  const others = runtimes.flatMap(({ kind, name, folder }) =>
    folder === undefined || kind === 'folder' ? [] : [{ name, folder, isTarget: kind === target }],
  );
  const ours = { name: t('Folder of Model Hub'), folder: own, isTarget: target === 'folder' };
  return [ours, ...others];
}

/** What is said of a folder: how much fits in there, and whether downloads do. */
export function placeText(
  { isTarget }: Pick<ModelPlace, 'isTarget'>,
  freeBytes: number | undefined,
  { t, bytes }: Pick<Wording, 't' | 'bytes'>,
): string {
  const free =
    freeBytes === undefined ? t('its disk cannot be read') : t('{0} free', bytes(freeBytes));
  return isTarget ? t('{0} · downloads go here', free) : free;
}

/** Bytes that are free where a folder is or would be made; undefined if the disk says nothing. */
export async function freeBytesAt(folder: string): Promise<number | undefined> {
  try {
    return await realDisk.free((await nearestExisting(folder)).existing);
  } catch {
    // The row itself says that the disk cannot be read.
    return undefined;
  }
}
