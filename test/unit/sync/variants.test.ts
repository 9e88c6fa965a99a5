import assert from 'node:assert/strict';
import {
  groupVariants,
  sizeIn,
  quantisationOf,
  sumSizes,
  withEstimates,
} from '../../../src/sync/variants.ts';
import { estimated, exact, file, unknown } from '../support/rows.ts';

const names = (paths: readonly string[]): string[] =>
  groupVariants(paths.map((path) => file(path, exact(1)))).map(({ name }) => name);

describe('The quantisation', () => {
  for (const [path, expected] of [
    ['Jan-v1-4B-Q4_K_M.gguf', 'Q4_K_M'],
    ['Qwen3-30B-A3B-UD-Q4_K_XL.gguf', 'UD-Q4_K_XL'],
    ['gemma-3-27b-it-IQ4_XS.gguf', 'IQ4_XS'],
    ['Llama-3.2-3B-Instruct.i1-Q4_K_M.gguf', 'Q4_K_M'],
    ['Meta-Llama-3-8B.i1-IQ2_XXS.gguf', 'IQ2_XXS'],
    ['tinyllama-1.1b-chat-v1.0.q5_0.gguf', 'Q5_0'],
    ['phi-4-q8_0.gguf', 'Q8_0'],
    ['Mistral-7B-Q4_0_4_8.gguf', 'Q4_0_4_8'],
    ['Qwen2.5-7B-Instruct-BF16.gguf', 'BF16'],
    ['DeepSeek-R1-f16.gguf', 'F16'],
    ['gpt-oss-20b-MXFP4.gguf', 'MXFP4'],
    ['gpt-oss-20b-mxfp4_moe.gguf', 'MXFP4_MOE'],
    ['Mistral-Nemo-IQ4_NL.gguf', 'IQ4_NL'],
    ['Falcon-TQ1_0.gguf', 'TQ1_0'],
    ['Llama-3-70B-Q6_K-00001-of-00002.gguf', 'Q6_K'],
    ['Q4_K_M/model-00001-of-00003.gguf', 'Q4_K_M'],
    ['quants/UD-Q2_K_XL/DeepSeek-00002-of-00005.gguf', 'UD-Q2_K_XL'],
    ['BF16/Qwen3-235B-BF16-00001-of-00010.gguf', 'BF16'],
    ['Yi-6B-bf16-Q4_K_S.gguf', 'Q4_K_S'],
    ['Qwen3-4B.gguf', undefined],
    ['model.gguf', undefined],
    ['Quality4_K-model.gguf', undefined],
  ] as const) {
    it(`of ${path} is ${expected ?? 'not told'}`, () => {
      assert.equal(quantisationOf(path), expected);
    });
  }
});

describe('The quantisation of names that mislead', () => {
  it('is that of the file before that of its folder', () => {
    assert.equal(quantisationOf('Q8_0/m-Q4_0.gguf'), 'Q4_0');
    assert.equal(quantisationOf('Q8_0/m.gguf'), 'Q8_0');
    assert.equal(quantisationOf('m.gguf.Q4_0'), 'Q4_0');
  });
});

describe('The sum of sizes', () => {
  it('is unknown where no number can count it', () => {
    assert.deepEqual(sumSizes([exact(Number.MAX_SAFE_INTEGER), exact(1)]), unknown);
    assert.deepEqual(sizeIn(1.5, 'exact'), unknown);
    assert.deepEqual(sizeIn(7, 'estimated'), estimated(7));
  });

  it('is exact where all are', () => {
    assert.deepEqual(sumSizes([exact(2), exact(3)]), exact(5));
  });
  it('is an estimate as soon as one is', () => {
    assert.deepEqual(sumSizes([exact(2), estimated(3)]), estimated(5));
  });
  it('is unknown as soon as one is, and of nothing', () => {
    assert.deepEqual(sumSizes([exact(2), unknown, estimated(1)]), unknown);
    assert.deepEqual(sumSizes([]), unknown);
  });
});

