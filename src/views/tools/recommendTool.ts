import type { Fit } from '../../device/fit.ts';
import type { Hardware } from '../../device/hardware.ts';
import { budgetOf } from '../../device/hardware.ts';
import { memoryNeed } from '../../device/memory.ts';
import type { Reason } from '../../device/recommend.ts';
import { fitOfVariant, recommend, usualContext, weightsOf } from '../../device/recommend.ts';
import { SyncError } from '../../sync/errors.ts';
import type { Model, ModelFile, ModelId, Variant } from '../../sync/model.ts';
import { groupVariants } from '../../sync/variants.ts';
import { variantLabel } from '../details/variantRows.ts';
import type { Wording } from '../details/wording.ts';
import { fitText, whyRecommended } from '../fitText.ts';
import { pastedModel } from '../search/pastedModel.ts';
import { toldSize } from './toldSize.ts';
import type { RecommendInput } from './toolInputs.ts';

/** What a recommendation asks: who knows the model, and what this machine is. */
export interface RecommendToolServices {
  /** As the sources know it, or as it was looked up. */
  readonly model: (id: ModelId) => Model | undefined;
  readonly lookUp: (id: ModelId, signal: AbortSignal) => Promise<Model | undefined>;
  /** The file tree at a commit. @throws SyncError */
  readonly files: (
    id: ModelId,
    revision: string,
    signal: AbortSignal,
  ) => Promise<readonly ModelFile[]>;
  /** Undefined if it cannot be measured. */
  readonly hardware: () => Promise<Hardware | undefined>;
  /** Address of the Hub. */
  readonly huggingFace: () => string;
  readonly wording: Wording;
}

/** A variant and what it takes here. */
interface ToldVariant {
  readonly variant: string;
  readonly name: string;
  readonly size: string;
  readonly bytes?: number;
  readonly fit: Fit;
}

/** The answer of the tool: a recommendation, or why there is none. */
export type RecommendAnswer =
  | { readonly id: string; readonly problem: string }
  | {
      readonly id: ModelId;
      readonly machine?: {
        readonly memory: string;
        readonly graphics: readonly string[];
        readonly sharedWithGraphics?: true;
        readonly usable: { readonly graphics: string; readonly main: string };
      };
      /** Tokens that are reckoned with. */
      readonly context: number;
      readonly madeForContext?: number | undefined;
      readonly recommended?: ToldVariant & {
        readonly reason: Reason;
        readonly why: string;
        readonly memory: {
          readonly weights: string;
          readonly context: string;
          readonly overhead: string;
          readonly total: string;
        };
      };
      readonly variants: readonly ToldVariant[];
      readonly notes?: readonly string[];
    };

/** Chooses as the details page does, from exact sizes where the Hub tells them. */
export async function recommendVariant(
  { id: asked, contextLength }: RecommendInput,
  services: RecommendToolServices,
  signal: AbortSignal,
): Promise<RecommendAnswer> {
  const id = pastedModel(asked, services.huggingFace());
  if (id === undefined) {
    return { id: asked, problem: 'This is no model. Give an id such as "janhq/Jan-v1-4B-GGUF".' };
  }
  const model = services.model(id) ?? (await services.lookUp(id, signal));
  signal.throwIfAborted();
  if (model === undefined) {
    return { id, problem: 'Neither the catalogue nor Hugging Face knows this model.' };
  }
  const [hardware, { variants, note }] = await Promise.all([
    services.hardware(),
    variantsOf(model, services, signal),
  ]);
  signal.throwIfAborted();
  const budget = hardware && budgetOf(hardware);
  const tokens = contextLength ?? usualContext(model);
  const chosen = recommend(variants, model, budget, tokens);
  const told = (variant: Variant): ToldVariant => ({
    ...{ variant: variantLabel(variant), name: variant.name, ...toldSize(variant.size) },
    fit: fitOfVariant(variant, model, budget, tokens),
  });
  const notes = [note, ...limitsOf(model, hardware, variants, contextLength)].filter(
    (one) => one !== undefined,
  );
  return {
    id: model.id,
    ...(hardware && { machine: toldMachine(hardware) }),
    context: tokens,
    madeForContext: model.contextLength,
    ...(chosen && {
      recommended: {
        ...told(chosen.variant),
        reason: chosen.reason,
        why: `${whyRecommended(chosen, services.wording)} ${fitText(chosen.fit, services.wording).title}`,
        memory: toldNeed(chosen.variant, model, tokens),
      },
    }),
    variants: variants.map(told),
    ...(notes.length > 0 && { notes }),
  };
}

/** From the file tree, whose sizes are exact, else as the catalogue knows them. */
async function variantsOf(
  model: Model,
  { files }: RecommendToolServices,
  signal: AbortSignal,
): Promise<{ readonly variants: readonly Variant[]; readonly note?: string }> {
  const known = model.variants ?? [];
  const isExact = known.length > 0 && known.every(({ size }) => size.sureness === 'exact');
  if (model.sha === undefined || isExact) return { variants: known };
  try {
    const found = groupVariants(await files(model.id, model.sha, signal));
    return { variants: found.length > 0 ? found : known };
  } catch (error) {
    signal.throwIfAborted();
    return { variants: known, note: `Sizes are estimates. ${SyncError.from(error).message}` };
  }
}

function toldMachine(hardware: Hardware): {
  readonly memory: string;
  readonly graphics: readonly string[];
  readonly sharedWithGraphics?: true;
  readonly usable: { readonly graphics: string; readonly main: string };
} {
  const { gpu, main } = budgetOf(hardware);
  const say = (bytes: number): string => toldSize({ sureness: 'exact', bytes }).size;
  return {
    memory: say(hardware.memory),
    graphics: hardware.gpus.map(({ name, memory }) => `${name}, ${say(memory)}`),
    ...(hardware.unified && { sharedWithGraphics: true }),
    usable: { graphics: say(gpu), main: say(main) },
  };
}

function toldNeed(
  variant: Variant,
  model: Model,
  tokens: number,
): { weights: string; context: string; overhead: string; total: string } {
  const { weights, context, overhead, total } = memoryNeed(weightsOf(variant), model, tokens);
  return {
    weights: toldSize(weights).size,
    context: toldSize(context).size,
    overhead: toldSize(overhead).size,
    total: toldSize(total).size,
  };
}

/** What the answer does not say by itself. */
function limitsOf(
  { contextLength: most }: Model,
  hardware: Hardware | undefined,
  variants: readonly Variant[],
  wanted: number | undefined,
): string[] {
  return [
    ...(hardware === undefined
      ? ['The memory of this machine is not known; the settings modelHub.hardware.* can say it.']
      : []),
    ...(variants.length === 0 ? ['No model files are known of this model.'] : []),
    ...(most !== undefined && wanted !== undefined && wanted > most
      ? [`The model was made for a context of ${most} tokens at most.`]
      : []),
  ];
}
