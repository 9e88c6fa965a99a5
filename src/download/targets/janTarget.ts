import { join, relative, sep } from 'node:path';
import { t } from '@vscode/l10n';
import { janIdOf } from '../../jan/janId.ts';
import type { JanModelFile } from '../../jan/modelFile.ts';
import { formatModelFile } from '../../jan/modelFile.ts';
import { writeAtomically } from '../atomicFile.ts';
import { onDisk } from '../file/diskErrors.ts';
import { isThere } from '../foundFile.ts';
import { DownloadError } from '../errors.ts';
import type { DownloadPlan, PlannedFile } from '../model.ts';
import { noteInReceipt, readReceipt, RECEIPT_FILE } from '../receipt.ts';
import { refuseLinks, safePaths } from '../safePath.ts';
import { isListed, namesIn } from './folderTarget.ts';
import type { InstallTarget, Placement } from './target.ts';

const MODELS = join('llamacpp', 'models');
/** Makes a folder a model of Jan's. */
const MODEL_FILE = 'model.yml';
const NAMES = { weights: 'model.gguf', projector: 'mmproj.gguf', companion: undefined } as const;

/**
 * Jan's folder: `<data folder>/llamacpp/models/<id>/`, of which the id is all that Jan shows. Our
 * receipt lies beside `model.yml`, which has no place for where a model comes from.
 */
export class JanTarget implements InstallTarget {
  readonly kind = 'jan';
  readonly #dataFolder: () => Promise<string | undefined>;

  /** @param dataFolder Jan's by now; undefined if Jan is not on this machine */
  constructor(dataFolder: () => Promise<string | undefined>) {
    this.#dataFolder = dataFolder;
  }

  async place(plan: DownloadPlan, taken: ReadonlySet<string>): Promise<Placement> {
    refuseForJan(plan);
    const root = await this.#dataFolder();
    if (root === undefined) {
      throw new DownloadError(
        'folder',
        t('Jan is not on this machine. Install it, or choose another folder for downloads.'),
      );
    }
    const folder = await this.#freeFolder(plan, root, taken);
    return { root, folder, paths: plan.files.map(({ role }) => join(folder, NAMES[role] ?? '')) };
  }

  async finish(
    plan: DownloadPlan,
    placement: Placement,
    modifiedAt: readonly number[],
  ): Promise<void> {
    const { root, folder, paths } = placement;
    const path = join(folder, MODEL_FILE);
    await refuseLinks(root, [join(folder, RECEIPT_FILE), path]);
    await noteInReceipt(folder, plan, namesIn(folder, paths), modifiedAt);
    // Last: with it, Jan takes the folder for a model.
    await onDisk(path, () => writeAtomically(path, modelFile(plan, placement)));
  }

  async isInstalled(_path: string, { folder }: Placement): Promise<boolean> {
    return await isThere(join(folder, MODEL_FILE));
  }

  async mayReplace(path: string, { folder }: Placement): Promise<boolean> {
    return await isListed(path, folder);
  }

  /** The first folder that is free, or that we have filled with this variant before. */
  async #freeFolder(
    { model, variant }: DownloadPlan,
    root: string,
    taken: ReadonlySet<string>,
  ): Promise<string> {
    const models = join(root, MODELS);
    for (const id of idsFor(model, variant)) {
      const [folder = models] = safePaths(models, [id]);
      if (taken.has(folder)) continue;
      const receipt = await readReceipt(folder);
      const isOurs =
        receipt?.model === model && receipt.variants.some(({ name }) => name === variant);
      if (isOurs || !(await isThere(folder))) return folder;
    }
    throw new DownloadError(
      'folder',
      t(
        'Jan has too many models that are called like {0}. Remove some, or choose another folder for downloads.',
        variant,
      ),
    );
  }
}

/** @throws DownloadError `folder`: Jan knows a model as one GGUF file */
function refuseForJan({ variant, files }: DownloadPlan): void {
  const weights = files.filter(({ role }) => role === 'weights');
  const projectors = files.filter(({ role }) => role === 'projector');
  const isFit = weights.length + projectors.length === files.length && projectors.length <= 1;
  if (weights.length === 1 && isFit && files.every(({ path }) => /\.gguf$/i.test(path))) return;
  throw new DownloadError(
    'folder',
    t(
      'Jan takes models of one GGUF file, and {0} is not one. Choose another variant, or another folder for downloads.',
      variant,
    ),
  );
}

/** As Jan makes them, `author/file_name`; several repositories of an author may have that. */
function* idsFor(model: string, variant: string): Generator<string> {
  const [owner = '', name = ''] = model.split('/');
  const stem = variant.slice(variant.lastIndexOf('/') + 1);
  const id = (text: string): string[] => {
    const made = janIdOf(text, owner);
    return made === undefined ? [] : [made];
  };
  yield* id(stem);
  yield* id(`${name}-${stem}`);
  for (let number = 2; number < 100; number++) yield* id(`${name}-${stem}-${number}`);
}

function modelFile({ files }: DownloadPlan, { root, folder, paths }: Placement): string {
  const inRoot = (path: string): string => relative(root, path).split(sep).join('/');
  const facts = (role: PlannedFile['role'], as: 'model' | 'mmproj'): Partial<JanModelFile> => {
    const at = files.findIndex((file) => file.role === role);
    const [file, path] = [files[at], paths[at]];
    if (file === undefined || path === undefined) return {};
    const { size, digest } = file;
    return {
      [`${as}_path`]: inRoot(path),
      [`${as}_size_bytes`]: size,
      ...(digest.algorithm === 'sha256' && { [`${as}_sha256`]: digest.hex }),
    };
  };
  return formatModelFile({
    model_path: '',
    name: inRoot(folder).slice(`${inRoot(join(root, MODELS))}/`.length),
    size_bytes: files.reduce((sum, { size }) => sum + size, 0),
    ...facts('weights', 'model'),
    ...facts('projector', 'mmproj'),
  });
}
