import assert from 'node:assert/strict';
import { RangeSet } from '../../../../src/download/file/ranges.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';

const LENGTH = 64;

describe('A set of ranges', () => {
  const seed = seedOfRun();

  it('has those that it is made of, in their order, without those that are empty', () => {
    const set = new RangeSet([
      { start: 20, end: 30 },
      { start: 5, end: 5 },
      { start: 9, end: 7 },
      { start: 0, end: 10 },
      { start: 2, end: 4 },
      { start: 25, end: 35 },
      { start: 35, end: 36 },
      { start: 40, end: 41 },
    ]);
    assert.deepEqual(set.ranges, [
      { start: 0, end: 10 },
      { start: 20, end: 36 },
      { start: 40, end: 41 },
    ]);
  });

  it('does not change with ranges that are empty', () => {
    const set = new RangeSet([{ start: 0, end: 10 }]);
    for (const range of [
      { start: 5, end: 5 },
      { start: 30, end: 20 },
      { start: 8, end: 2 },
    ]) {
      set.add(range);
      set.remove(range);
    }
    assert.deepEqual(set.ranges, [{ start: 0, end: 10 }]);
    assert.deepEqual(set.within([{ start: 10, end: 20 }]), []);
    assert.deepEqual(set.missing({ start: 10, end: 10 }), []);
  });

  it(`holds what was added and not removed, whatever the order (SEED=${seed})`, () => {
    const random = randomNumbers(seed);
    const upTo = (limit: number): number => Math.floor(random() * (limit + 1));
    for (let round = 0; round < 300; round++) {
      const set = new RangeSet();
      const model = new Array<boolean>(LENGTH).fill(false);
      for (let step = upTo(12); step > 0; step--) {
        const start = upTo(LENGTH);
        const end = Math.min(LENGTH, start + upTo(12));
        const isAdded = random() < 0.7;
        if (isAdded) set.add({ start, end });
        else set.remove({ start, end });
        model.fill(isAdded, start, end);
      }
      const held = model.flatMap((isIn, at) => (isIn ? [at] : []));
      const listed = set.ranges.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, index) => start + index),
      );
      assert.deepEqual(listed, held);
      for (const [index, { start }] of set.ranges.entries()) {
        const before = set.ranges[index - 1];
        assert.ok(before === undefined || before.end < start, 'ranges that touch are one');
      }
      assert.equal(set.bytes, held.length);
      const front = model.indexOf(false);
      assert.equal(set.front, front === -1 ? LENGTH : front);
      const limit = upTo(LENGTH);
      assert.deepEqual(
        set.below(limit).ranges.map(({ start, end }) => [start, end]),
        new RangeSet(
          held.filter((at) => at < limit).map((at) => ({ start: at, end: at + 1 })),
        ).ranges.map(({ start, end }) => [start, end]),
      );
      const gap = set.firstGap(limit);
      const first = model.slice(0, limit).indexOf(false);
      assert.equal(gap?.start ?? -1, first);
      if (gap !== undefined) {
        const next = model.slice(0, limit).indexOf(true, first);
        assert.equal(gap.end, next === -1 ? limit : next);
      }
      const [start, end] = [upTo(LENGTH), upTo(LENGTH)].sort((a, b) => a - b);
      const range = { start: start ?? 0, end: (end ?? 0) + 1 };
      const isIn = range.end <= LENGTH && model.slice(range.start, range.end).every(Boolean);
      assert.equal(set.has(range), isIn);
      const others = [range, { start: limit, end: LENGTH }];
      const listedWithin = set
        .within(others)
        .flatMap((one) =>
          Array.from({ length: one.end - one.start }, (_, index) => one.start + index),
        );
      const heldWithin = others.flatMap((one) =>
        held.filter((at) => at >= one.start && at < one.end),
      );
      assert.deepEqual(listedWithin, heldWithin);
      const absent = set
        .missing(range)
        .flatMap((one) =>
          Array.from({ length: one.end - one.start }, (_, index) => one.start + index),
        );
      const outside = (_: unknown, at: number): boolean =>
        at >= range.start && at < range.end && model[at] !== true;
      assert.deepEqual(absent, Array.from({ length: LENGTH + 1 }, (_, at) => at).filter(outside));
    }
  });
});
