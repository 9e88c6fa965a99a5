import type { MemoryBudget } from '../../device/hardware.ts';
import type { Model, ModelId, Variant } from '../../sync/model.ts';
import type { Completion } from '../../sync/query/completeQuery.ts';
import type { ModelQuery, QueryProblem } from '../../sync/query/modelQuery.ts';
import { variantLabel } from '../details/variantRows.ts';
import type { Wording } from '../details/wording.ts';
import { modelFacts } from '../modelFacts.ts';
import type { HubState } from './hubResults.ts';
import type { LocalResults } from './localSearch.ts';
import { isShown } from './localSearch.ts';
import { waitingText } from './waitingText.ts';
import { answersTo, fits } from './modelFilter.ts';

/** A row of the list below the input. */
export type SearchRow =
  | ModelRow
  | { readonly type: 'heading'; readonly key: string; readonly label: string }
  /** Says something; choosing it does nothing. */
  | { readonly type: 'note'; readonly key: string; readonly label: string }
  /** A model that no source lists: it has to be looked up. */
  | { readonly type: 'lookUp'; readonly key: string; readonly label: string; readonly id: ModelId }
  | QueryRow;

/** A query to go on with; `past` if it was asked before, `saved` if the user keeps it. */
export interface QueryRow {
  readonly type: 'query';
  readonly key: string;
  readonly label: string;
  readonly query: string;
  readonly past: boolean;
  readonly saved?: true;
}

export interface ModelRow {
  readonly type: 'model';
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly model: Model;
  readonly isFavourite: boolean;
  /** What is downloaded at a click: the variant for this machine, or the only one. */
  readonly variant?: Variant;
}

/** All that the list is made from. */
export interface SearchState {
  /** As typed. */
  readonly text: string;
  readonly query: ModelQuery;
  readonly problems: readonly QueryProblem[];
  /** Of what is being typed. */
  readonly completion: Completion | undefined;
  /** What was looked for before. */
  readonly history: readonly string[];
  /** What the user looks for again and again. */
  readonly saved: readonly string[];
  /** The model that the text names, and what is known of it. */
  readonly pasted?: { readonly id: ModelId; readonly model: Model | undefined } | undefined;
  readonly local: LocalResults;
  /** Why it cannot be known what is installed, in words. */
  readonly trouble?: string | undefined;
  readonly hub: HubState;
  readonly budget: MemoryBudget | undefined;
  readonly installed: ReadonlySet<ModelId> | undefined;
  readonly favourites: ReadonlySet<ModelId>;
  /** What the user does not want to see. */
  readonly hidden: readonly ModelId[];
}

/** Completions that are offered at once. */
const MOST_COMPLETIONS = 6;

/** What is listed: what the text names, what may be typed next, what is found here and on the Hub. */
export function searchRows(state: SearchState, wording: Wording): SearchRow[] {
  const { local, pasted } = state;
  const named = namedModel(state);
  const found = without(named, local.models).map((model) => modelRow(model, state, wording));
  const ofHub = hubRows(state, named, wording);
  const lookUp = pasted === undefined || named !== undefined ? [] : [lookUpRow(pasted.id, wording)];
  const isNothing = found.length + ofHub.length + lookUp.length === 0 && named === undefined;
  return [
    ...(named === undefined ? [] : [modelRow(named, state, wording)]),
    ...completionRows(state),
    ...problemRows(state, wording),
    ...earlierRows(state, found.length > 0, wording),
    ...waitingRows(state, wording),
    ...found,
    ...lookUp,
    ...(isNothing && local.waitsFor === undefined && !state.hub.asking
      ? [note('nothing', wording.t('No model answers to this.'))]
      : []),
    ...ofHub,
  ];
}

/** The model that the text names, if anybody knows it. */
function namedModel({ pasted, local, hub }: SearchState): Model | undefined {
  if (pasted === undefined) return undefined;
  const id = pasted.id.toLowerCase();
  return (
    pasted.model ?? [...local.models, ...hub.models].find((one) => one.id.toLowerCase() === id)
  );
}

function without(named: Model | undefined, models: readonly Model[]): readonly Model[] {
  return named === undefined ? models : models.filter(({ id }) => id !== named.id);
}

