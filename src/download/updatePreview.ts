import type { Differential } from './differential/differential.ts';
import { uncopiedBytes } from './differential/recipe.ts';
import type { TensorCount } from './differential/tensors.ts';
import type { FileSource } from './file/fileDownload.ts';
import type { UpdatePreview, UpdateWay } from './model.ts';
import type { PartServices, PlacedPlan } from './parts.ts';
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
  let way: UpdateWay = 'here';
  let bytes = 0;
  let tensors: TensorCount | undefined;
  for (const { file, bytes: there } of await missingParts(download, services)) {
    const basis = await services.differential?.findBasis(plan, file);
    const found = basis && (await services.differential?.recipes(source, file, basis, signal));
    const [recipe] = found?.recipes ?? [];
    // What was fetched to find that out is a part of what it costs.
    const left = recipe === undefined ? file.size : uncopiedBytes(recipe, file.size);
    bytes += Math.min(left, file.size - there);
    way = costlier(way, recipe?.way ?? 'whole');
    tensors = sumOf(tensors, found?.tensors);
  }
  return { way, bytes, size: plan.size, ...(tensors !== undefined && { tensors }) };
}

function costlier(one: UpdateWay, other: UpdateWay): UpdateWay {
  return WAYS.indexOf(one) > WAYS.indexOf(other) ? one : other;
}

function sumOf(
  one: TensorCount | undefined,
  other: TensorCount | undefined,
): TensorCount | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { changed: one.changed + other.changed, total: one.total + other.total };
}