describe('The variants of a repository', () => {
  it('of equal size are in the order of their names', () => {
    assert.deepEqual(names(['b-Q4_0.gguf', 'c-Q4_0.gguf', 'a-Q4_0.gguf']), [
      ...['a-Q4_0', 'b-Q4_0', 'c-Q4_0'],
    ]);
  });

  it('are files that end as models do', () => {
    assert.deepEqual(names(['m-Q4_0.gguf.part', 'm-Q8_0.GGUF', 'm-Q2_K.gguf.txt']), ['m-Q8_0']);
    assert.deepEqual(names(['model.safetensors.index.json']), []);
    assert.deepEqual(names(['a.gguf.b.gguf']), ['a.gguf.b']);
  });

  it('say nothing of what they do not have', () => {
    const [plain] = groupVariants([file('m.gguf')]);
    assert.ok(plain && !('quantisation' in plain) && !('mmproj' in plain));
  });

  it('made of weights without a header have them in the order of their names', () => {
    const [variant, ...others] = groupVariants(
      ['b.safetensors', 'c.SAFETENSORS', 'a.safetensors'].map((path) => file(path, exact(1))),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      variant?.files.map(({ path }) => path),
      ['a.safetensors', 'b.safetensors', 'c.SAFETENSORS'],
    );
  });

  it('are its model files, the smallest first, those of unknown size last', () => {
    const variants = groupVariants([
      file('m-Q8_0.gguf', exact(8)),
      file('m-Q5_0.gguf'),
      file('m-Q4_0.gguf', exact(4)),
      file('README.md', exact(1)),
    ]);
    assert.deepEqual(
      variants.map(({ name, quantisation, size }) => [name, quantisation, size]),
      [
        ['m-Q4_0', 'Q4_0', exact(4)],
        ['m-Q8_0', 'Q8_0', exact(8)],
        ['m-Q5_0', 'Q5_0', unknown],
      ],
    );
  });

  it('hold all parts of a split file, in order', () => {
    const parts = ['00003', '00001', '00002'].map((part) =>
      file(`Q4_K_M/model-${part}-of-00003.gguf`, exact(10)),
    );
    const [variant, ...others] = groupVariants(parts);
    assert.deepEqual(others, []);
    assert.equal(variant?.name, 'Q4_K_M/model');
    assert.equal(variant.quantisation, 'Q4_K_M');
    assert.deepEqual(variant.size, exact(30));
    assert.deepEqual(
      variant.files.map(({ path }) => path),
      [1, 2, 3].map((part) => `Q4_K_M/model-0000${part}-of-00003.gguf`),
    );
  });

  it('are of unknown size where a part is missing', () => {
    const [variant] = groupVariants([
      file('m-Q6_K-00001-of-00003.gguf', exact(10)),
      file('m-Q6_K-00003-of-00003.gguf', exact(10)),
    ]);
    assert.equal(variant?.files.length, 2);
    assert.deepEqual(variant.size, unknown);
  });

  it('do not mix up the same file name in two folders', () => {
    assert.deepEqual(names(['a/m-Q4_0.gguf', 'b/m-Q4_0.gguf']), ['a/m-Q4_0', 'b/m-Q4_0']);
  });

  it('have the vision projector apart, each of them', () => {
    const variants = groupVariants([
      file('Jan-v2-VL-Q4_K_M.gguf', exact(4)),
      file('Jan-v2-VL-Q8_0.gguf', exact(8)),
      file('mmproj-F16.gguf', exact(1)),
      file('mmproj-BF16.gguf', exact(1)),
    ]);
    assert.deepEqual(
      variants.map(({ name, mmproj, size }) => [name, mmproj?.path, size]),
      [
        ['Jan-v2-VL-Q4_K_M', 'mmproj-BF16.gguf', exact(4)],
        ['Jan-v2-VL-Q8_0', 'mmproj-BF16.gguf', exact(8)],
      ],
    );
  });

  it('know a projector wherever its name has the word', () => {
    assert.deepEqual(names(['m-Q4_0.gguf', 'Jan-v2-VL-max-mmproj.gguf']), ['m-Q4_0']);
  });

  it('leave out what is no model: importance matrices, adapters, drafts', () => {
    const others = ['m.imatrix.gguf', 'imatrix.gguf', 'lora-f16.gguf', 'm-draft-Q8_0.gguf'];
    assert.deepEqual(names(['m-Q4_0.gguf', ...others, 'ggml-vocab.gguf']), ['m-Q4_0']);
  });

  it('are one, of all weights, in an MLX repository', () => {
    const [variant, ...others] = groupVariants([
      file('config.json', exact(1)),
      file('model-00002-of-00002.safetensors', estimated(5)),
      file('model-00001-of-00002.safetensors', estimated(7)),
    ]);
    assert.deepEqual(others, []);
    assert.equal(variant?.name, 'safetensors');
    assert.equal(variant.files.length, 2);
    assert.deepEqual(variant.size, estimated(12));
  });

  it('are none where there is nothing to run', () => {
    assert.deepEqual(names(['README.md', 'mmproj-F16.gguf']), []);
    assert.deepEqual(names([]), []);
  });
});

const GB = 1024 ** 3;

/** Published files with the weights of their models, as rounded as Jan's catalogue has them. */
const PUBLISHED: readonly [string, number, Readonly<Record<string, number>>][] = [
  ['Llama-3.2-1B', 1.236e9, { Q4_K_M: 0.752, Q6_K: 0.952, Q8_0: 1.2, IQ4_XS: 0.692, FP16: 2.3 }],
  ['Qwen3-4B', 4.02e9, { Q2_K: 1.6, Q3_K_M: 1.9, Q4_0: 2.2, 'UD-Q4_K_XL': 2.4, Q5_K_M: 2.7 }],
  ['Llama-3.1-8B', 8.03e9, { IQ3_XXS: 3.1, Q3_K_L: 4, Q4_1: 4.8, Q4_K_M: 4.6, Q5_0: 5.2 }],
  ['gemma-3-27b', 27e9, { Q2_K: 9.8, Q3_K_M: 12.5, Q4_K_M: 15.4, Q5_K_M: 17.9, Q6_K: 20.6 }],
  ['Qwen3-30B-A3B', 30.5e9, { Q4_K_M: 17.3, Q5_0: 19.6, Q5_K_M: 20.2, Q6_K: 23.4, Q8_0: 30.3 }],
  ['gpt-oss-20b', 20.9e9, { MXFP4: 11.3 }],
];

