/**
 * What a weight of an 8 B model takes on average in the quantisations of llama.cpp, in bits, metadata
 * included. Up to `F16` these are the measurements of its `tools/quantize/README.md` (Llama 3.1 8B);
 * the rest, which it does not list, is fitted to the sizes of published files.
 */
const BITS = byName({
  ...{ IQ1_S: 2.004, IQ1_M: 2.146 },
  ...{ IQ2_XXS: 2.382, IQ2_XS: 2.588, IQ2_S: 2.74, IQ2_M: 2.929, Q2_K_S: 2.97, Q2_K: 3.159 },
  ...{ IQ3_XXS: 3.255, IQ3_XS: 3.498, IQ3_S: 3.661, IQ3_M: 3.763 },
  ...{ Q3_K_S: 3.643, Q3_K_L: 4.298 },
  ...{ IQ4_XS: 4.46, IQ4_NL: 4.682, Q4_K_S: 4.667, Q4_K_M: 4.894 },
  ...{ Q5_K_S: 5.57, Q5_K_M: 5.704, Q6_K: 6.563, Q8_0: 8.501, F16: 16.001 },

  ...{ TQ1_0: 2.14, TQ2_0: 2.49, Q2_K_L: 3.36, Q3_K_XS: 3.52, Q3_K_M: 3.996, Q3_K_XL: 4.67 },
  ...{ Q4_0: 4.65, Q4_1: 5.12, Q4_K_L: 5.21, MXFP4: 4.7, MXFP4_MOE: 4.7, NVFP4: 4.9 },
  ...{ Q5_0: 5.56, Q5_1: 6.05, Q5_K_L: 5.95, Q6_0: 6.51, Q6_K_L: 6.79, BF16: 16.001, F32: 32.001 },
  ...{ 'UD-TQ1_0': 2.1, 'UD-IQ1_S': 2.13, 'UD-IQ1_M': 2.24, 'UD-IQ2_XXS': 2.5, 'UD-IQ2_M': 3.02 },
  ...{ 'UD-IQ3_XXS': 3.33, 'UD-Q2_K_XL': 3.37, 'UD-Q3_K_XL': 4.16, 'UD-Q4_K_XL': 5.06 },
  ...{ 'UD-Q5_K_XL': 5.75, 'UD-Q6_K_XL': 7.25, 'UD-Q8_K_XL': 10.24 },
});

/** Other names of the same: defaults, old spellings, and layouts of the same bits in memory. */
const SAME = byName({
  ...{ FP16: 'F16', FP32: 'F32', Q8: 'Q8_0', Q6: 'Q6_K', Q5: 'Q5_0', Q4: 'Q4_0', Q2: 'Q2_K' },
  ...{ Q3: 'Q3_K_M', Q3_K: 'Q3_K_M', Q4_K: 'Q4_K_M', Q5_K: 'Q5_K_M' },
  ...{ Q4_0_4_4: 'Q4_0', Q4_0_4_8: 'Q4_0', Q4_0_8_8: 'Q4_0' },
});

/** The size of the model that the table speaks of. */
const REFERENCE = 8.03e9;
/** What llama.cpp gives the embedding and output tensors, whatever the others get: `Q6_K`. */
const OUTER_BITS = 6.563;
/** A model this small is nearly all embedding. */
const MOST_OUTER = 0.7;

/**
 * Bits that a weight takes on average; undefined for a quantisation that is not known.
 *
 * The embedding and output tensors keep more bits than the rest, and the smaller the model, the
 * greater their share. Against the files of Jan's catalogue whose weights follow from an F16 or
 * Q8_0 file beside them, half of the estimates are within 1 %, nine of ten within 9 %.
 * @param quantisation as `quantisationOf` tells it, in upper case
 * @param parameters number of weights
 */
export function bitsPerWeight(quantisation: string, parameters: number): number | undefined {
  const plain = SAME.get(quantisation) ?? quantisation;
  const bits = BITS.get(plain) ?? BITS.get(plain.replace(/^UD-/, ''));
  if (bits === undefined || bits >= OUTER_BITS) return bits;
  return bits + (OUTER_BITS - bits) * (outerShare(parameters) - outerShare(REFERENCE));
}

/** The share of the weights in embedding and output: fitted to models of 0.3 B to 70 B. */
function outerShare(parameters: number): number {
  return Math.min(MOST_OUTER, 0.25 * (parameters / 1e9) ** -0.45);
}

/** A table that has no names but its own: the one that is looked for may be `constructor`. */
function byName<T>(table: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(table));
}
