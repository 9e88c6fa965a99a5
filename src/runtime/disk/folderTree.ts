import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { t } from '@vscode/l10n';
import { cancelled } from '../../sync/errors.ts';
import { RuntimeError } from '../errors.ts';
import { inPool } from './inPool.ts';

/** What of a folder matters. Names are relative to it, with slashes. */
export interface FolderShape {
  /** How many folders deep; 0: what lies directly in it. */
  readonly depth: number;
  enters(folder: string): boolean;
  wants(file: string): boolean;
}

/** A file that was found, by itself or through a symbolic link. */
export interface FoundFile {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: number;
  /** See LocalFile.inode. */
  readonly inode: string;
  /** Where the link of this name points. */
  readonly target?: string;
}

/** What a folder holds. */
export interface FolderTree {
  readonly files: readonly FoundFile[];
  /** What kept the tree from being complete, for people. */
  readonly problem?: string;
}

export interface TreeOptions {
  readonly signal: AbortSignal;
  /** Whether links to files count as files; links to folders are never followed. */
  readonly links: boolean;
}

/** A folder of models has fewer; a whole disk is not walked through. */
const MAX_FOLDERS = 20_000;

interface Level {
  readonly folders: string[];
  readonly files: FoundFile[];
  readonly unreadable: string[];
}

/**
 * Reads what matters of a folder, level by level. What vanishes meanwhile was never there, a folder
 * that cannot be read is told of.
 * @throws RuntimeError `cancelled`
 */
export async function readTree(
  root: string,
  shape: FolderShape,
  options: TreeOptions,
): Promise<FolderTree> {
  const files: FoundFile[] = [];
  const unreadable: string[] = [];
  let seen = 0;
  let folders = [''];
  for (let depth = 0; folders.length > 0; depth++) {
    if (options.signal.aborted) throw RuntimeError.from(cancelled());
    seen += folders.length;
    if (seen > MAX_FOLDERS) break;
    const level = await readLevel(root, folders, shape, options.links);
    for (const file of level.files) files.push(file);
    for (const folder of level.unreadable) unreadable.push(folder);
    folders = depth < shape.depth ? level.folders : [];
  }
  const problem = problemOf(unreadable, seen > MAX_FOLDERS);
  return { files, ...(problem !== undefined && { problem }) };
}

/** The file at a path; undefined if there is none that can be reached. */
export async function fileAt(path: string): Promise<FoundFile | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() === true ? foundFile(basename(path), path, found) : undefined;
}

/** Whether there is a folder at a path. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** The folder that a name lies in; empty: directly in the root. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf('/'), 0));
}

async function readLevel(
  root: string,
  parents: readonly string[],
  shape: FolderShape,
  links: boolean,
): Promise<Level> {
  const folders: string[] = [];
  const unreadable: string[] = [];
  const names: string[] = [];
  await inPool(parents, async (parent) => {
    const children = await childrenOf(join(root, parent));
    if (children === undefined) unreadable.push(join(root, parent));
    for (const child of children ?? []) {
      const name = parent === '' ? child.name : `${parent}/${child.name}`;
      if (child.isDirectory() && shape.enters(name)) folders.push(name);
      else if (isCandidate(child, links) && shape.wants(name)) names.push(name);
    }
  });
  const files = await inPool(names.sort(), (name) => findFile(root, name, links));
  return { folders: folders.sort(), files: files.filter((file) => file !== undefined), unreadable };
}

function isCandidate(child: Dirent, links: boolean): boolean {
  return child.isFile() || (links && child.isSymbolicLink());
}

/** Undefined if it cannot be read. */
async function childrenOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? [] : undefined;
  }
}

async function findFile(
  root: string,
  name: string,
  links: boolean,
): Promise<FoundFile | undefined> {
  const path = join(root, name);
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const target = links ? await readlink(path).catch(() => undefined) : undefined;
  return {
    ...foundFile(name, path, found),
    ...(target !== undefined && { target: resolve(dirname(path), target) }),
  };
}

function foundFile(name: string, path: string, found: BigIntStats): FoundFile {
  const { size, mtimeNs, dev, ino } = found;
  return {
    ...{ name, path, size: Number(size), modifiedAt: millisecondsOf(mtimeNs) },
    // Some file systems of networks and of other systems number nothing.
    inode: ino === 0n ? path : `${dev}:${ino}`,
  };
}

const SECOND = 1_000_000_000n;

/** As `mtimeMs` without `bigint` rounds them: what is remembered of a file is told in those. */
function millisecondsOf(ns: bigint): number {
  return Math.trunc(Number(ns / SECOND) * 1e3 + Number(ns % SECOND) / 1e6);
}

function problemOf(unreadable: readonly string[], tooMany: boolean): string | undefined {
  const [first] = unreadable.toSorted();
  if (first !== undefined) {
    const others = unreadable.length - 1;
    const which = others === 0 ? first : t('{0} and {1} more', first, others);
    return t('Folders cannot be read: {0}. Check who may read them.', which);
  }
  if (!tooMany) return undefined;
  return t(
    'There are more than {0} folders, and not all were looked at. Choose a folder for models alone.',
    MAX_FOLDERS,
  );
}
