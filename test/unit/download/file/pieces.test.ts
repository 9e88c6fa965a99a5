import assert from 'node:assert/strict';
import type { Piece } from '../../../../src/download/file/pieces.ts';
import { Pieces } from '../../../../src/download/file/pieces.ts';
import { RangeSet } from '../../../../src/download/file/ranges.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';

const MIB = 1024 * 1024;

describe('The pieces of a file', () => {
  const seed = seedOfRun();

  it('are handed out from the front, around what is there, none longer than 32 MiB', () => {
    const written = new RangeSet([
      { start: 0, end: MIB },
      { start: 3 * MIB, end: 4 * MIB },
    ]);
    const pieces = new Pieces(4_000 * MIB, written);
    const places = [1, 2, 3].map(() => pieces.next(0)).map((piece) => [piece?.start, piece?.end]);
    assert.deepEqual(places, [
      [MIB, 3 * MIB],
      [4 * MIB, 36 * MIB],
      [36 * MIB, 68 * MIB],
    ]);
  });

  it('come again when they were not written', () => {
    const pieces = new Pieces(MIB, new RangeSet());
    const piece = pieces.next(0);
    assert.ok(piece);
    assert.equal(pieces.next(0), undefined);
    pieces.release(piece, 0);
    assert.equal(pieces.next(0)?.start, 0);
  });

  it('are shared at the end, so that both parts come at the same time', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const [slow, fast] = [pieces.next(0), pieces.next(0)];
    assert.ok(slow && fast);
    slow.position = slow.start + MIB;
    fast.position = fast.start + 6 * MIB;
    const stolen = pieces.steal(2_000);
    // A seventh of the 7 MiB that are left stays with the one that is a sixth as fast.
    assert.deepEqual([stolen?.start, stolen?.end], [2 * MIB, 8 * MIB]);
    assert.equal(slow.end, 2 * MIB);
    assert.equal(slow.isTakenOver, false);
  });

  it('are taken over as a whole where nothing moves', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const [stuck, fast] = [pieces.next(0), pieces.next(0)];
    assert.ok(stuck && fast);
    fast.position = fast.end;
    pieces.release(fast, 1_000);
    const stolen = pieces.steal(2_000);
    assert.deepEqual([stolen?.start, stolen?.end], [0, 8 * MIB]);
    assert.ok(stuck.isTakenOver);
  });

  it('are not taken over where nothing is known of any speed', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    pieces.next(0);
    pieces.next(0);
    assert.equal(pieces.steal(10_000), undefined);
  });

  describe('that three fetch', () => {
    let pieces: Pieces;
    let [first, second, third]: Piece[] = [];
    beforeEach(() => {
      pieces = new Pieces(24 * MIB, new RangeSet());
      [first, second, third] = [0, 1, 2].map(() => pieces.next(0)!);
    });
    const come = (...mebibytes: readonly number[]): void => {
      for (const [index, piece] of [first!, second!, third!].entries())
        piece.position = piece.start + mebibytes[index]! * MIB;
    };

    it('are taken from the one that would come last', () => {
      come(3, 2, 6);
      const stolen = pieces.steal(2_000);
      assert.equal(stolen?.end, second!.start + 8 * MIB);
      assert.ok(stolen.start > second!.position);
      assert.equal(first!.end, 8 * MIB);
    });

    it('are taken from the one that has most left, of those that are equally fast', () => {
      come(4, 4, 4);
      second!.end = second!.start + 6 * MIB;
      third!.end = third!.start + 5 * MIB;
      assert.equal(pieces.steal(2_000)?.end, first!.start + 8 * MIB);
    });

    it('are taken from one that hardly moves before one that is only slow', () => {
      come(0, 1, 7);
      assert.deepEqual(pieces.steal(2_000)?.start, 0);
      assert.ok(first!.isTakenOver && !second!.isTakenOver);
    });
  });

  it('are left to whoever has begun less than a second ago', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const [slow, fast] = [pieces.next(5_000), pieces.next(5_000)];
    slow!.position = MIB;
    fast!.position = fast!.end;
    pieces.release(fast!, 5_500);
    assert.equal(pieces.steal(6_000), undefined);
    assert.ok(pieces.steal(6_001));
  });

  it('are left to whoever has little left of it', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const [slow, fast] = [pieces.next(0), pieces.next(0)];
    fast!.position = fast!.end;
    pieces.release(fast!, 1_000);
    slow!.position = 1;
    slow!.end = 1 + 256 * 1024;
    assert.equal(pieces.steal(100_000), undefined);
    slow!.end++;
    assert.ok(pieces.steal(100_000));
  });

  it('are one where one body brings the whole file', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const piece = pieces.takeAll(pieces.next(0)!, 0);
    assert.deepEqual([piece.start, piece.end], [0, 16 * MIB]);
    assert.equal(pieces.next(0), undefined);
    pieces.release(piece, 0);
    assert.deepEqual(pieces.next(0)?.start, 0, 'nothing else runs');
  });

  it('do not tell how fast it goes where nothing came of them', () => {
    const pieces = new Pieces(16 * MIB, new RangeSet());
    const [stuck, fast] = [pieces.next(0), pieces.next(0)];
    fast!.position = fast!.end;
    pieces.release(fast!, 1_000);
    pieces.release(pieces.next(1_000)!, 1_500);
    assert.ok(pieces.steal(2_000), 'the speed of the one before still counts');
    assert.ok(stuck!.isTakenOver);
  });

  it('are left to whoever is done within a second', () => {
    const pieces = new Pieces(8 * MIB, new RangeSet());
    const piece = pieces.next(0);
    assert.ok(piece);
    piece.position = 7 * MIB;
    assert.equal(pieces.steal(2_000), undefined);
  });

  it(`cover the file, whoever fetches, fails and steals (SEED=${seed})`, () => {
    const random = randomNumbers(seed);
    for (let round = 0; round < 50; round++) {
      const size = 1 + Math.floor(random() * 100 * MIB);
      const written = new RangeSet();
      const pieces = new Pieces(size, written);
      const running = new Map<NonNullable<ReturnType<Pieces['next']>>, number>();
      for (let now = 0; written.front < size; now += 500) {
        assert.ok(now < 10_000_000, `round ${round} comes to no end`);
        while (running.size < 4) {
          const piece = pieces.next(now) ?? pieces.steal(now);
          if (piece === undefined) break;
          running.set(piece, random() < 0.1 ? 0 : random() * 4 * MIB);
        }
        for (const [piece, speed] of running) {
          const start = piece.position;
          piece.position = Math.max(start, Math.min(piece.end, start + Math.floor(speed)));
          written.add({ start, end: piece.position });
          if (piece.position < piece.end && random() > 0.05) continue;
          pieces.release(piece, now);
          running.delete(piece);
        }
      }
      assert.equal(written.bytes, size);
    }
  });
});
