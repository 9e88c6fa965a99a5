import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { t } from '@vscode/l10n';
import { diskError, isMissing } from './file/diskErrors.ts';
import { DownloadError } from './errors.ts';

/** What file systems allow for one name, in bytes, less what a partial file adds to it. */
const MOST_NAME_BYTES = 255 - 24;
/** The shortest limit of a whole path, in bytes: that of macOS, less what a partial file adds. */
const MOST_PATH_BYTES = 1024 - 24;

/** Names of devices on Windows, whatever follows a dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/i;
/** What Windows refuses in a name, and control characters. */
const FORBIDDEN = /[<>:"|?*\\\p{Cc}]/u;
/** Names of files that are not yet whole, which lie beside the whole ones. */
const OURS = /\.partial(?:\.|$)|\.unfinished$|^\.model-hub/i;

/**
 * Where files of a repository go below a folder, in their order. The names come from the network:
 * what could leave the folder, or be something else than a file of this name on any system that
 * the folder may ever be opened on, is refused.
 * @param folder absolute
 * @param paths relative to the folder, with slashes
 * @throws DownloadError `badName`
 */
export function safePaths(folder: string, paths: readonly string[]): readonly string[] {
  for (const path of paths) refuseBadName(path);
  refuseCollisions(paths);
  return paths.map((path) => {
    const absolute = join(folder, ...path.split('/'));
    if (Buffer.byteLength(absolute) > MOST_PATH_BYTES)
      throw badName(path, t('its path is too long'));
    return absolute;
  });
}

/** Whether a path leads to something below the folder that it is relative to. */
export function isRelativeName(path: string): boolean {
  const names = path.split(/[/\\]/);
  return !isAbsolute(path) && !names.some((name) => ['', '.', '..'].includes(name));
}

function refuseBadName(path: string): void {
  // Before anything is done that grows with the square of it.
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) throw badName(path, t('its path is too long'));
  if (!path.isWellFormed()) throw badName(path, t('it is no text'));
  if (isAbsolute(path)) throw badName(path, t('it is absolute'));
  for (const name of path.split('/')) {
    const why = whatIsWrong(name);
    if (why !== undefined) throw badName(path, why);
  }
}

function whatIsWrong(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return t('it leads elsewhere');
  if (FORBIDDEN.test(name)) return t('it holds characters that no file name may hold');
  if (/^ |[. ]$/.test(name)) return t('it begins or ends with a space or ends with a dot');
  if (DEVICE.test(name)) return t('it is the name of a device');
  if (OURS.test(name)) return t('it is kept for files of Model Hub');
  return Buffer.byteLength(name) > MOST_NAME_BYTES ? t('it is too long') : undefined;
}

/** Two files that many disks take for one, or a file where another one needs a folder. */
function refuseCollisions(paths: readonly string[]): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const key = asOnDisk(path);
    const above = ancestors(key);
    if (files.has(key) || folders.has(key) || above.some((folder) => files.has(folder))) {
      throw badName(path, t('another file of the model has the same name on many disks'));
    }
    files.add(key);
    for (const folder of above) folders.add(folder);
  }
}

/** The same for all names that some disk does not tell apart. */
function asOnDisk(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function ancestors(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function badName(path: string, why: string): DownloadError {
  const shown = JSON.stringify(path.slice(0, 80).replace(/\p{C}/gu, '�'));
  return new DownloadError(
    'badName',
    t(
      '{0} cannot be the name of a file here: {1}. Nothing was written. Choose another variant or tell its publisher.',
      shown,
      why,
    ),
  );
}

/**
 * Refuses paths on whose way a link leads out of a folder, or where something else than a file is.
 * @param root what must not be left; it may be a link itself, and need not be there yet
 * @throws DownloadError `folder`
 */
export async function refuseLinks(root: string, paths: readonly string[]): Promise<void> {
  const inside = await realPathOf(root);
  for (const path of paths) {
    const folder = await realPathOf(dirname(path));
    if (!isInside(inside, folder)) throw leadsOut(path, root);
    await refuseOddFile(path, root);
  }
}

/** A link where the file goes would be replaced, but a folder there cannot be. */
async function refuseOddFile(path: string, root: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) throw leadsOut(path, root);
    if (found.isFile()) return;
    throw new DownloadError(
      'folder',
      t(
        '{0} is there already and is no file. Rename or remove it, then resume the download.',
        path,
      ),
    );
  } catch (error) {
    if (!isMissing(error)) throw diskError(error, path);
  }
}

function leadsOut(path: string, root: string): DownloadError {
  return new DownloadError(
    'folder',
    t(
      'A link on the way to {0} leads out of {1}. Nothing was written. Remove the link, then resume the download.',
      path,
      root,
    ),
  );
}

/** The path with all links followed, as far as it is there. */
async function realPathOf(path: string): Promise<string> {
  const { real, missing } = await nearestExisting(path);
  return resolve(real, missing);
}

/** How far a path is there. */
interface NearestExisting {
  readonly existing: string;
  /** The same with all links followed. */
  readonly real: string;
  readonly missing: string;
}

/**
 * How far a path is there, and what is missing of it.
 * @throws DownloadError `folder`
 */
export async function nearestExisting(path: string): Promise<NearestExisting> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      // A link to nothing is there.
      await lstat(at);
      const real = await realpath(at);
      return { existing: at, real, missing: relative(at, resolve(path)) };
    } catch (error) {
      const isLink = await lstat(at).then(
        (found) => found.isSymbolicLink(),
        () => false,
      );
      if (isLink || !isMissing(error) || at === dirname(at)) throw diskError(error, at);
    }
  }
}

/** True for a folder and for what is below it. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
