import assert from 'node:assert/strict';
import type { Tensor, TensorTable } from '../../../../src/download/differential/ggufTable.ts';
import {
  countChanged,
  isSameTable,
  twinTensors,
} from '../../../../src/download/differential/tensors.ts';
import type { Range } from '../../../../src/download/file/ranges.ts';
import { RangeSet } from '../../../../src/download/file/ranges.ts';

const KB = 1024;
const HEADER = 64 * KB;

/** A table of tensors `name: KiB`, one behind the other. */
function table(sizes: Readonly<Record<string, number>>, dataOffset = HEADER): TensorTable {
  let end = dataOffset;
  const tensors = Object.entries(sizes).map(([name, size]): Tensor => {
    const start = end;
    end += size * KB;
    return { name, type: 0, shape: [2n, 3n], start, end };
  });
  return { tensors, dataOffset };
}

/** The same with one tensor changed. */
function withChanged(before: TensorTable, index: number, change: Partial<Tensor>): TensorTable {
  const tensors = before.tensors.map((tensor, at) =>
    at === index ? { ...tensor, ...change } : tensor,
  );
  return { ...before, tensors };
}

describe('Tensors of the same name', () => {
  const before = table({ a: 100, b: 200 });

  it('are twins wherever they lie', () => {
    assert.deepEqual(twinTensors(before, table({ b: 200, a: 100 }, 2 * HEADER)), [
      { from: HEADER + 100 * KB, to: 2 * HEADER, length: 200 * KB },
      { from: HEADER, to: 2 * HEADER + 200 * KB, length: 100 * KB },
    ]);
  });

  for (const [name, change] of [
    ['another name', { name: 'c' }],
    ['another type', { type: 8 }],
    ['another shape', { shape: [3n, 2n] }],
    ['a shape that is written alike', { shape: [23n] }],
    ['another length', { end: HEADER + 99 * KB }],
  ] as const) {
    it(`are no twins with ${name}`, () => {
      const [only] = twinTensors(before, withChanged(before, 0, change));
      assert.equal(only?.from, HEADER + 100 * KB, 'the other one alone');
    });
  }
});

describe('Tables of tensors', () => {
  const before = table({ a: 100, b: 200 });

  it('are the same behind a header of another length', () => {
    assert.ok(isSameTable(before, before));
    assert.ok(isSameTable(before, table({ a: 100, b: 200 }, 2 * HEADER)));
    assert.ok(isSameTable(before, table({ a: 100, b: 200 }, HEADER / 2)));
  });

  for (const [name, after] of [
    ['a tensor more', table({ a: 100, b: 200, c: 1 })],
    ['a tensor less', table({ a: 100 })],
    ['another order', table({ b: 200, a: 100 })],
    ['another type', withChanged(before, 1, { type: 8 })],
    ['another beginning', withChanged(before, 1, { start: HEADER + 101 * KB })],
    ['another end', withChanged(before, 1, { end: HEADER + 299 * KB })],
  ] as const) {
    it(`are not the same with ${name}`, () => assert.ok(!isSameTable(before, after)));
  }
});

describe('How many tensors changed', () => {
  const tensors = table({ a: 500, b: 500, c: 500 });
  const at = (start: number, end: number): Range => ({
    ...{ start: HEADER + start * KB, end: HEADER + end * KB },
  });
  const changed = (...there: readonly Range[]): number => {
    const count = countChanged(tensors, new RangeSet(there));
    assert.equal(count.total, 3);
    return count.changed;
  };

  it('is none where all is there', () => assert.equal(changed(at(0, 1_500)), 0));
  it('is all where nothing is', () => assert.equal(changed(), 3));
  it('does not count the header', () => {
    assert.equal(changed({ start: 0, end: HEADER }, at(0, 1_500)), 0);
  });

  it('is one where the bytes of one are missing', () => {
    assert.equal(changed(at(0, 500), at(1_000, 1_500)), 1);
  });

  it('does not count a neighbour that chunks reach into', () => {
    assert.equal(changed(at(0, 372), at(1_128, 1_500)), 1, '128 KiB of each neighbour');
  });

  it('counts a neighbour of which more is missing than a chunk', () => {
    assert.equal(changed(at(0, 371), at(1_128, 1_500)), 2);
    assert.equal(changed(at(0, 371), at(1_129, 1_500)), 3);
  });

  it('is one, the one with more of it, where little is missing between two', () => {
    assert.equal(changed(at(0, 490), at(530, 1_500)), 1);
    // The same tensor is not counted again for another gap in it.
    assert.equal(changed(at(0, 490), at(530, 700), at(710, 1_500)), 1, 'more of b, b');
    assert.equal(changed(at(0, 470), at(510, 700), at(710, 1_500)), 2, 'more of a, b');
  });

  it('is none of none', () => {
    const none = { tensors: [], dataOffset: HEADER };
    assert.deepEqual(countChanged(none, new RangeSet()), { changed: 0, total: 0 });
  });
});
