import type { Fit } from '../../device/fit.ts';
import type { Hardware } from '../../device/hardware.ts';
import { budgetOf } from '../../device/hardware.ts';
import type { Recommendation } from '../../device/recommend.ts';
import { recommend, usualContext, weightsOf } from '../../device/recommend.ts';
import type { Model, Variant } from '../../sync/model.ts';
import { fitText } from '../fitText.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import type { RunView } from './messages.ts';
import { runCommands } from './runCommands.ts';
import { variantLabel } from './variantRows.ts';
import type { Wording } from './wording.ts';

/** The shortest context that can be chosen, and the longest where nobody says what it may be. */
const CONTEXT = { least: 1_024, most: 131_072 };
const FITS: readonly Fit[] = ['gpu', 'memory', 'tight', 'tooBig', 'unknown'];

/** The variant to take here; undefined if this machine or no size is known. */
export function recommendedVariant(
  { model, hardware }: Pick<DetailsSubject, 'model' | 'hardware'>,
  variants: readonly Variant[],
): Recommendation | undefined {
  return recommend(variants, model ?? {}, hardware && budgetOf(hardware));
}

/** What it takes to run the model, and how to; undefined if there is nothing to run. */
export function runView(
  { id, model, hardware, local }: Pick<DetailsSubject, 'id' | 'model' | 'hardware' | 'local'>,
  variants: readonly Variant[],
  recommended: Recommendation | undefined,
  wording: Wording,
): RunView | undefined {
  const [first] = variants;
  if (first === undefined) return undefined;
  return {
    variants: variants.map((variant) => ({
      key: variant.name,
      label: variantLabel(variant),
      weights: weightsOf(variant),
      commands: runCommands(id, variant, local.installed, wording),
    })),
    chosen: (recommended?.variant ?? first).name,
    ...(model?.parameters !== undefined && { parameters: model.parameters }),
    contexts: contextsOf(model),
    context: Math.max(1, usualContext(model ?? {})),
    machine: machineText(hardware, wording),
    ...(hardware !== undefined && { budget: budgetOf(hardware) }),
    fits: Object.fromEntries(FITS.map((fit) => [fit, fitText(fit, wording).title])) as Record<
      Fit,
      string
    >,
    words: runWords(hardware, wording),
  };
}

/** Contexts that can be chosen, in tokens: each twice as long as the one before. */
function contextsOf(model: Pick<Model, 'contextLength'> | undefined): number[] {
  const most = Math.max(1, model?.contextLength ?? CONTEXT.most);
  const contexts: number[] = [];
  for (let tokens = CONTEXT.least; tokens < most; tokens *= 2) contexts.push(tokens);
  return [...contexts, most];
}

/** `RTX 4090 with 24 GB, and 64 GB of main memory`. */
function machineText(hardware: Hardware | undefined, { t, bytes }: Wording): string {
  if (hardware === undefined) return t('The memory of this machine is not known yet.');
  const { gpus, memory, unified, said } = hardware;
  const main = bytes(memory);
  const cards = gpus.map((gpu) => t('{0} with {1}', gpu.name, bytes(gpu.memory))).join(', ');
  const text = unified
    ? t('This machine has {0} of memory, which its graphics share.', main)
    : cards === ''
      ? t('This machine has {0} of main memory, and no graphics that count.', main)
      : t('This machine has {0} of main memory, and {1}.', main, cards);
  return said.length === 0 ? text : `${text} ${t('The settings say so.')}`;
}

function runWords(hardware: Hardware | undefined, { t }: Wording): RunView['words'] {
  return {
    title: t('Run It Here'),
    variant: t('Variant'),
    context: t('Context'),
    tokens: t('{0} tokens', '{0}'),
    weights: t('Weights'),
    contextMemory: t('Memory of the context'),
    overhead: t('Overhead'),
    needed: t('Needed'),
    graphics: hardware?.unified === true ? t('For the graphics') : t('Graphics memory'),
    main: t('Main memory'),
    usable: t('{0} for models', '{0}'),
    unknown: t('not known'),
    sums: t('What it needs, and what it is for. Figures with ≈ are estimates.'),
    picture: t('{0} needs {1} with a context of {2} tokens. {3}', '{0}', '{1}', '{2}', '{3}'),
    commands: t('Commands'),
    copy: t('Copy'),
    copyOf: t('Copy the command for {0}', '{0}'),
    openInJan: t('Open in Jan'),
    openInLmStudio: t('Open in LM Studio'),
  };
}
