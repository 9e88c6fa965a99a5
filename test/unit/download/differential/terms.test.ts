import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getChunks } from '@huggingface/xetchunk-wasm';
import type {
  ChunkLengths,
  PlacedTerm,
  Term,
} from '../../../../src/download/differential/terms.ts';
import {
  copiesByTerms,
  placeTerms,
  sizeOfTerms,
} from '../../../../src/download/differential/terms.ts';
import { copied } from '../../../../src/download/differential/recipe.ts';
import { seededBytes, Storage } from './support.ts';

const lengthsIn =
  (file: Buffer) =>
  ({ offset, length }: PlacedTerm): Promise<number[]> =>
    Promise.resolve(getChunks(file.subarray(offset, offset + length)).map((chunk) => chunk.length));

async function copies(before: Buffer, after: Buffer, old: readonly Term[], now: readonly Term[]) {
  const found = await copiesByTerms(old, now, lengthsIn(before));
  for (const { from, to, length } of found) {
    assert.ok(before.subarray(from, from + length).equals(after.subarray(to, to + length)));
  }
  return copied(found);
}

describe('Copies by the terms of Xet storage', () => {
  it('are the whole file where nothing changed', async () => {
    const file = seededBytes(1, 3_000_000);
    const terms = new Storage().upload(file);
    assert.equal((await copies(file, file, terms, terms)).bytes, file.length);
  });

  it('are all but the chunks around an insertion', async () => {
    const before = seededBytes(2, 8_000_000);
    const middle = 4_000_000;
    const after = Buffer.concat([
      before.subarray(0, middle),
      seededBytes(3, 100),
      before.subarray(middle),
    ]);
    const storage = new Storage();
    const old = storage.upload(before);
    const there = await copies(before, after, old, storage.upload(after));
    assert.ok(after.length - there.bytes <= 3 * 128 * 1024, String(after.length - there.bytes));
  });

  it('need the lengths of chunks only where a term is shared in part', async () => {
    const before = seededBytes(4, 2_000_000);
    const terms = new Storage().upload(before);
    const asked: PlacedTerm[] = [];
    await copiesByTerms(terms, terms, (term) => {
      asked.push(term);
      return Promise.resolve(undefined);
    });
    assert.deepEqual(asked, []);
  });

  it('need the lengths of chunks of a long term once, however many terms share it', async () => {
    const xorb = 'a'.repeat(64);
    const old = [{ xorb, start: 0, end: 100, length: 100_000 }];
    const now = Array.from({ length: 50 }, (_, index): Term[] => [
      { xorb, start: 2 * index, end: 2 * index + 1, length: 1_000 },
      { xorb: 'b'.repeat(64), start: index, end: index + 1, length: 1_000 },
    ]).flat();
    let asked = 0;
    const found = await copiesByTerms(old, now, () => {
      asked++;
      return Promise.resolve(new Array<number>(100).fill(1_000));
    });
    assert.equal(asked, 1);
    assert.equal(copied(found).bytes, 50_000);
  });

  it('are none of what is unlike, or of whose chunks nothing is known', async () => {
    const storage = new Storage();
    const before = seededBytes(5, 1_000_000);
    const old = storage.upload(before);
    const now = storage.upload(seededBytes(6, 1_000_000));
    assert.deepEqual(await copiesByTerms(old, now, lengthsIn(before)), []);
    const half = storage.upload(before.subarray(0, 500_000));
    const unknown = await copiesByTerms(old, half, () => Promise.resolve(undefined));
    assert.deepEqual(unknown, []);
  });

  it('bring the right bytes after any cutting and pasting', async () => {
    const piece = fc.tuple(fc.nat(2_900_000), fc.integer({ min: 1, max: 900_000 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const before = seededBytes(7, 3_000_000);
        const after = Buffer.concat(
          pieces.map(([from, length, isNew], index) =>
            isNew ? seededBytes(100 + index, length) : before.subarray(from, from + length),
          ),
        );
        const storage = new Storage();
        const old = storage.upload(before);
        await copies(before, after, old, storage.upload(after));
      }),
      { numRuns: 40 },
    );
  });
});

