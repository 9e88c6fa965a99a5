import type { InstalledEntry } from '../../runtime/installed.ts';

/**
 * Bytes that entries and the revisions kept beside them take on the disk: a file counts once, however
 * many names it has. What only a server tells of counts nothing: its files are where another runtime
 * sees them, or on another machine.
 */
export function diskUse(entries: readonly InstalledEntry[]): number {
  const sizes = new Map(
    entries
      .flatMap(({ files, kept }) => [...files, ...(kept?.files ?? [])])
      .map(({ inode, size }) => [inode, size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
