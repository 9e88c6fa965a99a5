import type { Range } from '../file/ranges.ts';
import { RangeSet } from '../file/ranges.ts';

/** A stretch that is shorter costs more to go around than to fetch. */
const SHORTEST_COPY = 32 * 1024;

/** Bytes of the basis that are, or may be, bytes of the file to be had. */
export interface Copy {
  /** Where they begin in the basis. */
  readonly from: number;
  /** Where they begin in the file. */
  readonly to: number;
  readonly length: number;
}

/** Bytes of the file that were fetched to find out about it. */
export interface Fetched {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** How to make a file out of another one; only its digest says whether that came out right. */
export interface Recipe {
  /** `splice`: all that is behind the header is copied. */
  readonly way: 'splice' | 'chunks';
  /** In their order in the file; none overlaps another. */
  readonly copies: readonly Copy[];
  readonly fetched: readonly Fetched[];
  /** `exact` if the storage vouches for all copies; else they may turn out to be other bytes. */
  readonly sureness: 'exact' | 'estimated';
}

/** In their order in the file, those that go on from one another as one, without short ones. */
export function joinCopies(copies: readonly Copy[]): readonly Copy[] {
  const joined: Copy[] = [];
  for (const copy of copies.toSorted((a, b) => a.to - b.to)) {
    const last = joined.at(-1);
    const goesOn =
      last !== undefined &&
      last.to + last.length === copy.to &&
      last.from + last.length === copy.from;
    if (goesOn) joined.splice(-1, 1, { ...last, length: last.length + copy.length });
    else joined.push(copy);
  }
  return joined.filter(({ length }) => length >= SHORTEST_COPY);
}

/** The part of copies that brings bytes of a range. */
export function copiesWithin(copies: readonly Copy[], { start, end }: Range): readonly Copy[] {
  return copies.flatMap((copy) => {
    const to = Math.max(copy.to, start);
    const length = Math.min(copy.to + copy.length, end) - to;
    return length <= 0 ? [] : [{ from: copy.from + to - copy.to, to, length }];
  });
}

/** The bytes that copies bring. */
export function copied(copies: readonly Copy[]): RangeSet {
  return new RangeSet(copies.map(({ to, length }) => ({ start: to, end: to + length })));
}

/** Bytes of a file of so many that copies do not bring. */
export function uncopiedBytes({ copies }: Pick<Recipe, 'copies'>, size: number): number {
  return size - copied(copies).bytes;
}
