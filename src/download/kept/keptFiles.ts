import { link, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import { onDisk } from '../file/diskErrors.ts';
import { foundAt, isThere } from '../foundFile.ts';
import type { Receipt, ReceiptFile, ReceiptVariant } from '../receipt.ts';
import type { Reuse } from '../reuse.ts';
import { safePaths } from '../safePath.ts';

/** Beside the files of a model: what other revisions have taken the place of, `<commit>/<file>`. */
export const KEPT_FOLDER = '.model-hub-previous';

/** What disks say that know no second names for a file, or no more of them. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EXDEV', 'EACCES']);

/**
 * Where a file of a revision waits while another one is in its place.
 * @param folder of the receipt
 * @throws DownloadError `badName`
 */
export function keptPath(folder: string, revision: string, { path }: { path: string }): string {
  return placeIn(join(folder, KEPT_FOLDER, revision), { path });
}

/** Where a file of a receipt is in use. @throws DownloadError `badName` */
export function placeIn(folder: string, { path }: { path: string }): string {
  return safePaths(folder, [path])[0] ?? folder;
}

/**
 * Whether a file that waits where one of a variant would is kept for another variant of the same
 * commit, which has something else in its place: variants share their projector.
 */
export function isKeptForAnother(
  { variants }: Receipt,
  { name, revision }: ReceiptVariant,
  { path, digest }: ReceiptFile,
): boolean {
  return variants.some(
    (other) =>
      other.name !== name &&
      other.previous?.revision === revision &&
      other.previous.files.some((file) => file.path === path) &&
      other.files.some((file) => file.path === path && file.digest.hex !== digest.hex),
  );
}

/**
 * A receipt without the variants whose weights were deleted, which nothing notes.
 * @throws DownloadError
 */
export async function withoutDeleted(folder: string, receipt: Receipt): Promise<Receipt> {
  const areThere = await Promise.all(
    receipt.variants.map((variant) => hasWeights(folder, variant)),
  );
  return { ...receipt, variants: receipt.variants.filter((_variant, index) => areThere[index]) };
}

/** In place, or about to be put there. */
async function hasWeights(folder: string, { revision, files }: ReceiptVariant): Promise<boolean> {
  const paths = files
    .filter(({ role }) => role === 'weights')
    .flatMap((file) => [placeIn(folder, file), keptPath(folder, revision, file)]);
  const areThere = await Promise.all(paths.map((path) => isThere(path)));
  return areThere.includes(true);
}

/** Gives a file a second name. @returns false where the disk knows none */
export async function nameTwice(from: string, to: string, makeLink = link): Promise<boolean> {
  return await onDisk(to, async () => {
    await mkdir(dirname(to), { recursive: true });
    try {
      await makeLink(from, to);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return true;
      if (NO_LINKS.has(code)) return false;
      throw error;
    }
  });
}

/** Whether a file looks as it did when it was verified. @throws DownloadError `folder` */
export async function looksAsNoted(
  path: string,
  { size, modifiedAt }: ReceiptFile,
): Promise<boolean> {
  const found = await foundAt(path);
  return (
    found?.isFile() === true && found.size === size && Math.trunc(found.mtimeMs) === modifiedAt
  );
}

/**
 * When a file was last modified that has the bytes that a receipt notes: by its look, else as they
 * prove.
 * @throws DownloadError `folder` if they are others; SyncError `cancelled`
 */
export async function provenKept(
  path: string,
  file: ReceiptFile,
  { reuse, signal }: { readonly reuse: Pick<Reuse, 'provenTime'>; readonly signal: AbortSignal },
): Promise<number> {
  if (await looksAsNoted(path, file)) return file.modifiedAt;
  const time = await reuse.provenTime({ file, target: path, signal, onProgress: () => undefined });
  if (time !== undefined) return time;
  throw new DownloadError(
    'folder',
    t(
      '{0} is not as it was installed: it is gone or was changed. The revision that it belongs to can neither be kept nor gone back to.',
      path,
    ),
  );
}
