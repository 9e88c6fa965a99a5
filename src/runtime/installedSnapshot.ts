import { withoutUndefined } from '../sync/withoutUndefined.ts';
import type { DuplicateGroup, ProvenFile } from './duplicates.ts';
import { bytesToFree, duplicateKeys } from './duplicates.ts';
import type { KnownFacts } from './identity.ts';
import { identityOf, provenSha256, weightsOf } from './identity.ts';
import type { AvailableUpdate, InstalledEntry, InstalledSnapshot } from './installed.ts';
import type { LocalFile, Runtime, RuntimeEntry, RuntimeKind } from './runtime.ts';
import type { ListedRuntime } from './runtimeListings.ts';

/** Whose models a download of ours replaces; Cortex refuses to fetch what it has. */
const UPDATED_HERE: ReadonlySet<RuntimeKind> = new Set(['folder', 'jan', 'huggingFaceCache']);

/** An entry as its runtime tells of it, with what it is. */
export interface IdentifiedEntry {
  readonly runtime: Runtime;
  readonly listed: RuntimeEntry;
  /** The folder of its runtime, which files elsewhere do not belong to. */
  readonly folder: string | undefined;
  /** Without its update and its duplicates. */
  readonly entry: InstalledEntry;
}

/** All entries of all runtimes, each with what it is by now. */
export function identifyEntries(
  runtimes: readonly ListedRuntime[],
  facts: KnownFacts,
): IdentifiedEntry[] {
  return runtimes.flatMap(({ runtime, listing: { name, api, folder, entries } }) => {
    const { id, kind, actions } = runtime;
    const acts = (['start', 'stop', 'remove', 'adopt'] as const).filter(
      (action) => actions[action] !== undefined,
    );
    const can = UPDATED_HERE.has(kind) ? [...acts, 'update' as const] : acts;
    const shown = { id, kind, name, ...(api !== undefined && { api }), can };
    return entries.map((listed) => {
      const identity = identityOf(kind, listed, facts);
      const problem = identity.problem ?? listed.problem;
      const entry: InstalledEntry = {
        ...listed,
        ...identity,
        ...(problem !== undefined && { problem }),
        key: keyOf(runtime, listed),
        runtime: shown,
        duplicates: [],
      };
      return { runtime, listed, folder, entry };
    });
  });
}

/** The weights and projectors whose bytes are proven. */
export function provenFiles(
  entries: readonly IdentifiedEntry[],
  facts: Pick<KnownFacts, 'hashed'>,
): ProvenFile[] {
  return entries.flatMap(({ runtime: { kind }, entry }) =>
    entry.files.flatMap((file) => {
      const sha256 = file.role === 'companion' ? undefined : provenSha256(kind, file, facts);
      if (sha256 === undefined) return [];
      return [{ file, sha256, entry: entry.key, kind, running: entry.running === true }];
    }),
  );
}

/**
 * The files that are still to be hashed, in the order in which that tells the user most: first what
 * nobody knows anything of, then what is only claimed, then the other parts; the smaller first.
 */
export function filesToHash(
  entries: readonly IdentifiedEntry[],
  { isPending }: Pick<KnownFacts, 'isPending'>,
): LocalFile[] {
  const ranked = entries.flatMap(({ runtime: { kind }, entry }) => {
    const [first] = weightsOf(entry);
    return entry.files
      .filter((file) => file.role !== 'companion' && provenByLayout(kind, file) === undefined)
      .map((file) => {
        const rank = file !== first ? 2 : entry.identity === 'computing' ? 0 : 1;
        return { file, rank };
      });
  });
  const files = ranked
    .sort((a, b) => a.rank - b.rank || a.file.size - b.file.size)
    .map(({ file }) => file);
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].filter(isPending);
}

function provenByLayout(kind: Runtime['kind'], file: LocalFile): string | undefined {
  return provenSha256(kind, file, { hashed: () => undefined });
}

/** Everything that is installed, as it is shown. */
export function snapshotOf(
  runtimes: readonly ListedRuntime[],
  entries: readonly IdentifiedEntry[],
  groups: readonly DuplicateGroup[],
  updates: ReadonlyMap<string, AvailableUpdate>,
  complete: boolean,
): InstalledSnapshot {
  const duplicates = duplicateKeys(groups);
  return {
    entries: entries.map(({ entry }) => {
      const update = updates.get(entry.key);
      return {
        ...entry,
        ...(update !== undefined && { update }),
        duplicates: [...(duplicates.get(entry.key) ?? [])].sort(),
      };
    }),
    runtimes: runtimes.map(({ runtime: { id, kind, actions }, listing }) => {
      const { name, api, folder, problem } = listing;
      const can = (['pull', 'adopt'] as const).filter((action) => actions[action] !== undefined);
      return withoutUndefined({ id, kind, name, api, folder, problem, can });
    }),
    complete,
    duplicateBytes: bytesToFree(groups),
  };
}

/** Names an entry on this machine. */
export function keyOf(runtime: Pick<Runtime, 'id'>, { id }: Pick<RuntimeEntry, 'id'>): string {
  return `${runtime.id}/${id}`;
}
