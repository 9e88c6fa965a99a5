import { lstat, readdir, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isInside } from '../download/safePath.ts';
import type { RuntimeEntry } from './runtime.ts';

/** What deleting an entry's files means. */
export interface Removal {
  /** Files to put into the trash. */
  readonly paths: readonly string[];
  /** Bytes that are free when the trash is emptied: none of a file that has other names. */
  readonly freedBytes: number;
}

/**
 * The files that only this entry has, with those in the cache that its names lead to. A file that
 * another entry uses is not among them, by whichever name, nor one outside of the runtime's folder,
 * wherever links in the folder lead.
 */
export async function removalOf(
  entry: Pick<RuntimeEntry, 'files'>,
  folder: string | undefined,
  others: readonly Pick<RuntimeEntry, 'files'>[],
): Promise<Removal> {
  const root = folder === undefined ? undefined : await targetOf(folder);
  const used = new Set<string>();
  for (const { path } of others.flatMap(({ files }) => files)) {
    used.add(path);
    used.add(await targetOf(path));
  }
  const paths = new Set<string>();
  for (const { path } of entry.files) {
    if (root !== undefined && !isInside(root, await targetOf(dirname(path)))) continue;
    const target = await targetOf(path);
    const leadsElsewhere = await isLink(path);
    if (used.has(path) || (used.has(target) && !leadsElsewhere)) continue;
    paths.add(path);
    const isOwn = root !== undefined && isInside(root, target);
    if (!leadsElsewhere || used.has(target) || !isOwn) continue;
    paths.add(target);
    for (const sibling of await otherSnapshots(path, target)) paths.add(sibling);
  }
  return { paths: [...paths], freedBytes: await freedBytes(paths) };
}

/** The bytes of files all of whose names go. */
async function freedBytes(paths: ReadonlySet<string>): Promise<number> {
  const files = new Map<string, { size: number; left: number }>();
  for (const path of paths) {
    const found = await lstat(path, { bigint: true }).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    const key = `${found.dev}:${found.ino}`;
    const file = files.get(key) ?? { size: Number(found.size), left: Number(found.nlink) };
    files.set(key, { ...file, left: file.left - 1 });
  }
  return [...files.values()].reduce((sum, { size, left }) => sum + (left <= 0 ? size : 0), 0);
}

/** The same file in other snapshots of the Hugging Face cache: their links would lead nowhere. */
async function otherSnapshots(path: string, target: string): Promise<string[]> {
  const marker = `${sep}snapshots${sep}`;
  const at = path.lastIndexOf(marker);
  if (at < 0) return [];
  const root = path.slice(0, at + marker.length);
  const inside = path.slice(root.length).split(sep).slice(1).join(sep);
  const snapshots = await readdir(root).catch(() => []);
  const links = snapshots.map((snapshot) => join(root, snapshot, inside));
  const same = await Promise.all(
    links.map(async (link) => link !== path && (await targetOf(link)) === target),
  );
  return links.filter((_link, index) => same[index]);
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() === true;
}

async function targetOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}
