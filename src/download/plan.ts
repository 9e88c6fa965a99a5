import { t } from '@vscode/l10n';
import type { ModelFile, ModelId, Variant } from '../sync/model.ts';
import { groupVariants } from '../sync/variants.ts';
import { DownloadError } from './errors.ts';
import type { Digest, DownloadPlan, PlannedFile } from './model.ts';

const COMPANION = /\.(?:json|jinja|txt|model|tiktoken)$/i;
const SAFETENSORS = /\.safetensors$/i;

export interface PlanRequest {
  readonly model: ModelId;
  /** Commit, 40 hex digits: the one that `files` is of. */
  readonly revision: string;
  /** See Variant.name. */
  readonly variant: string;
  /** The whole file tree. */
  readonly files: readonly ModelFile[];
  /** With the vision projector, where there is one. */
  readonly projector: boolean;
}

/**
 * What has to be fetched for a variant: all its parts, its projector if wanted, and what weights
 * without a header of their own need beside them.
 * @throws DownloadError `notFound` if there is no such variant, `unknownSize` if the file tree does
 * not say of each file how big it is and what proves its bytes
 */
export function planDownload(request: PlanRequest): DownloadPlan {
  const { model, revision, files } = request;
  if (!/^[0-9a-f]{40}$/.test(revision)) {
    throw unknownSize(model, t('it is not known which commit would be downloaded'));
  }
  const variant = groupVariants(files).find(({ name }) => name === request.variant);
  if (variant === undefined) {
    throw new DownloadError(
      'notFound',
      t(
        '{0} has no variant {1} any more. Refresh the model and choose another.',
        model,
        request.variant,
      ),
    );
  }
  refuseMissingParts(model, variant);
  const planned = [
    ...variant.files.map((file) => plannedFile(model, file, 'weights')),
    ...(request.projector && variant.mmproj !== undefined
      ? [plannedFile(model, variant.mmproj, 'projector')]
      : []),
    ...companions(variant, files).map((file) => plannedFile(model, file, 'companion')),
  ];
  return {
    model,
    revision,
    variant: variant.name,
    ...(variant.quantisation !== undefined && { quantisation: variant.quantisation }),
    files: planned,
    size: planned.reduce((sum, { size }) => sum + size, 0),
  };
}

function refuseMissingParts(model: ModelId, { name, size, files }: Variant): void {
  if (size.sureness === 'exact') return;
  // Only of a split file the sum can be unknown while each of its files is known.
  const isIncomplete = files.every((file) => file.size.sureness === 'exact');
  throw unknownSize(
    model,
    isIncomplete ? t('parts of {0} are missing', name) : t('it is not known how big {0} is', name),
  );
}

function plannedFile(model: ModelId, file: ModelFile, role: PlannedFile['role']): PlannedFile {
  const { path, size } = file;
  const digest = digestOf(file);
  if (size.sureness !== 'exact' || !Number.isSafeInteger(size.bytes)) {
    throw unknownSize(model, t('it is not known how big {0} is', path));
  }
  if (digest === undefined) throw unknownSize(model, t('nothing proves the bytes of {0}', path));
  return { path, size: size.bytes, digest, role };
}

function digestOf({ sha256, gitSha1 }: ModelFile): Digest | undefined {
  if (sha256 !== undefined) return { algorithm: 'sha256', hex: sha256 };
  return gitSha1 === undefined ? undefined : { algorithm: 'git', hex: gitSha1 };
}

/** A GGUF file holds all that is needed to run it; other weights do not. */
function companions(variant: Variant, files: readonly ModelFile[]): readonly ModelFile[] {
  if (!variant.files.every(({ path }) => SAFETENSORS.test(path))) return [];
  const folders = new Set(['', ...variant.files.map(({ path }) => folderOf(path))]);
  return files.filter(({ path }) => isCompanion(path) && folders.has(folderOf(path)));
}

/** Whether weights in several files need a file beside them to be run. No program is one. */
export function isCompanion(path: string): boolean {
  return COMPANION.test(path);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function unknownSize(model: ModelId, why: string): DownloadError {
  return new DownloadError(
    'unknownSize',
    t(
      '{0} cannot be downloaded safely: in its list of files, {1}. Refresh the model and try again, or choose another variant.',
      model,
      why,
    ),
  );
}
