import { bitsPerWeight } from '../sync/bitsPerWeight.ts';
import { sumSizes } from '../sync/variants.ts';
import type { Variant } from '../sync/model.ts';
import type { Fit } from './fit.ts';
import { fitOf } from './fit.ts';
import type { MemoryBudget } from './hardware.ts';
import type { ModelShape } from './memory.ts';
import { memoryNeed } from './memory.ts';

/** The model whose variants are compared. */
export interface RecommendedFor extends ModelShape {
  /** Tokens that it was made for. */
  readonly contextLength?: number | undefined;
}

/**
 * Why a variant is the one to take:
 * - `bestOnGpu`: the best quality that the graphics hold at full speed
 * - `balanced`: it runs on the processor, where a smaller one is faster
 * - `smallest`: nothing fits well; this is the closest
 */
export type Reason = 'bestOnGpu' | 'balanced' | 'smallest';

export interface Recommendation {
  readonly variant: Variant;
  readonly fit: Fit;
  readonly reason: Reason;
  /** The context that was reckoned with, in tokens. */
  readonly tokens: number;
}

/** A conversation of some length; what a model was made for, if that is less. */
const TOKENS = 8_192;
/**
 * Bits per weight beyond which more adds nothing that is noticed: Q6_K on the graphics. On the
 * processor each token reads all weights, so that Q4_K_M is the customary balance.
 */
const ENOUGH_BITS = { gpu: 6.7, main: 5.1 };

/** Weights of a model of usual size. */
const USUAL_SIZE = 8e9;

/** Below so many bits a model loses so much that a better one on the processor is worth the wait. */
const POOR_BITS = 3.4;

/** The context that is reckoned with unless the user says otherwise, in tokens. */
export function usualContext({ contextLength }: RecommendedFor): number {
  return Math.min(TOKENS, contextLength ?? TOKENS);
}

/** How a variant, with its projector, gets on with a machine. */
export function fitOfVariant(
  variant: Variant,
  model: RecommendedFor,
  budget: MemoryBudget | undefined,
  tokens = usualContext(model),
): Fit {
  return fitOf(memoryNeed(weightsOf(variant), model, tokens).total, budget);
}

/** Bytes to load: the variant's files and its projector. */
export function weightsOf({ size, mmproj }: Variant): Variant['size'] {
  return mmproj === undefined || mmproj.size.sureness === 'unknown'
    ? size
    : sumSizes([size, mmproj.size]);
}

/**
 * The variant to take on a machine, and why; undefined if no size is known, or nothing of the machine.
 * @param tokens the context to reckon with
 */
export function recommend(
  variants: readonly Variant[],
  model: RecommendedFor,
  budget: MemoryBudget | undefined,
  tokens = usualContext(model),
): Recommendation | undefined {
  if (budget === undefined) return undefined;
  const sized = variants
    .flatMap((variant) => {
      const fit = fitOfVariant(variant, model, budget, tokens);
      const bits = bitsOf(variant, model);
      return fit === 'unknown' ? [] : [{ variant, fit, bits, bytes: bytesOf(variant) }];
    })
    .sort((a, b) => a.bytes - b.bytes);
  const choose = (fit: Fit, enough: number): (typeof sized)[number] | undefined => {
    const fitting = sized.filter((one) => one.fit === fit);
    return fitting.filter(({ bits }) => bits <= enough).at(-1) ?? fitting[0];
  };
  const onGpu = choose('gpu', ENOUGH_BITS.gpu);
  const inMemory = choose('memory', ENOUGH_BITS.main);
  if (onGpu !== undefined && (onGpu.bits >= POOR_BITS || inMemory === undefined)) {
    return { ...told(onGpu), reason: 'bestOnGpu', tokens };
  }
  if (inMemory !== undefined) return { ...told(inMemory), reason: 'balanced', tokens };
  const [smallest] = sized;
  return smallest && { ...told(smallest), reason: 'smallest', tokens };
}

function told({ variant, fit }: { variant: Variant; fit: Fit }): {
  readonly variant: Variant;
  readonly fit: Fit;
} {
  return { variant, fit };
}

/**
 * Bits per weight as a measure of quality: what the quantisation has in a model of usual size. In a
 * small one its embeddings, which keep more, make up for a larger share of the same quality. By the
 * size where no quantisation is known; as many as can be if nobody knows.
 */
function bitsOf({ quantisation, size }: Variant, { parameters }: RecommendedFor): number {
  const known = quantisation === undefined ? undefined : bitsPerWeight(quantisation, USUAL_SIZE);
  if (known !== undefined) return known;
  if (parameters === undefined || parameters <= 0 || size.sureness === 'unknown') return Infinity;
  return (size.bytes * 8) / parameters;
}

function bytesOf({ size }: Variant): number {
  return size.sureness === 'unknown' ? Infinity : size.bytes;
}