describe('The estimate of a size', () => {
  for (const [name, parameters, sizes] of PUBLISHED) {
    for (const [quantisation, gigabytes] of Object.entries(sizes)) {
      it(`of ${name} as ${quantisation} is within 7 % of the published one`, () => {
        const variants = groupVariants([file(`${name}-${quantisation}.gguf`)]);
        const [only] = withEstimates(variants, parameters);
        assert.equal(only?.size.sureness, 'estimated');
        const ratio = only.size.bytes / (gigabytes * GB);
        assert.ok(ratio > 0.93 && ratio < 1.07, `${ratio} of ${gigabytes} GB`);
        assert.deepEqual(only.files[0]?.size, only.size);
      });
    }
  }

  const estimate = (paths: readonly string[], parameters?: number) =>
    withEstimates(groupVariants(paths.map((path) => file(path))), parameters);

  it('is known of every quantisation that a file name tells', () => {
    for (const label of [
      ...['BF16', 'F16', 'F32', 'FP16', 'Q8_0', 'Q6_K', 'Q6_K_L', 'Q5_K_M', 'Q5_K_S', 'Q5_1'],
      ...['Q4_K_M', 'Q4_K_L', 'Q4_0_4_8', 'Q3_K_XL', 'Q2_K_S', 'IQ4_NL', 'IQ3_M', 'IQ1_S'],
      ...['TQ1_0', 'TQ2_0', 'MXFP4_MOE', 'UD-IQ4_XS', 'UD-Q2_K_XL', 'UD-Q8_K_XL', 'UD-TQ1_0'],
    ]) {
      const [only] = estimate([`m-${label}.gguf`], 4e9);
      assert.equal(only?.size.sureness, 'estimated', label);
    }
  });

  it('grows with the weights, and fewer bits are never more bytes', () => {
    const order = ['IQ1_S', 'IQ2_XS', 'IQ3_XS', 'Q4_K_S', 'Q5_K_M', 'Q6_K', 'Q8_0', 'BF16', 'F32'];
    const sizes = [1e6, 1e8, 1e9, 3e10, 1e12].flatMap((parameters) => {
      const listed = estimate(
        order.map((label) => `m-${label}.gguf`),
        parameters,
      );
      assert.deepEqual(
        listed.map(({ quantisation }) => quantisation),
        order,
      );
      return listed[3]!.size.sureness === 'estimated' ? [listed[3]!.size.bytes] : [];
    });
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => a - b),
    );
  });

  it('of a split file is that of all parts together', () => {
    const parts = ['m-Q8_0-00001-of-00002.gguf', 'm-Q8_0-00002-of-00002.gguf'];
    const [split] = estimate(parts, 8e9);
    const [single] = estimate(['m-Q8_0.gguf'], 8e9);
    assert.deepEqual(split?.size, single?.size);
    assert.deepEqual(
      split?.files.map(({ size }) => size),
      [unknown, unknown],
    );
  });

  it('is not made of half a split file, of a projector, or without a quantisation', () => {
    const [half] = estimate(['m-Q8_0-00001-of-00002.gguf'], 8e9);
    assert.deepEqual(half?.size, unknown);
    const [seeing] = estimate(['m-Q8_0.gguf', 'mmproj-F16.gguf'], 8e9);
    assert.deepEqual(seeing?.mmproj?.size, unknown);
    assert.deepEqual(estimate(['m.gguf'], 8e9)[0]?.size, unknown);
    assert.deepEqual(estimate(['model.safetensors'], 8e9)[0]?.size, unknown);
    for (const parameters of [undefined, 0]) {
      assert.deepEqual(estimate(['m-Q8_0.gguf'], parameters)[0]?.size, unknown);
    }
  });

  it('is not known of names that a published catalogue made up', () => {
    for (const quantisation of ['constructor', '__proto__', 'toString', 'UD-constructor']) {
      const [one] = groupVariants([file('m.gguf')]);
      const variants = [{ ...one!, quantisation }];
      assert.deepEqual(withEstimates(variants, 8e9), variants);
    }
  });

  it('does not replace what is known', () => {
    const variants = groupVariants([
      file('m-Q8_0.gguf', exact(1)),
      file('m-Q4_0.gguf', estimated(2)),
    ]);
    assert.deepEqual(withEstimates(variants, 8e9), variants);
  });

  it('of ten thousand parts is one', () => {
    const parts = Array.from({ length: 10_000 }, (_, index) => {
      const number = String(index + 1).padStart(5, '0');
      return `m-Q8_0-${number}-of-10000.gguf`;
    });
    const [only, ...others] = estimate(parts, 8e9);
    assert.deepEqual(others, []);
    assert.equal(only?.files.length, 10_000);
    assert.equal(only.size.sureness, 'estimated');
  });
});
