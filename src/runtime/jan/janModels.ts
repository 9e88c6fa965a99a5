import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { t } from '@vscode/l10n';
import { KEPT_FOLDER } from '../../download/kept/keptFiles.ts';
import { isCompanion } from '../../download/plan.ts';
import { RECEIPT_FILE, readReceipt } from '../../download/receipt.ts';
import { isInside } from '../../download/safePath.ts';
import { describeError } from '../../sync/errors.ts';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';
import { modelIdSchema } from '../../sync/gateway/repository.ts';
import type { Logger } from '../../sync/logger.ts';
import { MLX_MARK } from '../apiName.ts';
import type { FolderShape, FolderTree, FoundFile } from '../disk/folderTree.ts';
import { fileAt, folderOf, readTree } from '../disk/folderTree.ts';
import { inPool } from '../disk/inPool.ts';
import { keptRevision } from '../disk/keptRevision.ts';
import { isWeights, localFile, missingParts, sizeOfFiles } from '../disk/modelFiles.ts';
import type { ClaimedOrigin, KeptRevision, LocalFile, RuntimeEntry } from '../runtime.ts';
import type { JanModelFile } from '../../jan/modelFile.ts';
import { parseModelFile } from '../../jan/modelFile.ts';

/** In each folder that is a model. */
export const MODEL_FILE = 'model.yml';
/** Such a file has some 20 lines; what is longer is something else. */
const MAX_BYTES = 64 * 1024;

/** Jan's engines: each has its folder of models, and ids of its own. */
export const JAN_ENGINES = ['llamacpp', 'mlx'] as const;
export type JanEngine = (typeof JAN_ENGINES)[number];

/** Ids are paths, some of several parts. */
const DEPTH = 6;

/** What to read of an engine's models. Unfinished downloads end in `.tmp` and `.url`. */
const MODELS_SHAPE: FolderShape = {
  depth: DEPTH,
  enters: isNotKept,
  wants: (file) => isModelFile(file) || isReceipt(file) || isWeights(file) || isCompanion(file),
};

/** What tells that the models have changed. */
export const MODELS_CHANGES: FolderShape = {
  depth: DEPTH,
  enters: isNotKept,
  wants: (file) => isModelFile(file) || isWeights(file),
};

/** The folder of an engine's models in Jan's data folder. */
export function modelsFolder(dataFolder: string, engine: JanEngine): string {
  return join(dataFolder, engine, 'models');
}

/**
 * The models of one of Jan's engines: each folder with a `model.yml`, of which Jan reads none
 * further down. One that cannot be used is listed with its problem.
 * @throws RuntimeError `cancelled`
 */
export async function listJanModels(
  dataFolder: string,
  engine: JanEngine,
  { machine, logger }: { readonly machine: Machine; readonly logger: Logger },
  signal: AbortSignal,
): Promise<{ readonly entries: readonly RuntimeEntry[]; readonly problem?: string }> {
  const root = modelsFolder(dataFolder, engine);
  const tree = await readTree(root, MODELS_SHAPE, { signal, links: true });
  const entries = await inPool(groupModels(tree), async (model): Promise<RuntimeEntry> => {
    const entry = await readModel(model, dataFolder, engine, machine);
    const { origin, expected, kept } = await installedHere(model, logger);
    return {
      ...entry,
      ...(kept !== undefined && { kept }),
      files: withExpected(entry.files, expected),
      origin: { ...entry.origin, ...origin },
    };
  });
  return { entries, ...(tree.problem !== undefined && { problem: tree.problem }) };
}

interface FoundModel {
  readonly id: string;
  readonly description: FoundFile;
  /** Everything else below its folder. */
  readonly files: FoundFile[];
}

function groupModels({ files }: FolderTree): FoundModel[] {
  const models = new Map<string, FoundModel>();
  const ownerOf = (folder: string): FoundModel | undefined => {
    if (folder === '') return undefined;
    return ownerOf(folderOf(folder)) ?? models.get(folder);
  };
  // Level by level, so that the outer of two is there first.
  for (const file of files.filter(({ name }) => isModelFile(name))) {
    const id = folderOf(file.name);
    if (id !== '' && ownerOf(id) === undefined)
      models.set(id, { id, description: file, files: [] });
  }
  for (const file of files) {
    const owner = ownerOf(folderOf(file.name));
    if (owner?.description !== file) owner?.files.push(file);
  }
  return [...models.values()];
}

async function readModel(
  model: FoundModel,
  dataFolder: string,
  engine: JanEngine,
  machine: Machine,
): Promise<RuntimeEntry> {
  const id = engine === 'mlx' ? `${MLX_MARK}${model.id}` : model.id;
  const notes = [model.description, ...model.files.filter(({ name }) => isReceipt(name))];
  const companions = notes.map((file) => localFile(file, 'companion'));
  try {
    const text = await machine.readText(model.description.path, MAX_BYTES);
    const parsed = parseModelFile(text ?? '');
    const { files, problem } = await filesOf(parsed, model, dataFolder);
    const all = [...files, ...companions];
    return {
      id,
      name: parsed.name ?? model.id,
      files: all,
      size: sizeOfFiles(all),
      origin: originOf(parsed),
      ...(problem !== undefined && { problem }),
    };
  } catch (error) {
    const others = model.files.filter(({ name }) => !isReceipt(name));
    const all = [...others.map((file) => localFile(file, roleOf(file))), ...companions];
    return {
      id,
      name: model.id,
      files: all,
      size: sizeOfFiles(all),
      origin: {},
      problem: t(
        'Jan cannot use {0}: {1}. Remove the model, and add it to Jan again.',
        model.description.path,
        describeError(error),
      ),
    };
  }
}

