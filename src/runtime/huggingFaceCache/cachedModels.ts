import { basename, join, sep } from 'node:path';
import { isCompanion } from '../../download/plan.ts';
import type { Variant } from '../../sync/model.ts';
import { modelIdSchema, shaSchema } from '../../sync/gateway/repository.ts';
import { groupVariants } from '../../sync/variants.ts';
import type { FolderShape, FoundFile } from '../disk/folderTree.ts';
import {
  isWeights,
  localFile,
  missingParts,
  repositoryFile,
  sizeOfFiles,
} from '../disk/modelFiles.ts';
import type { ClaimedOrigin, LocalFile, RuntimeEntry } from '../runtime.ts';

const REPOSITORY = 'models--';
/** `models--owner--name/snapshots/<commit>/` and folders of the repository below. */
const DEPTH = 7;

/** What there is to read in the cache: the snapshots, and which commits their names stand for. */
export const CACHE_SHAPE: FolderShape = {
  depth: DEPTH,
  enters: (folder) => {
    const [repository = '', kind] = folder.split('/');
    const isKnown = kind === undefined || kind === 'snapshots' || kind === 'refs';
    return repository.startsWith(REPOSITORY) && isKnown;
  },
  wants: (file) => {
    const [, kind, first, second] = file.split('/');
    if (kind === 'refs') return first !== undefined;
    return kind === 'snapshots' && second !== undefined && (isWeights(file) || isCompanion(file));
  },
};

/** What tells that the cache has changed: weights and snapshots, not who points at them. */
export const CACHE_CHANGES: FolderShape = {
  depth: DEPTH,
  enters: (folder) => CACHE_SHAPE.enters(folder) && folder.split('/')[1] !== 'refs',
  wants: (file) => CACHE_SHAPE.wants(file) && isWeights(file),
};

/** One repository in the cache, as files were found in it. */
export interface CachedRepository {
  /** `models--owner--name`. */
  readonly folder: string;
  readonly refs: readonly FoundFile[];
  /** By commit. */
  readonly snapshots: ReadonlyMap<string, readonly FoundFile[]>;
}

/** The files of the cache by repository and snapshot. */
export function groupRepositories(files: readonly FoundFile[]): CachedRepository[] {
  const part = ({ name }: FoundFile, index: number): string => name.split('/')[index] ?? '';
  const repositories = Map.groupBy(files, (file) => part(file, 0));
  return [...repositories].map(([folder, all]) => {
    const kinds = Map.groupBy(all, (file) => part(file, 1));
    const inSnapshots = kinds.get('snapshots') ?? [];
    const snapshots = Map.groupBy(inSnapshots, (file) => part(file, 2));
    return { folder, refs: kinds.get('refs') ?? [], snapshots };
  });
}

/**
 * The variants that a repository's snapshots hold. What another snapshot has as the very same file
 * is listed once, in the first snapshot.
 * @param root the cache
 * @param referenced commits that a ref names, the one of `main` first
 */
export function entriesOf(
  root: string,
  { folder, snapshots }: CachedRepository,
  referenced: readonly string[],
): RuntimeEntry[] {
  const blobs = join(root, folder, 'blobs') + sep;
  const listed = new Set<string>();
  const entries: RuntimeEntry[] = [];
  for (const [commit, files] of inOrder(snapshots, referenced)) {
    const snapshot = `${folder}/snapshots/${commit}`;
    const byPath = new Map(files.map((file) => [repositoryFile(file, snapshot).path, file]));
    for (const variant of groupVariants(files.map((file) => repositoryFile(file, snapshot)))) {
      const weights = found(variant.files, byPath);
      const bytes = weights.map((file) => file.target ?? file.path).join('\n');
      if (listed.has(bytes)) continue;
      listed.add(bytes);
      entries.push(
        toEntry(repositoryName(folder), commit, variant, [
          ...weights.map((file) => localFile(file, 'weights', sha256Of(file, blobs))),
          ...found(variant.mmproj === undefined ? [] : [variant.mmproj], byPath).map((file) =>
            localFile(file, 'projector', sha256Of(file, blobs)),
          ),
          ...companionsOf(variant, files).map((file) => localFile(file, 'companion')),
        ]),
      );
    }
  }
  return entries;
}

function toEntry(
  repository: string,
  commit: string,
  variant: Variant,
  files: readonly LocalFile[],
): RuntimeEntry {
  const isFile = variant.name !== 'safetensors';
  const weights = files.filter(({ role }) => role === 'weights').map(({ path }) => path);
  const problem = missingParts(weights);
  const model = modelIdSchema.safeParse(repository).data;
  const revision = shaSchema.safeParse(commit).data;
  const origin: ClaimedOrigin = {
    ...(model !== undefined && { model }),
    ...(revision !== undefined && { revision }),
    variant: variant.name,
  };
  return {
    id: `${repository}@${commit}/${variant.name}`,
    name: basename(isFile ? variant.name : repository),
    files,
    size: sizeOfFiles(files),
    origin,
    ...(problem !== undefined && { problem }),
  };
}

/** Snapshots that a ref names first, `main` before all; then the newest. */
function inOrder(
  snapshots: CachedRepository['snapshots'],
  referenced: readonly string[],
): [string, readonly FoundFile[]][] {
  const main = referenced[0];
  const known = new Set(referenced);
  const rank = (commit: string): number => (commit === main ? 0 : known.has(commit) ? 1 : 2);
  const age = (files: readonly FoundFile[]): number =>
    files.reduce((newest, file) => Math.max(newest, file.modifiedAt), 0);
  return [...snapshots].sort(
    ([first, files], [second, others]) =>
      rank(first) - rank(second) || age(others) - age(files) || (first < second ? -1 : 1),
  );
}

/** `models--owner--name` is `owner/name`; some old repositories have no owner. */
function repositoryName(folder: string): string {
  return folder.slice(REPOSITORY.length).replace('--', '/');
}

function found(
  files: readonly { readonly path: string }[],
  byPath: ReadonlyMap<string, FoundFile>,
): FoundFile[] {
  return files.map(({ path }) => byPath.get(path)).filter((file) => file !== undefined);
}

function companionsOf(variant: Variant, files: readonly FoundFile[]): FoundFile[] {
  return variant.name === 'safetensors' ? files.filter(({ name }) => isCompanion(name)) : [];
}

/** A blob in LFS is named by its sha256, one in git by another digest. */
function sha256Of({ target }: FoundFile, blobs: string): string | undefined {
  if (target?.startsWith(blobs) !== true) return undefined;
  const name = basename(target).toLowerCase();
  return /^[0-9a-f]{64}$/.test(name) ? name : undefined;
}
