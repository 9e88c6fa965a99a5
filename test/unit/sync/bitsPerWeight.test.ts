import assert from 'node:assert/strict';
import { bitsPerWeight } from '../../../src/sync/bitsPerWeight.ts';

const REFERENCE = 8.03e9;
/** Whether two numbers are the same to three digits behind the point. */
const near = (value: number | undefined, expected: number): void =>
  assert.ok(value !== undefined && Math.abs(value - expected) < 0.001, `${value}, not ${expected}`);

describe('The bits of a weight', () => {
  for (const [quantisation, bits] of [
    ['Q4_K_M', 4.894],
    ['Q6_K', 6.563],
    ['Q8_0', 8.501],
    ['F16', 16.001],
    ['UD-Q2_K_XL', 3.37],
  ] as const) {
    it(`are ${bits} for ${quantisation}, of a model like the one that was measured`, () => {
      near(bitsPerWeight(quantisation, REFERENCE), bits);
    });
  }

  for (const [name, other] of [
    ['FP16', 'F16'],
    ['Q4_K', 'Q4_K_M'],
    ['Q4_0_8_8', 'Q4_0'],
    ['UD-Q4_K_M', 'Q4_K_M'],
    ['UD-IQ4_NL', 'IQ4_NL'],
  ] as const) {
    it(`of ${name} are those of ${other}`, () => {
      const bits = bitsPerWeight(other, 3e9);
      assert.ok(bits !== undefined);
      assert.equal(bitsPerWeight(name, 3e9), bits);
    });
  }

  it('are more in small models, which are embedding for the most part', () => {
    near(bitsPerWeight('Q4_K_M', 0.3e9), 5.448);
    near(bitsPerWeight('Q4_K_M', 70e9), 4.792);
    near(bitsPerWeight('Q4_K_M', 1e6), 4.894 + (6.563 - 4.894) * (0.7 - 0.0979));
  });

  it('do not depend on the model where all tensors have as many as the embedding', () => {
    for (const quantisation of ['Q6_K', 'Q8_0', 'F32'])
      assert.equal(bitsPerWeight(quantisation, 0.3e9), bitsPerWeight(quantisation, 70e9));
  });

  it('are unknown of what has no such name', () => {
    for (const name of ['', 'Q9_9', 'constructor', 'q4_k_m', 'UD-', 'Q4_K_MUD-'])
      assert.equal(bitsPerWeight(name, REFERENCE), undefined);
  });
});