/** The files that a model consists of, and what is wrong with them. */
async function filesOf(
  parsed: JanModelFile,
  model: FoundModel,
  dataFolder: string,
): Promise<{ readonly files: LocalFile[]; readonly problem: string | undefined }> {
  const known = new Map(model.files.map((file) => [file.path, file]));
  const find = async (path: string): Promise<FoundFile | undefined> =>
    known.get(path) ?? (await fileAt(path));

  const weightsPath = absolutePath(parsed.model_path, dataFolder);
  const projectorPath = parsed.mmproj_path && absolutePath(parsed.mmproj_path, dataFolder);
  const weights = await find(weightsPath);
  const projector = projectorPath === undefined ? undefined : await find(projectorPath);

  const others = otherFiles(weightsPath, model);
  const files = [
    ...(weights ? [localFile(weights, 'weights', parsed.model_sha256)] : []),
    ...(projector ? [localFile(projector, 'projector', parsed.mmproj_sha256)] : []),
    ...others.map((file) => localFile(file, roleOf(file))),
  ];
  const parts = files.filter(({ role }) => role === 'weights').map(({ path }) => path);
  const problem =
    problemOf(weightsPath, weights, parsed.model_size_bytes) ??
    (projectorPath === undefined
      ? undefined
      : problemOf(projectorPath, projector, parsed.mmproj_size_bytes)) ??
    missingParts(parts);
  return { files, problem };
}

/** The other parts of a split model, and all that belongs to weights in safetensors. */
function otherFiles(weightsPath: string, { files }: FoundModel): FoundFile[] {
  if (!files.some(({ path }) => path === weightsPath)) return [];
  const isSafetensors = /\.safetensors$/i.test(weightsPath);
  const stem = /^(.*)-\d{5}-of-\d{5}\.gguf$/i.exec(weightsPath)?.[1];
  return files.filter(({ path }) => {
    if (path === weightsPath || isReceipt(path)) return false;
    return isSafetensors || (stem !== undefined && path.startsWith(`${stem}-`) && isWeights(path));
  });
}

function problemOf(
  path: string,
  file: FoundFile | undefined,
  expected: number | undefined,
): string | undefined {
  if (file === undefined) {
    return t('{0} is missing or cannot be read. Remove the model, and add it to Jan again.', path);
  }
  if (expected === undefined || file.size >= expected) return undefined;
  return t('{0} is shorter than it should be. Remove the model, and add it to Jan again.', path);
}

/** What Jan takes for a path: relative to its data folder, or absolute. */
function absolutePath(path: string, dataFolder: string): string {
  return isAbsolute(path) ? join(path) : join(dataFolder, ...path.split('/'));
}

/** A path as Jan writes it: relative to its data folder where it lies in there. */
export function janPath(path: string, dataFolder: string): string {
  if (!isInside(resolve(dataFolder), path)) return path;
  return relative(dataFolder, path).split(sep).join('/');
}

/** Newer versions of Jan note where a model was fetched from. */
function originOf({ source }: JanModelFile): ClaimedOrigin {
  const path = source?.replace(/^https:\/\/huggingface\.co\//, '');
  const model = modelIdSchema.safeParse(path?.split('/').slice(0, 2).join('/')).data;
  return model === undefined ? {} : { model };
}

interface Installed {
  readonly origin: ClaimedOrigin;
  /** The sha256 of each file as it was verified, by path. */
  readonly expected: ReadonlyMap<string, string>;
  readonly kept?: KeptRevision;
}

const NOT_OURS: Installed = { origin: {}, expected: new Map() };

/** What our own download into Jan's folder noted beside the model. */
async function installedHere(model: FoundModel, logger: Logger): Promise<Installed> {
  const note = model.files.find(({ name }) => isReceipt(name));
  if (note === undefined) return NOT_OURS;
  const folder = dirname(note.path);
  try {
    const receipt = await readReceipt(folder);
    const id = modelIdSchema.safeParse(receipt?.model).data;
    const [variant, ...others] = receipt?.variants ?? [];
    if (receipt === undefined || id === undefined || variant === undefined || others.length > 0) {
      return NOT_OURS;
    }
    const { revision, name, files } = variant;
    const verified = files.filter(({ digest }) => digest.algorithm === 'sha256');
    const kept = await keptRevision(folder, receipt, variant);
    return {
      ...(kept !== undefined && { kept }),
      origin: { model: id, revision, variant: name },
      expected: new Map(verified.map(({ path, digest }) => [join(folder, path), digest.hex])),
    };
  } catch (error) {
    logger.warn(`Jan: ${describeError(error)}`);
    return NOT_OURS;
  }
}

/** Unless Jan notes other digests: then it has fetched the model itself since. */
function withExpected(
  files: readonly LocalFile[],
  expected: ReadonlyMap<string, string>,
): readonly LocalFile[] {
  const isOf = ({ path, sha256 }: LocalFile): boolean =>
    sha256 === undefined || sha256 === (expected.get(path) ?? sha256);
  if (!files.every(isOf)) return files;
  return files.map((file) => {
    const expectedSha256 = expected.get(file.path);
    return expectedSha256 === undefined ? file : { ...file, expectedSha256 };
  });
}

/** Revisions that updates have kept are no models of their own. */
function isNotKept(folder: string): boolean {
  return basename(folder) !== KEPT_FOLDER;
}

function isModelFile(name: string): boolean {
  return basename(name) === MODEL_FILE;
}

function isReceipt(name: string): boolean {
  return basename(name) === RECEIPT_FILE;
}

function roleOf({ name }: FoundFile): LocalFile['role'] {
  if (!isWeights(name)) return 'companion';
  return /mmproj/i.test(name) ? 'projector' : 'weights';
}
