import type { MemoryBudget } from '../../device/hardware.ts';
import { isComfortable } from '../../device/fit.ts';
import { fitOfVariant } from '../../device/recommend.ts';
import type { SearchFilters } from '../../sync/cache/search.ts';
import { seesImages } from '../../sync/cache/searchTerms.ts';
import type { Model, Variant } from '../../sync/model.ts';
import { isGated } from '../access.ts';

/** Whether some variant of the wanted size runs on this machine without putting anything aside. */
export function fits(model: Model, filters: SearchFilters, budget: MemoryBudget): boolean {
  return variantsIn(model, filters).some((variant) =>
    isComfortable(fitOfVariant(variant, model, budget)),
  );
}

/** The variants of the wanted size. */
export function variantsIn({ variants = [] }: Model, filters: SearchFilters): Variant[] {
  const { minBytes, maxBytes } = filters;
  if (minBytes === undefined && maxBytes === undefined) return [...variants];
  return variants.filter(
    ({ size }) => size.sureness !== 'unknown' && isBetween(size.bytes, minBytes, maxBytes),
  );
}

/** Whether a model that is in no catalogue answers to filters, as the catalogue understands them. */
export function answersTo(model: Model, filters: SearchFilters): boolean {
  const { minBytes, maxBytes, minParameters, maxParameters } = filters;
  const { parameters, takesTools } = model;
  const bySize = minBytes !== undefined || maxBytes !== undefined;
  const byWeights = minParameters !== undefined || maxParameters !== undefined;
  return [
    isSame(filters.author, model.author),
    isSame(filters.license, model.license),
    isSame(filters.task, model.task),
    isSame(filters.library, model.library),
    isSame(filters.architecture, model.architecture),
    (filters.tags ?? []).every((tag) => (model.tags ?? []).some((one) => isSame(tag, one))),
    filters.takesTools === undefined || filters.takesTools === takesTools,
    filters.vision === undefined || filters.vision === seesImages(model),
    filters.gated === undefined || filters.gated === isGated(model),
    !bySize || variantsIn(model, filters).length > 0,
    !byWeights || (parameters !== undefined && isBetween(parameters, minParameters, maxParameters)),
  ].every(Boolean);
}

function isBetween(value: number, min = 0, max = Infinity): boolean {
  return min <= value && value <= max;
}

function isSame(asked: string | undefined, said: string | undefined): boolean {
  return asked === undefined || asked.toLowerCase() === said?.toLowerCase();
}
