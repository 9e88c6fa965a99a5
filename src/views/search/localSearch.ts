import type { MemoryBudget } from '../../device/hardware.ts';
import type { SearchFilters, SearchQuery } from '../../sync/cache/search.ts';
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
  /** What the user does not want to see. */
  readonly hidden: readonly ModelId[];
}

/** What the catalogue finds, or what has to be known before it can be asked. */
export interface LocalResults {
  readonly models: readonly Model[];
  readonly waitsFor?: 'memory' | 'installed';
}

/** What a query leaves of the catalogue. */
export interface Restriction {
  readonly text: string;
  readonly filters: SearchFilters;
  /** The names that flags leave; absent: all. */
  readonly only?: readonly ModelId[];
  /** What the catalogue cannot tell by itself, so that it finds some too many. */
  readonly keeps?: (model: Model) => boolean;
}

/** Whether a model is shown to who asks for this. */
export function isShown(
  id: ModelId,
  { hidden }: Pick<Circumstances, 'hidden'>,
  query: Pick<ModelQuery, 'hidden'> = {},
): boolean {
  return query.hidden === true || !hidden.includes(id);
}

/** So many are shown: nobody scrolls further. */
export const MOST_SHOWN = 100;
/** And so many while somebody types: each takes its time, and the next key makes them others. */
export const SHOWN_WHILE_TYPING = 30;
/** Pages that are looked through for what fits: nearly all that are small enough do. */
const MOST_PAGES = 5;

/**
 * Finds models in the catalogue, the most downloaded first unless another order is asked for.
 * @param most so many at the most
 */
export function searchLocally(
  query: ModelQuery,
  circumstances: Circumstances,
  search: (query: Omit<SearchQuery, 'sources'>) => readonly Model[],
  most = MOST_SHOWN,
): LocalResults {
  const waitsFor = whatMisses(query, circumstances);
  if (waitsFor !== undefined) return { models: [], waitsFor };
  const { keeps, ...asked } = restrictionOf(query, circumstances);
  const models: Model[] = [];
  for (let page = 0; page < MOST_PAGES && models.length < most; page++) {
    const { sort = 'downloads' } = query;
    const found = search({ ...asked, sort, offset: page * most, limit: most });
    const shown = found.filter(({ id }) => isShown(id, circumstances, query));
    models.push(...(keeps === undefined ? shown : shown.filter(keeps)));
    if (found.length < most) break;
  }
  return { models: models.slice(0, most) };
}

/** What has to be known before a query can be answered. */
export function whatMisses(
  query: ModelQuery,
  { budget, installed }: Circumstances,
): LocalResults['waitsFor'] {
  if (query.fits && budget === undefined) return 'memory';
  return query.installed && installed === undefined ? 'installed' : undefined;
}

/** What a query asks of the catalogue, once all that it needs is known. */
export function restrictionOf(query: ModelQuery, circumstances: Circumstances): Restriction {
  const { text, filters } = query;
  const { budget } = circumstances;
  const only = noted(query, circumstances);
  const asked = { text, filters, ...(only !== undefined && { only }) };
  if (!query.fits || budget === undefined) return asked;
  // What does not even hold the weights is left to the index.
  const most = Math.floor(Math.max(budget.gpu, budget.main));
  const maxBytes = Math.min(filters.maxBytes ?? Infinity, most);
  return {
    ...asked,
    filters: { ...filters, maxBytes },
    keeps: (model) => fits(model, filters, budget),
  };
}

/** The names that flags leave; undefined: all. */
function noted(
  query: ModelQuery,
  { installed, favourites, hidden }: Circumstances,
): ModelId[] | undefined {
  const lists = [
    ...(query.favourite ? [favourites] : []),
    ...(query.hidden ? [hidden] : []),
    ...(query.installed ? [[...(installed ?? [])]] : []),
  ];
  const [first, ...others] = lists;
  return first?.filter((id) => others.every((list) => list.includes(id)));
}
