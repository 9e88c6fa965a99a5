import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../sync/clock.ts';
import { isMissing, onDisk } from '../file/diskErrors.ts';
import { install } from '../file/install.ts';
import { foundAt, isThere } from '../foundFile.ts';
import type { Receipt, ReceiptFile, ReceiptVariant } from '../receipt.ts';
import { forgetPrevious, readReceipt } from '../receipt.ts';
import { refuseLinks } from '../safePath.ts';
import {
  isKeptForAnother,
  KEPT_FOLDER,
  keptPath,
  looksAsNoted,
  placeIn,
  withoutDeleted,
} from './keptFiles.ts';

/**
 * Brings the files of a folder in line with what its receipt says of a variant: what belongs in
 * place and waits among the kept files is put there, what belongs to the kept revision alone goes
 * there, and what belongs to neither is removed from there. That completes what was broken off,
 * wherever it was.
 * @throws DownloadError
 */
export async function settleKept(folder: string, name: string, clock: Clock): Promise<void> {
  const receipt = await readReceipt(folder);
  const variant = receipt?.variants.find((one) => one.name === name);
  if (receipt === undefined || variant === undefined) return;
  const kept = join(folder, KEPT_FOLDER);
  if (await isThere(kept)) {
    await refuseLinks(folder, pathsOf(folder, variant));
    const installed = await withoutDeleted(folder, receipt);
    for (const file of variant.files) {
      if (!isKeptForAnother(installed, variant, file))
        await putInPlace(folder, variant, file, clock);
    }
    await clearAway(folder, receipt, variant, clock);
    await onDisk(kept, () => sweep(kept, referenced(folder, receipt, variant)));
  }
  const { previous } = variant;
  if (previous === undefined) return;
  for (const file of previous.files) {
    if (await isThere(keptPath(folder, previous.revision, file))) return;
  }
  await forgetPrevious(folder, name);
}

async function putInPlace(
  folder: string,
  { revision, previous }: ReceiptVariant,
  file: ReceiptFile,
  clock: Clock,
): Promise<void> {
  const waiting = keptPath(folder, revision, file);
  if (!(await isThere(waiting))) return;
  const place = placeIn(folder, file);
  const replaced = previous?.files.find(({ path }) => path === file.path);
  if (previous !== undefined && replaced !== undefined) {
    const kept = keptPath(folder, previous.revision, replaced);
    const isOnlyHere = (await canBe(place, replaced, waiting)) && !(await isThere(kept));
    if (isOnlyHere) await install(place, kept, clock);
  }
  await install(waiting, place, clock);
  // Where both were names of one file, nothing was renamed.
  await onDisk(waiting, () => rm(waiting, { force: true }));
}

/**
 * Whether the file in a place can be the noted one. When it was modified does not tell: an exchange
 * has read the bytes of a file that looked otherwise.
 */
async function canBe(place: string, { size }: ReceiptFile, incoming: string): Promise<boolean> {
  const [found, other] = await Promise.all([foundAt(place), foundAt(incoming)]);
  const isIncoming = found?.ino === other?.ino && found?.dev === other?.dev;
  return found?.isFile() === true && found.size === size && !isIncoming;
}

/** Takes out of place what only the kept revision has; what another variant uses stays as well. */
async function clearAway(
  folder: string,
  { variants }: Receipt,
  { previous }: ReceiptVariant,
  clock: Clock,
): Promise<void> {
  const used = new Set(variants.flatMap(({ files }) => files).map(({ path }) => path));
  for (const file of previous?.files ?? []) {
    if (previous === undefined || used.has(file.path)) continue;
    const place = placeIn(folder, file);
    const kept = keptPath(folder, previous.revision, file);
    if (!(await looksAsNoted(place, file))) continue;
    if (await isThere(kept)) await onDisk(place, () => rm(place));
    else await install(place, kept, clock);
  }
}

/**
 * What has to stay among the kept files: kept revisions, and what belongs in place of variants that
 * are being updated just now.
 */
function referenced(folder: string, { variants }: Receipt, settled: ReceiptVariant): Set<string> {
  const paths = variants.flatMap((variant) => [
    ...(variant.previous === undefined ? [] : keptPaths(folder, variant.previous)),
    ...(variant === settled ? [] : keptPaths(folder, variant)),
  ]);
  return new Set(paths);
}

function keptPaths(
  folder: string,
  { revision, files }: Pick<ReceiptVariant, 'revision' | 'files'>,
): string[] {
  return files.map((file) => keptPath(folder, revision, file));
}

/** All files that settling may write to or remove. */
function pathsOf(folder: string, variant: ReceiptVariant): string[] {
  const { files, previous } = variant;
  return [
    ...[...files, ...(previous?.files ?? [])].map((file) => placeIn(folder, file)),
    ...keptPaths(folder, variant),
    ...(previous === undefined ? [] : keptPaths(folder, previous)),
  ];
}

/** Removes all other files of a folder, then folders that are empty, and itself if it is. */
async function sweep(folder: string, needed: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const folders = [folder];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) folders.push(path);
    else if (!needed.has(path)) await rm(path, { force: true });
  }
  // The deepest first.
  for (const one of folders.sort((a, b) => b.length - a.length)) await removeIfEmpty(one);
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!isMissing(error) && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
