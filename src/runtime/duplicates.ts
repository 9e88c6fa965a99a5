import type { BigIntStats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { inPool } from './disk/inPool.ts';
import type { LocalFile, RuntimeKind } from './runtime.ts';

/** A file of an entry whose bytes are proven. */
export interface ProvenFile {
  readonly file: LocalFile;
  readonly sha256: string;
  /** The key of its entry. */
  readonly entry: string;
  readonly kind: RuntimeKind;
  readonly running: boolean;
}

/** One name of some bytes on the disk, as an entry lists it. */
export interface CopyName extends ProvenFile {
  /** May be made another name of other bytes. */
  readonly replaceable: boolean;
}

/** Some bytes on the disk, with all names that entries have for them. */
export interface Copy {
  readonly names: readonly CopyName[];
  readonly size: number;
  /** In ms since 1970. */
  readonly modifiedAt: number;
  /** How many names there are in all, also outside of what is listed. */
  readonly links: number;
}

/** Copies on one disk that hold the same bytes. */
export interface DuplicateGroup {
  readonly sha256: string;
  /** The first is to be kept. */
  readonly copies: readonly [Copy, Copy, ...Copy[]];
}

/** Finds files that hold the same bytes twice on the same disk. What vanished is left out. */
export async function findDuplicates(files: readonly ProvenFile[]): Promise<DuplicateGroup[]> {
  const byBytes = Map.groupBy(files, ({ sha256 }) => sha256);
  const groups = [...byBytes].filter(([, same]) => new Set(same.map(pathOf)).size > 1);
  const found = await inPool(groups, async ([sha256, same]) => {
    const names = await inPool(same, nameOnDisk);
    const byDisk = Map.groupBy(
      names.filter((one) => one !== undefined),
      ({ disk }) => disk,
    );
    return [...byDisk.values()].flatMap((onDisk) => groupOf(sha256, onDisk) ?? []);
  });
  return found.flat();
}

/** Keys of entries that have bytes of their own which an entry has too, by the entry's key. */
export function duplicateKeys(groups: readonly DuplicateGroup[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  for (const { copies } of groups) {
    for (const copy of copies) {
      const others = copies.filter((one) => one !== copy).flatMap(({ names }) => names);
      for (const { entry } of copy.names) {
        const known = keys.get(entry) ?? new Set();
        keys.set(entry, known);
        for (const other of others) if (other.entry !== entry) known.add(other.entry);
      }
    }
  }
  return keys;
}

/** The names that are to become links, with the copy each belongs to. */
export function namesToReplace({
  copies: [, ...others],
}: DuplicateGroup): { readonly name: CopyName; readonly copy: Copy }[] {
  return others.flatMap((copy) => replaceable(copy).map((name) => ({ name, copy })));
}

/** Bytes that are free once these names of a copy are names of another. */
export function freedBy(copy: Copy, replaced: number): number {
  return replaced >= copy.links ? copy.size : 0;
}

/** Bytes that merging all groups would free. */
export function bytesToFree(groups: readonly DuplicateGroup[]): number {
  return groups
    .flatMap(({ copies: [, ...others] }) => others)
    .reduce((sum, copy) => sum + freedBy(copy, replaceable(copy).length), 0);
}

/** Each name once, whoever lists it. */
function replaceable({ names }: Copy): CopyName[] {
  const byPath = Map.groupBy(names, pathOf);
  return [...byPath.values()].flatMap((same) =>
    same.every((name) => name.replaceable) ? same.slice(0, 1) : [],
  );
}

interface NameOnDisk extends CopyName {
  readonly disk: bigint;
  readonly inode: bigint;
  readonly found: BigIntStats;
}

async function nameOnDisk(proven: ProvenFile): Promise<NameOnDisk | undefined> {
  const { path } = proven.file;
  try {
    const [name, found] = await Promise.all([
      lstat(path, { bigint: true }),
      stat(path, { bigint: true }),
    ]);
    if (Number(found.size) !== proven.file.size || !isOwn(found)) return undefined;
    const replaceable =
      // A link may be shared, and the cache belongs to other programs.
      !name.isSymbolicLink() &&
      proven.kind !== 'huggingFaceCache' &&
      !proven.running &&
      (found.mode & 0o200n) !== 0n;
    return { ...proven, replaceable, disk: found.dev, inode: found.ino, found };
  } catch {
    // It is gone, or out of reach: then it can be no duplicate.
    return undefined;
  }
}

/** What belongs to somebody else is theirs to change. */
function isOwn({ uid }: BigIntStats): boolean {
  return process.getuid === undefined || Number(uid) === process.getuid();
}

function groupOf(sha256: string, names: readonly NameOnDisk[]): DuplicateGroup | undefined {
  const byInode = Map.groupBy(names, ({ inode }) => inode);
  const [first, second, ...others] = [...byInode.values()].map(copyOf).sort(keptFirst);
  if (first === undefined || second === undefined) return undefined;
  return { sha256, copies: [first, second, ...others] };
}

function copyOf(names: readonly NameOnDisk[]): Copy {
  const found = names[0]?.found;
  return {
    names,
    size: Number(found?.size ?? 0),
    modifiedAt: Number(found?.mtimeMs ?? 0),
    links: Number(found?.nlink ?? 0),
  };
}

/** What cannot be replaced stays; else the older. */
function keptFirst(a: Copy, b: Copy): number {
  const stays = (copy: Copy): number => (copy.names.some((name) => !name.replaceable) ? 0 : 1);
  return stays(a) - stays(b) || a.modifiedAt - b.modifiedAt;
}

function pathOf({ file }: ProvenFile): string {
  return file.path;
}
