import type { InstalledEntry } from '../../runtime/installed.ts';

/**
 * Bytes that entries take on the disk: a file that several of them use counts once, by its path or,
 * where they are known to be links, by its bytes. What only a server tells of counts nothing:
 * its files are where another runtime sees them, or on another machine.
 */
export function diskUse(entries: readonly InstalledEntry[]): number {
  const paths = new Set<string>();
  const copies = new Map<string, InstalledEntry[]>();
  let bytes = 0;
  for (const entry of entries) {
    for (const { path, size, sha256 } of entry.files) {
      if (paths.has(path)) continue;
      paths.add(path);
      if (sha256 !== undefined) {
        const others = copies.get(sha256) ?? [];
        if (others.some((other) => isLinked(entry, other))) continue;
        copies.set(sha256, [...others, entry]);
      }
      bytes += size;
    }
  }
  return bytes;
}

/** Of bytes that are proven to be the same, what is no copy is a link. */
function isLinked(entry: InstalledEntry, other: InstalledEntry): boolean {
  const proven = entry.identity === 'proven' && other.identity === 'proven';
  return proven && entry !== other && !entry.duplicates.includes(other.key);
}
