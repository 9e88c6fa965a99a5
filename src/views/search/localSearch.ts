import type { MemoryBudget } from '../../device/hardware.ts';
import type { SearchQuery } from '../../sync/cache/search.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import type { ModelQuery } from '../../sync/query/modelQuery.ts';
import { fits } from './modelFilter.ts';

/** What the flags of a query are about. */
export interface Circumstances {
  /** What models may take of this machine; absent until it is known. */
  readonly budget: MemoryBudget | undefined;
  /** Absent until it is known. */
  readonly installed: ReadonlySet<ModelId> | undefined;
  readonly favourites: readonly ModelId[];
}

/** What the catalogue finds, or what has to be known before it can be asked. */
export interface LocalResults {
  readonly models: readonly Model[];
  readonly waitsFor?: 'memory' | 'installed';
}

/** So many are shown: nobody scrolls further, and each takes its time. */
const MOST_SHOWN = 100;
/** Pages that are looked through for what fits: nearly all that are small enough do. */
const MOST_PAGES = 5;

/** Finds models in the catalogue, the most downloaded first unless another order is asked for. */
export function searchLocally(
  query: ModelQuery,
  circumstances: Circumstances,
  search: (query: Omit<SearchQuery, 'sources'>) => readonly Model[],
): LocalResults {
  const { text, filters, sort = 'downloads' } = query;
  const { budget, installed } = circumstances;
  if (query.fits && budget === undefined) return { models: [], waitsFor: 'memory' };
  if (query.installed && installed === undefined) return { models: [], waitsFor: 'installed' };

  const only = noted(query, circumstances);
  const asked = { text, sort, limit: MOST_SHOWN, ...(only !== undefined && { only }) };
  if (!query.fits || budget === undefined) {
    return { models: search({ ...asked, filters, offset: 0 }) };
  }
  // What does not even hold the weights is left to the index.
  const most = Math.floor(Math.max(budget.gpu, budget.main));
  const maxBytes = Math.min(filters.maxBytes ?? Infinity, most);
  const models: Model[] = [];
  for (let page = 0; page < MOST_PAGES && models.length < MOST_SHOWN; page++) {
    const offset = page * MOST_SHOWN;
    const found = search({ ...asked, filters: { ...filters, maxBytes }, offset });
    models.push(...found.filter((model) => fits(model, filters, budget)));
    if (found.length < MOST_SHOWN) break;
  }
  return { models: models.slice(0, MOST_SHOWN) };
}

/** The names that flags leave; undefined: all. */
function noted(query: ModelQuery, { installed, favourites }: Circumstances): ModelId[] | undefined {
  if (query.favourite) {
    return favourites.filter((id) => !query.installed || installed?.has(id) === true);
  }
  return query.installed ? [...(installed ?? [])] : undefined;
}
