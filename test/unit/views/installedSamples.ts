import type { DownloadStatus } from '../../../src/download/model.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../../src/runtime/installed.ts';
import type { LocalFile } from '../../../src/runtime/runtime.ts';
import type { EntryNode, InstalledNode } from '../../../src/views/installed/installedNodes.ts';
import { rootNodes } from '../../../src/views/installed/installedNodes.ts';
import type { Row } from '../../../src/views/installed/installedRows.ts';
import { rowOf } from '../../../src/views/installed/installedRows.ts';
import type { Doing } from '../../../src/views/installed/entryWork.ts';
import { NOW, plainWording, SHA } from '../details/samples.ts';

export const MODEL = 'janhq/Jan-v1-4B-GGUF';

export function download(changes: Partial<DownloadStatus> = {}): DownloadStatus {
  return {
    id: 'd1',
    model: MODEL,
    revision: SHA,
    variant: 'Jan-v1-4B-Q4_K_M',
    quantisation: 'Q4_K_M',
    state: 'running',
    phase: 'fetching',
    target: 'folder',
    folder: '/models/janhq/Jan-v1-4B-GGUF',
    bytes: 38,
    totalBytes: 100,
    pausable: true,
    createdAt: NOW,
    ...changes,
  };
}

export function localFile(path: string, size: number, sha256?: string): LocalFile {
  const file = { path, size, modifiedAt: NOW, inode: path, role: 'weights' } as const;
  return sha256 === undefined ? file : { ...file, sha256 };
}

export function entry(
  changes: Partial<InstalledEntry> = {},
  runtime: Partial<InstalledEntry['runtime']> = {},
): InstalledEntry {
  return {
    key: 'folder one',
    id: 'one',
    name: 'Jan-v1-4B-Q4_K_M',
    files: [localFile('/models/one.gguf', 100)],
    size: 100,
    origin: {},
    runtime: { id: 'folder', kind: 'folder', name: 'Model Hub', can: [], ...runtime },
    identity: 'proven',
    from: { model: MODEL, revision: SHA, variant: 'Jan-v1-4B-Q4_K_M', quantisation: 'Q4_K_M' },
    duplicates: [],
    ...changes,
  };
}

/** An entry of which nobody knows where it comes from. */
export function stranger(changes: Partial<InstalledEntry> = {}): InstalledEntry {
  const unknown = entry({ identity: 'unknown', ...changes });
  delete (unknown as { from?: unknown }).from;
  return unknown;
}

export function snapshot(
  entries: readonly InstalledEntry[],
  changes: Partial<InstalledSnapshot> = {},
): InstalledSnapshot {
  return { entries, runtimes: [], complete: true, duplicateBytes: 0, ...changes };
}

export const look = (node: InstalledNode): Row => rowOf(node, NOW, plainWording);

/** The row of a download. */
export function rowOfDownload(changes: Partial<DownloadStatus>): Row {
  const [node] = rootNodes({ downloads: [download(changes)], doing: new Map() });
  return look(node!);
}

/** The row of an entry, and of what it stands below. */
export function rowsOfEntry(
  one: InstalledEntry,
  doing?: Doing,
  offered: readonly string[] = [],
): { entry: Row; group: Row } {
  const [group] = rootNodes({
    downloads: [],
    installed: snapshot([one]),
    doing: new Map(doing === undefined ? [] : [[one.key, doing]]),
    offered: new Set(offered),
  });
  const [node] = (group as { entries: readonly EntryNode[] }).entries;
  return { entry: look(node!), group: look(group!) };
}
