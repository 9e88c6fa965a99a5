import type { InstalledEntry, InstalledSnapshot } from '../../runtime/installed.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import type { Wording } from '../details/wording.ts';

/** A model as the chat of the editor lists it. */
export interface OfferedModel {
  /** The key of the entry. */
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly version: string;
  readonly detail: string;
  readonly tooltip: string;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: { readonly imageInput: boolean; readonly toolCalling: boolean };
}

/**
 * Tokens that are reckoned with where the runtime does not tell: seldom does it run a model with all
 * that the catalogue knows it to be trained for.
 */
const CAUTIOUS_CONTEXT = 4_096;
/** What is kept of the context for the answer: a quarter, of large ones less. */
const ANSWER = { share: 1 / 4, most: 4_096 };

/**
 * Whether an entry can be asked something now: its runtime answers, and it runs, or can be started
 * by its runtime, or is loaded by its server with the first question.
 */
export function isAskable({
  runtime,
  running,
  problem,
}: Pick<InstalledEntry, 'runtime' | 'running' | 'problem'>): boolean {
  if (runtime.api === undefined || problem !== undefined) return false;
  return running === true || runtime.can.includes('start') || runtime.kind === 'server';
}

/**
 * The models that the chat lists.
 * @param offered keys of the entries that the user offers
 */
export function offeredModels(
  installed: Pick<InstalledSnapshot, 'entries'> | undefined,
  offered: readonly string[],
  model: (id: ModelId) => Model | undefined,
  wording: Wording,
): OfferedModel[] {
  const wanted = new Set(offered);
  return (installed?.entries ?? [])
    .filter((entry) => wanted.has(entry.key) && isAskable(entry))
    .map((entry) => {
      const id = entry.from?.model;
      return offeredModel(entry, id === undefined ? undefined : model(id), wording);
    });
}

function offeredModel(
  entry: InstalledEntry,
  model: Model | undefined,
  wording: Wording,
): OfferedModel {
  const { key, name, runtime, from, abilities = {}, files } = entry;
  const { contextLength } = abilities;
  const tokens = contextLength ?? Math.min(model?.contextLength ?? Infinity, CAUTIOUS_CONTEXT);
  const maxOutputTokens = Math.min(ANSWER.most, Math.floor(tokens * ANSWER.share));
  return {
    id: key,
    name,
    family: model?.architecture ?? name,
    version: from?.revision ?? from?.variant ?? name,
    detail: runtime.name,
    tooltip: tooltipOf(entry, tokens, wording),
    maxInputTokens: tokens - maxOutputTokens,
    maxOutputTokens,
    capabilities: {
      imageInput: abilities.takesImages ?? files.some(({ role }) => role === 'projector'),
      toolCalling: abilities.takesTools ?? model?.takesTools === true,
    },
  };
}

function tooltipOf(
  { from, name, runtime, running, abilities }: InstalledEntry,
  tokens: number,
  { t, number }: Wording,
): string {
  return [
    from?.model ?? name,
    running === true
      ? t('Runs in {0}', runtime.name)
      : t('{0} starts it with the first question', runtime.name),
    abilities?.contextLength === undefined
      ? t('Its context is not known: {0} tokens are reckoned with', number(tokens))
      : t('Context of {0} tokens', number(tokens)),
  ].join(' · ');
}
