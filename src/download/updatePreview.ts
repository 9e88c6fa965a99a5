import type { Differential } from './differential/differential.ts';
import { uncopiedBytes } from './differential/recipe.ts';
import type { TensorCount } from './differential/tensors.ts';
import type { FileSource } from './file/fileDownload.ts';
import type { Recipes } from './differential/recipes.ts';
import type { DownloadPlan, PlannedFile, UpdatePreview, UpdateWay } from './model.ts';
import type { Part, PartServices, PlacedPlan } from './parts.ts';
import { missingParts } from './parts.ts';

const WAYS: readonly UpdateWay[] = ['here', 'splice', 'chunks', 'whole'];

export interface PreviewServices extends PartServices {
  readonly differential?: Differential | undefined;
}

/**
 * What fetching a plan would cost now. Asks the network what could be reused.
 * @throws DownloadError `folder`; SyncError `cancelled`
 */
export async function previewUpdate(
  download: PlacedPlan,
  endpoint: URL,
  services: PreviewServices,
  signal: AbortSignal,
): Promise<UpdatePreview> {
  const { plan } = download;
  const source: FileSource = { endpoint, model: plan.model, revision: plan.revision };
  const costs: FileCost[] = [];
  for (const part of await missingParts(download, services)) {
    const { file, path } = part;
    const basis = await services.differential?.findBasis(plan, file, path);
    const found = basis && (await services.differential?.recipes(source, file, basis, signal));
    costs.push(costOf(part, found));
  }
  const bytes = costs.reduce((sum, cost) => sum + cost.bytes, 0);
  const way = costs.reduce<UpdateWay>((most, cost) => costlier(most, cost.way), 'here');
  const isExact = costs.every(({ sureness }) => sureness === 'exact');
  const tensors = countOf(plan, costs);
  return {
    ...{ way, bytes, size: plan.size, sureness: isExact ? 'exact' : 'estimated' },
    ...(tensors !== undefined && { tensors }),
  };
}

interface FileCost {
  readonly file: PlannedFile;
  readonly way: UpdateWay;
  readonly bytes: number;
  readonly sureness: UpdatePreview['sureness'];
  readonly tensors?: TensorCount | undefined;
}

function costOf({ file, bytes: there }: Part, found: Recipes | undefined): FileCost {
  const [recipe] = found?.recipes ?? [];
  // What was fetched to find that out is a part of what it costs.
  const left = recipe === undefined ? file.size : uncopiedBytes(recipe, file.size);
  return {
    file,
    way: recipe?.way ?? 'whole',
    bytes: Math.min(left, file.size - there),
    sureness: recipe?.sureness ?? 'exact',
    tensors: found?.tensors,
  };
}

function costlier(one: UpdateWay, other: UpdateWay): UpdateWay {
  return WAYS.indexOf(one) > WAYS.indexOf(other) ? one : other;
}

/** Of all parts of the weights together; undefined if one of them was not counted. */
function countOf({ files }: DownloadPlan, costs: readonly FileCost[]): TensorCount | undefined {
  const weights = files.filter(({ role }) => role === 'weights');
  const counts = costs.flatMap(({ file, tensors }) =>
    file.role === 'weights' && tensors !== undefined ? [tensors] : [],
  );
  if (counts.length < weights.length) return undefined;
  return {
    changed: counts.reduce((sum, { changed }) => sum + changed, 0),
    total: counts.reduce((sum, { total }) => sum + total, 0),
  };
}
