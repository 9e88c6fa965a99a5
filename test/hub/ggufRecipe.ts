import type { GgufRecipe, TensorRecipe, TensorType } from './gguf.ts';

export interface RecipeOptions {
  readonly tensors: number;
  /** Of each; rounded down to whole rows of 256 values. */
  readonly tensorBytes: number;
  /** Another seed, other tensors. Absent: 1. */
  readonly seed?: number;
  /** Absent: Q4_K. */
  readonly type?: TensorType;
  /** On top of what every file says. */
  readonly metadata?: GgufRecipe['metadata'];
}

/** Values in a row: a whole number of blocks in every type. */
const ROW = 256;
const ROW_BYTES: Readonly<Record<TensorType, number>> = {
  F32: 1024,
  F16: 512,
  Q8_0: 272,
  Q4_K: 144,
};
/** Seeds of the tensors of one file; those of the next seed follow. */
const SEEDS = 1_000_000;

/** A recipe of a small network: tensors of one size in blocks, in the order of their numbers. */
export function ggufRecipe(options: RecipeOptions): GgufRecipe {
  const { tensors, tensorBytes, seed = 1, type = 'Q4_K', metadata = {} } = options;
  const rows = Math.max(1, Math.floor(tensorBytes / ROW_BYTES[type]));
  return {
    metadata: {
      'general.architecture': 'llama',
      'general.name': `Made to order ${seed}`,
      'llama.context_length': 4096,
      'llama.block_count': tensors,
      'tokenizer.chat_template': '{% for message in messages %}{{ message.content }}{% endfor %}',
      ...metadata,
    },
    tensors: Array.from({ length: tensors }, (_, n) => ({
      name: `blk.${n}.ffn_up.weight`,
      type,
      shape: [ROW, rows],
      seed: seed * SEEDS + n,
    })),
  };
}

/** The same tensors behind another header. */
export function withMetadata(recipe: GgufRecipe, metadata: GgufRecipe['metadata']): GgufRecipe {
  return { ...recipe, metadata: { ...recipe.metadata, ...metadata } };
}

/** The same header, and other bytes in these tensors. */
export function withChangedTensors(recipe: GgufRecipe, ...changed: number[]): GgufRecipe {
  const change = (tensor: TensorRecipe, n: number) =>
    changed.includes(n) ? { ...tensor, seed: -1 - tensor.seed } : tensor;
  return { ...recipe, tensors: recipe.tensors.map(change) };
}

/** One tensor more, of the same size as the one that it is put before. */
export function withInsertedTensor(recipe: GgufRecipe, at: number): GgufRecipe {
  const next = recipe.tensors[at];
  if (!next) throw new Error(`there is no tensor ${at}`);
  const inserted = { ...next, name: `${next.name}.inserted`, seed: next.seed + SEEDS / 2 };
  return { ...recipe, tensors: recipe.tensors.toSpliced(at, 0, inserted) };
}

/** All tensors in another type: the same names and shapes, and no byte as it was. */
export function requantised(recipe: GgufRecipe, type: TensorType): GgufRecipe {
  return { ...recipe, tensors: recipe.tensors.map((tensor) => ({ ...tensor, type })) };
}
