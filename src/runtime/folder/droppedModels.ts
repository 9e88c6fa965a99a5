import { basename } from 'node:path';
import { modelIdSchema } from '../../sync/gateway/repository.ts';
import type { Variant } from '../../sync/model.ts';
import { groupVariants } from '../../sync/variants.ts';
import type { FoundFile } from '../disk/folderTree.ts';
import { localFile, missingParts, repositoryFile, sizeOfFiles } from '../disk/modelFiles.ts';
import type { ClaimedOrigin, RuntimeEntry } from '../runtime.ts';

/**
 * The models in GGUF that the user put into a folder: one for each file, or for all parts of a
 * split one, with the projector beside it.
 * @param inside the folder, relative to that of all models
 * @param files those directly in it
 * @param claimed names of files that belong to another entry
 */
export function droppedEntries(
  inside: string,
  files: readonly FoundFile[],
  claimed: ReadonlySet<string>,
): RuntimeEntry[] {
  const ggufs = files.filter(({ name }) => /\.gguf$/i.test(name));
  if (ggufs.every(({ name }) => claimed.has(name))) return [];
  const byPath = new Map(ggufs.map((file) => [repositoryFile(file, inside).path, file]));
  return groupVariants(ggufs.map((file) => repositoryFile(file, inside)))
    .map((variant) => toEntry(inside, variant, byPath, claimed))
    .filter((entry) => entry !== undefined);
}

function toEntry(
  inside: string,
  { name, files, mmproj }: Variant,
  byPath: ReadonlyMap<string, FoundFile>,
  claimed: ReadonlySet<string>,
): RuntimeEntry | undefined {
  const weights = files.map(({ path }) => byPath.get(path)).filter((file) => file !== undefined);
  const [first] = weights;
  if (first === undefined || weights.some((file) => claimed.has(file.name))) return undefined;
  const projector = byPath.get(mmproj?.path ?? '');
  const all = [
    ...weights.map((file) => localFile(file, 'weights')),
    ...(projector === undefined ? [] : [localFile(projector, 'projector')]),
  ];
  const problem = missingParts(weights.map((file) => file.name));
  return {
    id: first.name,
    name: basename(name),
    files: all,
    size: sizeOfFiles(all),
    origin: originOf(inside, name),
    ...(problem !== undefined && { problem }),
  };
}

/** Where models lie as `owner/name/file`, as LM Studio too keeps them, their folder names them. */
function originOf(inside: string, name: string): ClaimedOrigin {
  const [owner = '', repository = '', ...below] = inside.split('/');
  const model = modelIdSchema.safeParse(`${owner}/${repository}`).data;
  return model === undefined ? {} : { model, variant: [...below, name].join('/') };
}