describe('Terms of Xet storage', () => {
  /** Chunks `[start, end)` of a xorb, each of 10 bytes unless it is said how many they have. */
  const term = (xorb: string, start: number, end: number, length = (end - start) * 10): Term => ({
    ...{ xorb, start, end, length },
  });
  /** As long as the terms of the old file say; of a term that is named, nobody knows. */
  const lengthsOf =
    (unknown?: string): ChunkLengths =>
    ({ xorb, start, end }) =>
      Promise.resolve(xorb === unknown ? undefined : Array.from({ length: end - start }, () => 10));
  const copies = (before: readonly Term[], after: readonly Term[], unknown?: string) =>
    copiesByTerms(before, after, lengthsOf(unknown));

  it('lie behind one another, and are as long together', () => {
    const terms = [term('x', 0, 3), term('y', 5, 6), term('x', 3, 5)];
    assert.deepEqual(
      placeTerms(terms).map(({ offset }) => offset),
      [0, 30, 40],
    );
    assert.equal(sizeOfTerms(terms), 60);
    assert.equal(sizeOfTerms([]), 0);
  });

  it('are copied from where the same lie in the old file', async () => {
    const before = [term('x', 0, 3), term('y', 0, 2), term('x', 7, 9)];
    assert.deepEqual(await copies(before, [term('y', 0, 2), term('z', 0, 2), term('x', 7, 9)]), [
      { from: 30, to: 0, length: 20 },
      { from: 50, to: 40, length: 20 },
    ]);
  });

  it('are copied in the part that the old file has, from their beginning or to their end', async () => {
    const before = [term('w', 0, 1), term('x', 4, 10)];
    assert.deepEqual(await copies(before, [term('y', 0, 1), term('x', 6, 12)]), [
      { from: 30, to: 10, length: 40 },
    ]);
    assert.deepEqual(await copies(before, [term('y', 0, 1), term('x', 2, 7)]), [
      { from: 10, to: 30, length: 30 },
    ]);
    assert.deepEqual(await copies(before, [term('x', 5, 9)]), [{ from: 20, to: 0, length: 40 }]);
  });

  it('are not copied where nobody knows how far the part is from either end', async () => {
    assert.deepEqual(await copies([term('x', 4, 6)], [term('x', 2, 9)]), []);
  });

  it('are not copied where they only touch, or lie elsewhere in the xorb', async () => {
    for (const after of [term('x', 6, 9), term('x', 0, 4), term('x', 20, 30)])
      assert.deepEqual(await copies([term('x', 4, 6)], [after]), []);
  });

  it('are copied from whichever old term has most of them, and the rest from others', async () => {
    const before = [term('x', 0, 3), term('x', 2, 9), term('x', 1, 5)];
    assert.deepEqual(await copies(before, [term('x', 0, 9)]), [{ from: 30, to: 20, length: 70 }]);
    const apart = [term('x', 0, 2), term('x', 2, 9)];
    assert.deepEqual(await copies(apart, [term('x', 0, 9)]), [
      { from: 20, to: 20, length: 70 },
      { from: 0, to: 0, length: 20 },
    ]);
  });

  it('are looked for no further once all of them are there', async () => {
    const asked: number[] = [];
    const counting: ChunkLengths = (old) => {
      asked.push(old.offset);
      return lengthsOf()(old);
    };
    const before = [term('x', 0, 4), term('x', 1, 3)];
    const found = await copiesByTerms(before, [term('x', 0, 4)], counting);
    assert.deepEqual(found, [{ from: 0, to: 0, length: 40 }]);
    assert.deepEqual(asked, []);
  });

  it('are not copied where their lengths contradict one another', async () => {
    assert.deepEqual(await copies([term('x', 0, 3, 31)], [term('x', 0, 3)]), []);
    const tooFew: ChunkLengths = () => Promise.resolve([10, 10]);
    assert.deepEqual(await copiesByTerms([term('x', 0, 3)], [term('x', 1, 3)], tooFew), []);
  });

  it('are not copied where nobody knows the lengths of the old ones', async () => {
    assert.deepEqual(await copies([term('x', 0, 9)], [term('x', 0, 5)], 'x'), []);
  });
});
