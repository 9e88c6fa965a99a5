import type { MemoryBudget } from '../../device/hardware.ts';
import { fitOfVariant, recommend } from '../../device/recommend.ts';
import type { SearchQuery } from '../../sync/cache/search.ts';
import type { HubQuestion } from '../../sync/gateway/huggingFaceSearch.ts';
import { SyncError } from '../../sync/errors.ts';
import type { Model, ModelId, Variant } from '../../sync/model.ts';
import type { ModelQuery, QueryProblem } from '../../sync/query/modelQuery.ts';
import { parseQuery } from '../../sync/query/parseQuery.ts';
import { isGated } from '../access.ts';
import { variantLabel } from '../details/variantRows.ts';
import { questionOf } from '../search/hubResults.ts';
import { isShown, searchLocally } from '../search/localSearch.ts';
import { answersTo, fits, variantsIn } from '../search/modelFilter.ts';
import type { SearchInput } from './toolInputs.ts';
import type { ToldSize } from './toldSize.ts';
import { toldSize } from './toldSize.ts';

/** What a search asks: the catalogue, the Hub, and this machine. */
export interface SearchToolServices {
  readonly search: (query: Omit<SearchQuery, 'sources'>) => readonly Model[];
  readonly searchHub: (question: HubQuestion, signal: AbortSignal) => Promise<readonly Model[]>;
  /** Undefined if this machine cannot be measured. */
  readonly budget: () => Promise<MemoryBudget | undefined>;
  /** Undefined if it cannot be known what is installed. */
  readonly installed: () => Promise<ReadonlySet<ModelId> | undefined>;
  readonly favourites: () => readonly ModelId[];
  /** What the user does not want to see. */
  readonly hidden: () => readonly ModelId[];
}

/** A model as a language model is told of it. */
interface ToldModel {
  readonly id: ModelId;
  readonly name: string;
  readonly parameters?: number | undefined;
  readonly license?: string | undefined;
  /** A day, `2026-11-28`. */
  readonly updated?: string | undefined;
  readonly gated?: true;
  readonly installed?: true;
  /** The variant for this machine; absent if no size or no memory is known. */
  readonly recommended?: ToldSize & {
    readonly variant: string;
    readonly name: string;
    readonly fit: string;
  };
  /** It is in no followed source: the Hub found it. */
  readonly foundOn?: 'Hugging Face';
}

/** The answer of the tool. */
export interface SearchAnswer {
  readonly models: readonly ToldModel[];
  /** What of the query says nothing, and what was probably meant. */
  readonly notUnderstood?: readonly Pick<QueryProblem, 'word' | 'hint'>[];
  /** What limits the answer, in words. */
  readonly notes?: readonly string[];
}

/** Finds models as "Search Models…" does: in the catalogue, then on the Hub. */
export async function searchModels(
  { query: text, limit }: SearchInput,
  services: SearchToolServices,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const { query, problems } = parseQuery(text);
  const [budget, installed] = await Promise.all([
    services.budget(),
    query.installed === true ? services.installed() : undefined,
  ]);
  signal.throwIfAborted();
  const [favourites, hidden] = [services.favourites(), services.hidden()];
  const local = searchLocally(query, { budget, installed, favourites, hidden }, services.search);
  const listed = local.models.slice(0, limit);
  const hub = listed.length < limit ? await askHub(query, services, signal) : { models: [] };
  const known = new Set(local.models.map(({ id }) => id));
  const others = hub.models.filter(
    (model) =>
      !known.has(model.id) && isShown(model.id, { hidden }) && answers(model, query, budget),
  );
  const notes = [
    local.waitsFor === 'memory'
      ? 'The memory of this machine is not known, so @fits finds nothing. The settings modelHub.hardware.* can say it.'
      : '',
    local.waitsFor === 'installed' ? 'It is not known what is installed on this machine.' : '',
    hub.failure === undefined ? '' : `Results of the catalogue only. ${hub.failure}`,
  ].filter(Boolean);
  const tell = (model: Model): ToldModel => toldModel(model, query, budget, installed);
  return {
    models: [
      ...listed.map(tell),
      ...others
        .slice(0, limit - listed.length)
        .map((model): ToldModel => ({ ...tell(model), foundOn: 'Hugging Face' })),
    ],
    ...(problems.length > 0 && {
      notUnderstood: problems.map(({ word, hint }) => ({ word, ...(hint && { hint }) })),
    }),
    ...(notes.length > 0 && { notes }),
  };
}

/** What the Hub finds; that it cannot be asked is no failure of the search. */
async function askHub(
  query: ModelQuery,
  { searchHub }: SearchToolServices,
  signal: AbortSignal,
): Promise<{ readonly models: readonly Model[]; readonly failure?: string }> {
  const question = questionOf(query);
  if (question === undefined) return { models: [] };
  try {
    return { models: await searchHub(question, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { models: [], failure: SyncError.from(error).message };
  }
}

function answers(model: Model, query: ModelQuery, budget: MemoryBudget | undefined): boolean {
  const { filters } = query;
  if (!answersTo(model, filters)) return false;
  return query.fits !== true || (budget !== undefined && fits(model, filters, budget));
}

function toldModel(
  model: Model,
  { filters }: ModelQuery,
  budget: MemoryBudget | undefined,
  installed: ReadonlySet<ModelId> | undefined,
): ToldModel {
  const { id, name, parameters, license, lastModified } = model;
  const variant = recommend(variantsIn(model, filters), model, budget)?.variant;
  return {
    ...{ id, name, parameters, license },
    updated: lastModified === undefined ? undefined : dayOf(lastModified),
    ...(isGated(model) && { gated: true }),
    ...(installed?.has(id) === true && { installed: true }),
    ...(variant && { recommended: toldVariant(variant, model, budget) }),
  };
}

function toldVariant(
  variant: Variant,
  model: Model,
  budget: MemoryBudget | undefined,
): NonNullable<ToldModel['recommended']> {
  return {
    ...{ variant: variantLabel(variant), name: variant.name, ...toldSize(variant.size) },
    fit: fitOfVariant(variant, model, budget),
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
