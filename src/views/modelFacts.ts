import type { MemoryBudget } from '../device/hardware.ts';
import { fitOfVariant, recommend } from '../device/recommend.ts';
import type { SearchFilters } from '../sync/cache/search.ts';
import type { Model, Variant } from '../sync/model.ts';
import { isGated } from './access.ts';
import type { Wording } from './details/wording.ts';
import { fitText } from './fitText.ts';
import { variantsIn } from './search/modelFilter.ts';

/** What a row says of a model, each in a word or two; empty where there is nothing to say. */
export interface ModelFacts {
  /** What is downloaded at a click: the variant for this machine, or the only one. */
  readonly variant?: Variant;
  readonly news: string;
  readonly gated: string;
  /** Of the variant, else from the smallest to the largest. */
  readonly size: string;
  /** How the variant gets on with this machine; with ≈ where its size is not exact. */
  readonly fit: string;
}

/**
 * The facts of a row.
 * @param filters variants of the size that these ask for come first
 * @param budget absent until it is known
 */
export function modelFacts(
  model: Model,
  filters: SearchFilters,
  budget: MemoryBudget | undefined,
  wording: Wording,
): ModelFacts {
  const wanted = variantsIn(model, filters);
  const variants = wanted.length > 0 ? wanted : (model.variants ?? []);
  const variant = recommendedOf(variants, model, budget);
  return {
    ...(variant !== undefined && { variant }),
    news: newsOf(model, wording),
    gated: isGated(model) ? wording.t('gated') : '',
    size: sizeText(variants, variant, wording),
    fit: variant === undefined ? '' : fitWord(variant, model, budget, wording),
  };
}

/** The variant to take on this machine; without its memory being known, the only one. */
function recommendedOf(
  variants: readonly Variant[],
  model: Model,
  budget: MemoryBudget | undefined,
): Variant | undefined {
  const [first, ...others] = variants;
  return recommend(variants, model, budget)?.variant ?? (others.length === 0 ? first : undefined);
}

/** How a variant gets on with this machine, in a word; empty if that is not known. */
export function fitWord(
  variant: Variant,
  model: Model,
  budget: MemoryBudget | undefined,
  wording: Wording,
): string {
  const fit = fitOfVariant(variant, model, budget);
  if (fit === 'unknown') return '';
  const { text } = fitText(fit, wording);
  return variant.size.sureness === 'exact' ? text : `≈ ${text}`;
}

function newsOf({ news }: Model, { t }: Wording): string {
  if (news === undefined) return '';
  return news === 'new' ? t('new') : t('updated');
}

function sizeText(
  variants: readonly Variant[],
  variant: Variant | undefined,
  wording: Wording,
): string {
  if (variant !== undefined) return wording.size(variant.size);
  const sizes = variants.flatMap(({ size }) => (size.sureness === 'unknown' ? [] : [size]));
  const [smallest, ...larger] = sizes.sort((a, b) => a.bytes - b.bytes);
  if (smallest === undefined) return '';
  const largest = larger.at(-1);
  if (largest === undefined) return wording.size(smallest);
  return wording.t('{0} to {1}', wording.size(smallest), wording.size(largest));
}
