import type { Size } from '../sync/model.ts';

/** What a model needs to run, in bytes, by what it is needed for. */
export interface MemoryNeed {
  /** The files, which are loaded as they are. */
  readonly weights: Size;
  /** Keys and values of the tokens in the context. */
  readonly context: Size;
  /** Buffers for computing, and the runtime itself. */
  readonly overhead: Size;
  /** Unknown as soon as the weights are. */
  readonly total: Size;
}

/** What decides how much memory the context takes. Every field may be missing. */
export interface ModelShape {
  /** Number of weights. */
  readonly parameters?: number | undefined;
  readonly layers?: number | undefined;
  /** Attention heads that keep keys and values. */
  readonly keyValueHeads?: number | undefined;
  /** Numbers per head. */
  readonly headSize?: number | undefined;
}

/** Keys and values are kept as 16-bit numbers unless a runtime is told otherwise. */
const BYTES_PER_NUMBER = 2;
/**
 * A token of a model of 8 billion weights, in bytes: Llama 3 8B keeps 32 layers x 8 heads x 128
 * numbers, twice. Others follow a power of their weights: that gives 99 KB at 4 billion (Qwen3 4B:
 * 147 KB), 184 KB at 14 billion (Qwen3 14B: 164 KB) and 312 KB at 70 billion (Llama 3 70B: 328 KB).
 */
const TYPICAL = { bytes: 131_072, parameters: 8e9, power: 0.4 };
/** A runtime's own memory and its buffers for a batch, as llama.cpp reports them, about. */
const OVERHEAD = { fixed: 400e6, share: 0.03 };

/**
 * Bytes of context memory per token: two (keys and values) x layers x heads x numbers per head x
 * bytes per number, where the model's shape is known, else by its number of weights.
 */
export function contextBytesPerToken(shape: ModelShape): Size {
  const { layers, keyValueHeads, headSize, parameters } = shape;
  if (layers !== undefined && keyValueHeads !== undefined && headSize !== undefined) {
    const bytes = 2 * layers * keyValueHeads * headSize * BYTES_PER_NUMBER;
    return { sureness: 'exact', bytes };
  }
  if (parameters === undefined || parameters <= 0) return { sureness: 'unknown' };
  const bytes = TYPICAL.bytes * (parameters / TYPICAL.parameters) ** TYPICAL.power;
  return { sureness: 'estimated', bytes: Math.round(bytes) };
}

/**
 * What a model needs with a context of so many tokens.
 * @param weights bytes of its files, the projector included
 */
export function memoryNeed(weights: Size, shape: ModelShape, tokens: number): MemoryNeed {
  if (weights.sureness === 'unknown') {
    return { weights, context: weights, overhead: weights, total: weights };
  }
  const perToken = contextBytesPerToken(shape);
  const context: Size =
    perToken.sureness === 'unknown'
      ? perToken
      : { sureness: perToken.sureness, bytes: perToken.bytes * tokens };
  const bytes = Math.round(OVERHEAD.fixed + OVERHEAD.share * weights.bytes);
  const overhead: Size = { sureness: 'estimated', bytes };
  const known = context.sureness === 'unknown' ? 0 : context.bytes;
  const total: Size = { sureness: 'estimated', bytes: weights.bytes + known + bytes };
  return { weights, context, overhead, total };
}
