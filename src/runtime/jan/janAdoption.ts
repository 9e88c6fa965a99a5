import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { t } from '@vscode/l10n';
import { writeAtomically } from '../../download/atomicFile.ts';
import { cancelled, describeError } from '../../sync/errors.ts';
import { withoutUndefined } from '../../sync/withoutUndefined.ts';
import { isPart, sizeOfFiles } from '../disk/modelFiles.ts';
import { RuntimeError } from '../errors.ts';
import type { AdoptedModel, LocalFile, RuntimeEntry } from '../runtime.ts';
import { janIdOf } from '../../jan/janId.ts';
import { janPath, MODEL_FILE, modelsFolder } from './janModels.ts';
import { formatModelFile } from '../../jan/modelFile.ts';

/**
 * Makes files on this disk a model of Jan's: as hard links or clones in Jan's folder, which take no
 * space, else where they are, which Jan calls an import. Never copies.
 * @param installed what Jan has
 * @returns the model's id in Jan
 * @throws RuntimeError `doesNotFit`; `refused` if Jan has another model of that id; `disk`
 */
export async function adoptIntoJan(
  model: AdoptedModel,
  dataFolder: string,
  installed: readonly RuntimeEntry[],
  signal: AbortSignal,
): Promise<string> {
  const weights = model.files.find(({ role }) => role === 'weights');
  const projector = model.files.find(({ role }) => role === 'projector');
  if (weights === undefined || !/\.gguf$/i.test(weights.path)) {
    throw new RuntimeError(
      'doesNotFit',
      t('Jan takes over models in GGUF only: {0} is none.', model.name),
    );
  }
  const id = idFor(model);
  if (id === undefined) {
    throw new RuntimeError(
      'doesNotFit',
      t('Jan has no way to name {0}. Rename its file.', model.name),
    );
  }
  const namesake = installed.find((entry) => isOnTheWay(entry.id, id));
  if (namesake?.id === id && (await isSameModel(namesake, weights))) return id;
  if (namesake !== undefined) throw taken(namesake.id);

  const folder = join(modelsFolder(dataFolder, 'llamacpp'), ...id.split('/'));
  const files = projector === undefined ? [weights] : [weights, projector];
  try {
    await fill(folder, { id, model, weights, projector, files, dataFolder }, signal);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError(
      'disk',
      t(
        'Jan cannot be given {0}: {1}. Check the folder {2}.',
        model.name,
        describeError(error),
        folder,
      ),
      { cause: error },
    );
  }
  return id;
}

interface Adoption {
  readonly id: string;
  readonly model: AdoptedModel;
  readonly weights: LocalFile;
  readonly projector: LocalFile | undefined;
  readonly files: readonly LocalFile[];
  readonly dataFolder: string;
}

/** The model is one from the moment when `model.yml` is there. What fails leaves nothing behind. */
async function fill(folder: string, adoption: Adoption, signal: AbortSignal): Promise<void> {
  const { id, model, weights, projector, files, dataFolder } = adoption;
  const [weightsPath, projectorPath] = await Promise.all([
    realpath(weights.path),
    projector === undefined ? undefined : realpath(projector.path),
  ]);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw taken(id);

  const made: string[] = [];
  const place = async (path: string, name: string): Promise<string> => {
    if (signal.aborted) throw RuntimeError.from(cancelled());
    const target = join(folder, name);
    // The parts of a split model have to stay beside each other, under their own names.
    if (isPart(weightsPath) || !(await linkOrClone(path, target))) return path;
    made.push(target);
    return janPath(target, dataFolder);
  };
  try {
    const single = !isPart(weightsPath);
    const text = formatModelFile(
      withoutUndefined({
        model_path: await place(weightsPath, 'model.gguf'),
        mmproj_path: projectorPath && (await place(projectorPath, 'mmproj.gguf')),
        name: model.name,
        size_bytes: sizeOfFiles(files),
        model_sha256: single ? weights.sha256 : undefined,
        model_size_bytes: single ? weights.size : undefined,
        mmproj_sha256: projector?.sha256,
        mmproj_size_bytes: projector?.size,
      }),
    );
    if (signal.aborted) throw RuntimeError.from(cancelled());
    await writeAtomically(join(folder, MODEL_FILE), text);
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    await removeIfEmpty(folder, modelsFolder(dataFolder, 'llamacpp'));
    throw error;
  }
}

/** False if this disk has neither for these two places. */
async function linkOrClone(path: string, target: string): Promise<boolean> {
  try {
    await link(path, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
  }
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
  return await copyFile(path, target, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

/** As Jan names what it fetches: by the file, below its author where that is known. */
function idFor({ name, origin, files }: AdoptedModel): string | undefined {
  const author = origin.model?.split('/')[0];
  const first = files.find(({ role }) => role === 'weights')?.path ?? '';
  const stem = origin.variant === undefined ? name : basename(origin.variant);
  return janIdOf(stem, author) ?? janIdOf(basename(first), author);
}

/** Jan looks for no models inside of models. */
function isOnTheWay(existing: string, id: string): boolean {
  return existing === id || id.startsWith(`${existing}/`) || existing.startsWith(`${id}/`);
}

async function isSameModel(entry: RuntimeEntry, weights: LocalFile): Promise<boolean> {
  const known = entry.files.find(({ role }) => role === 'weights');
  if (known === undefined) return false;
  if (known.sha256 !== undefined && known.sha256 === weights.sha256) return true;
  const [first, second] = await Promise.all(
    [known.path, weights.path].map((path) => stat(path, { bigint: true }).catch(() => undefined)),
  );
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

function taken(id: string): RuntimeError {
  return new RuntimeError(
    'refused',
    t(
      'Jan has another model, or the rest of one, named {0}. Remove or rename it in Jan first.',
      id,
    ),
  );
}

/** Removes a folder and those around it, as long as nothing is in them. */
async function removeIfEmpty(folder: string, root: string): Promise<void> {
  if (folder === root) return;
  const isRemoved = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (isRemoved) await removeIfEmpty(dirname(folder), root);
}
