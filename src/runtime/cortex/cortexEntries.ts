import { isAbsolute, join } from 'node:path';
import { t } from '@vscode/l10n';
import type { DownloadedModel } from '../../sync/gateway/cortexModels.ts';
import { repositoryOfModel } from '../../sync/gateway/cortexModels.ts';
import { shaSchema } from '../../sync/gateway/repository.ts';
import { groupVariants } from '../../sync/variants.ts';
import { fileAt } from '../disk/folderTree.ts';
import { localFile, sizeOfFiles } from '../disk/modelFiles.ts';
import type { ClaimedOrigin, LocalFile, RuntimeEntry } from '../runtime.ts';

/** Where the files of a server's models are. */
export interface CortexFiles {
  /** The server's data folder. */
  readonly folder: string;
  /** False if it may be that of another server: files that are missing there mean nothing then. */
  readonly isCertain: boolean;
}

/**
 * One model of Cortex', with its files as they are on this disk.
 * @param place absent: the server is on another machine
 */
export async function cortexEntry(
  model: DownloadedModel,
  place: CortexFiles | undefined,
): Promise<RuntimeEntry> {
  const { id, size, contextLength } = model;
  const { files, missing } = await filesOf(model, place);
  const isWhole = files.length > 0 && missing.length === 0;
  const bytes = isWhole ? sizeOfFiles(files) : size.sureness === 'exact' ? size.bytes : undefined;
  const problem = place?.isCertain === true ? problemOf(missing) : undefined;
  return {
    id,
    name: nameOf(id),
    files,
    ...(bytes !== undefined && { size: bytes }),
    origin: originOf(id),
    ...(contextLength !== undefined && { abilities: { contextLength } }),
    ...(problem !== undefined && { problem }),
  };
}

/** A model of which only the id is known. */
export function brokenEntry(id: string, problem: string): RuntimeEntry {
  return { id, name: nameOf(id), files: [], origin: originOf(id), problem };
}

/** `author:repo:file.gguf` is shown by its file; other names are short. */
function nameOf(id: string): string {
  const parts = id.split(':');
  return parts.length > 2 ? (parts.at(-1) ?? id).replace(/\.gguf$/i, '') : id;
}

/** Cortex keeps no origin besides the id that it made of it; a download is named in the same way. */
export function originOf(id: string): ClaimedOrigin {
  const model = repositoryOfModel(id);
  if (model === undefined) return {};
  const parts = id.split(':');
  const last = parts.at(-1) ?? '';
  if (parts.length > 2) {
    const [variant] = groupVariants([{ path: last, size: { sureness: 'unknown' } }]);
    return { model, ...(variant !== undefined && { variant: variant.name }) };
  }
  // A file of cortexso that is fetched by its commit becomes a "branch" of that name.
  return shaSchema.safeParse(last).success ? { model, revision: last } : { model, variant: last };
}

async function filesOf(
  { files, projector }: DownloadedModel,
  place: CortexFiles | undefined,
): Promise<{ readonly files: readonly LocalFile[]; readonly missing: readonly string[] }> {
  if (place === undefined) return { files: [], missing: [] };
  const wanted = [
    ...files.map((path) => ({ path, role: 'weights' as const })),
    ...(projector === undefined ? [] : [{ path: projector, role: 'projector' as const }]),
  ];
  const found: LocalFile[] = [];
  const missing: string[] = [];
  for (const { path, role } of wanted) {
    const absolute = isAbsolute(path) ? path : join(place.folder, path);
    const file = await fileAt(absolute);
    if (file === undefined) missing.push(absolute);
    else found.push(localFile(file, role));
  }
  return { files: found, missing };
}

function problemOf([first]: readonly string[]): string | undefined {
  if (first === undefined) return undefined;
  return t('{0} is missing. Delete the model, then fetch it again.', first);
}