function lookUpRow(id: ModelId, { t }: Wording): SearchRow {
  return { type: 'lookUp', key: `lookUp ${id}`, label: t('Open {0} from Hugging Face', id), id };
}

function completionRows({ text, completion }: SearchState): SearchRow[] {
  if (completion === undefined) return [];
  const { start, end, options } = completion;
  return options.slice(0, MOST_COMPLETIONS).map((option) => {
    const space = option.endsWith(':') ? '' : ' ';
    const query = text.slice(0, start) + option + space + text.slice(end).trimStart();
    return { type: 'query', key: `completion ${option}`, label: option, query, past: false };
  });
}

/** What is still being typed is no problem yet. */
function problemRows({ text, problems, completion }: SearchState, { t }: Wording): SearchRow[] {
  return problems
    .filter(({ end }) => completion === undefined || end < text.length)
    .map(({ kind, word, hint, start, end }): SearchRow => {
      const key = `problem ${start}`;
      if (hint === undefined) return note(key, t('"{0}" is not understood.', word));
      if (kind === 'badValue') {
        return note(key, t('"{0}" is not understood. For example: {1}', word, hint));
      }
      const query = text.slice(0, start) + hint + text.slice(end);
      const label = t('"{0}" is not understood. Did you mean {1}?', word, hint);
      return { type: 'query', key, label, query, past: false };
    });
}

/** While nothing is typed: saved searches, then past ones. */
function earlierRows(
  { text, history, saved }: SearchState,
  isFollowed: boolean,
  { t }: Wording,
): SearchRow[] {
  if (text.trim() !== '') return [];
  const rows = [
    ...saved.map((query): SearchRow => ({ ...pastRow(query), key: `saved ${query}`, saved: true })),
    ...history.filter((query) => !saved.includes(query)).map((query) => pastRow(query)),
  ];
  return rows.length > 0 && isFollowed ? [...rows, heading('models', t('Models'))] : rows;
}

function pastRow(query: string): QueryRow {
  return { type: 'query', key: `past ${query}`, label: query, query, past: true };
}

function waitingRows({ local, trouble }: SearchState, wording: Wording): SearchRow[] {
  if (local.waitsFor === undefined) return [];
  return [note('waits', waitingText(local.waitsFor, trouble, wording))];
}

/** What the Hub finds besides; a model that is listed above is not listed again. */
function hubRows(state: SearchState, named: Model | undefined, wording: Wording): SearchRow[] {
  const { query, hub, local, budget } = state;
  const { t } = wording;
  if (hub.failure !== undefined) {
    return [note('hubFailure', t('Results of the catalogue only. {0}', hub.failure))];
  }
  const listed = new Set(local.models.map(({ id }) => id));
  const found = without(named, hub.models).filter(
    (model) =>
      !listed.has(model.id) &&
      isShown(model.id, state, query) &&
      answersTo(model, query.filters) &&
      (query.fits !== true || (budget !== undefined && fits(model, query.filters, budget))),
  );
  if (found.length === 0) return [];
  return [heading('hub', 'Hugging Face'), ...found.map((model) => modelRow(model, state, wording))];
}

function modelRow(model: Model, state: SearchState, wording: Wording): ModelRow {
  const { query, budget, installed, favourites } = state;
  const { t } = wording;
  const isFavourite = favourites.has(model.id);
  const { variant, news, gated, size, fit } = modelFacts(model, query.filters, budget, wording);
  const facts = [
    model.author,
    news,
    installed?.has(model.id) === true ? t('installed') : '',
    isFavourite ? t('favourite') : '',
    gated,
    model.parameters === undefined ? '' : wording.count(model.parameters),
    [variant && variantLabel(variant), size].filter(Boolean).join(' '),
    fit,
  ];
  return {
    type: 'model',
    key: `model ${model.id}`,
    label: model.name,
    description: facts.filter(Boolean).join(' · '),
    model,
    isFavourite,
    ...(variant !== undefined && { variant }),
  };
}

function heading(key: string, label: string): SearchRow {
  return { type: 'heading', key: `heading ${key}`, label };
}

function note(key: string, label: string): SearchRow {
  return { type: 'note', key: `note ${key}`, label };
}
