import type { DownloadStatus } from '../../../src/download/model.ts';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import type { ModelFile } from '../../../src/sync/model.ts';
import type { DetailsSubject, LocalSubject } from '../../../src/views/details/detailsSubject.ts';
import { file, jan, NOW, SHA, subject } from './samples.ts';

export const VARIANT = 'Jan-v1-4B-Q4_K_M';
export const OLDER = 'fedcba9876543210fedcba9876543210fedcba98';

/** What the file tree of the sample holds. */
export const treeFiles: readonly ModelFile[] = [
  file(`${VARIANT}.gguf`, 2000, 'ab'.repeat(32)),
  file('Jan-v1-4B-Q8_0.gguf', 4000, 'cd'.repeat(32)),
];

/** A download of the sample; what is given replaces what is usual. */
export function download(changes: Partial<DownloadStatus> = {}): DownloadStatus {
  return {
    id: 'd1',
    model: jan.id,
    revision: SHA,
    variant: VARIANT,
    state: 'running',
    phase: 'fetching',
    target: 'folder',
    folder: '/home/jan/models',
    bytes: 500,
    totalBytes: 2000,
    pausable: true,
    createdAt: NOW - 60_000,
    ...changes,
  };
}

/** An installed entry of the sample; what is given replaces what is usual. */
export function entry(
  changes: Partial<InstalledEntry> = {},
  runtime: Partial<InstalledEntry['runtime']> = {},
): InstalledEntry {
  return {
    key: 'jan/jan-v1',
    id: 'jan-v1',
    name: 'Jan-v1-4B-Q4_K_M',
    files: [],
    size: 2000,
    origin: {},
    runtime: { id: 'jan', kind: 'jan', name: 'Jan', can: [], ...runtime },
    identity: 'proven',
    from: { model: jan.id, revision: SHA, variant: VARIANT },
    duplicates: [],
    ...changes,
  };
}

/** A subject whose file tree is there; what is given of this machine replaces what is usual. */
export function onMachine(
  local: Partial<LocalSubject> = {},
  changes: Partial<DetailsSubject> = {},
): DetailsSubject {
  const { local: usual, ...rest } = subject({
    details: {
      phase: 'done',
      revision: SHA,
      details: { files: treeFiles, fetchedAt: NOW - 60_000 },
    },
    ...changes,
  });
  return { ...rest, local: { ...usual, ...local } };
}
