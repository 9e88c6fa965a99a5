import assert from 'node:assert/strict';
import type { Copy } from '../../../../src/download/differential/recipe.ts';
import {
  copied,
  copiesWithin,
  joinCopies,
  uncopiedBytes,
} from '../../../../src/download/differential/recipe.ts';

const KB = 1024;
/** A stretch of the basis and where it goes, in KiB. */
const copy = (from: number, to: number, length: number): Copy => ({
  ...{ from: from * KB, to: to * KB, length: length * KB },
});

describe('Copies', () => {
  it('that go on from one another become one, whatever order they come in', () => {
    const parts = [copy(140, 40, 60), copy(100, 0, 40), copy(200, 100, 50)];
    assert.deepEqual(joinCopies(parts), [copy(100, 0, 150)]);
  });

  it('stay apart with a gap between them in the file', () => {
    const parts = [copy(100, 0, 40), copy(140, 41, 40)];
    assert.deepEqual(joinCopies(parts), parts);
  });

  it('stay apart with a gap between them in the basis', () => {
    const parts = [copy(100, 0, 40), copy(141, 40, 40)];
    assert.deepEqual(joinCopies(parts), parts);
  });

  it('are left out where they are short, but not where they are long together', () => {
    const short = { from: 900 * KB, to: 500 * KB, length: 32 * KB - 1 };
    const parts = [copy(0, 0, 20), copy(20, 20, 12), short];
    assert.deepEqual(joinCopies(parts), [copy(0, 0, 32)]);
  });

  it('are none of nothing', () => assert.deepEqual(joinCopies([]), []));

  it('within a range are the parts of them that bring its bytes', () => {
    const copies = [copy(100, 0, 10), copy(300, 20, 10), copy(500, 40, 10)];
    const within = copiesWithin(copies, { start: 5 * KB, end: 42 * KB });
    assert.deepEqual(within, [copy(105, 5, 5), copy(300, 20, 10), copy(500, 40, 2)]);
  });

  it('within a range are not those that only touch it', () => {
    const copies = [copy(100, 0, 10), copy(300, 20, 10)];
    assert.deepEqual(copiesWithin(copies, { start: 10 * KB, end: 20 * KB }), []);
  });

  it('bring the bytes of the file that they lead to', () => {
    const { ranges, bytes } = copied([copy(100, 0, 10), copy(300, 20, 10)]);
    assert.deepEqual(ranges, [
      { start: 0, end: 10 * KB },
      { start: 20 * KB, end: 30 * KB },
    ]);
    assert.equal(bytes, 20 * KB);
  });

  it('leave the rest to be fetched', () => {
    assert.equal(
      uncopiedBytes({ copies: [copy(100, 0, 10), copy(300, 20, 10)] }, 50 * KB),
      30 * KB,
    );
    assert.equal(uncopiedBytes({ copies: [] }, 50 * KB), 50 * KB);
  });
});
