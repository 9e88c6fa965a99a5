/**
 * What a file is made of in Xet storage: stretches of chunks of xorbs, one after the other
 * (huggingface.co/docs/xet, file reconstruction).
 */
import type { Copy } from './recipe.ts';

/** A stretch of the file: chunks `[start, end)` of a xorb. */
export interface Term {
  /** 64 hex digits. */
  readonly xorb: string;
  readonly start: number;
  readonly end: number;
  /** Bytes of these chunks. */
  readonly length: number;
}

/** A term, and where it begins in its file, in bytes. */
export interface PlacedTerm extends Term {
  readonly offset: number;
}

/** How long each chunk of a term is, in bytes; undefined if that cannot be known. */
export type ChunkLengths = (term: PlacedTerm) => Promise<readonly number[] | undefined>;

/** Terms with their places in a file. */
export function placeTerms(terms: readonly Term[]): readonly PlacedTerm[] {
  let offset = 0;
  return terms.map((term) => {
    const placed = { ...term, offset };
    offset += term.length;
    return placed;
  });
}

/** Bytes of the file that terms make up. */
export function sizeOfTerms(terms: readonly Term[]): number {
  return terms.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Which bytes of the new file are in the old one: chunks of the same xorb are the same. Equal bytes
 * in other xorbs are not found, so this is the least that can be copied.
 * @param lengthsOf asked once, and only where a term of the new file has a part of one of the old
 *   file
 */
export async function copiesByTerms(
  before: readonly Term[],
  after: readonly Term[],
  lengthsOf: ChunkLengths,
): Promise<readonly Copy[]> {
  const known = new Map<string, PlacedTerm[]>();
  for (const term of placeTerms(before)) {
    const same = known.get(term.xorb);
    if (same === undefined) known.set(term.xorb, [term]);
    else same.push(term);
  }
  const askedOnce = once(lengthsOf);
  const copies: Copy[] = [];
  for (const term of placeTerms(after)) {
    const own: Copy[] = [];
    for (const old of longestFirst(known.get(term.xorb) ?? [], term)) {
      const copy = await sharedBytes(old, term, askedOnce);
      if (copy === undefined || own.some((one) => overlaps(one, copy))) continue;
      own.push(copy);
      if (copy.length === term.length) break;
    }
    copies.push(...own);
  }
  return copies;
}

/** Many terms of a new file may share a long one of the old file, whose chunks take long to find. */
function once(lengthsOf: ChunkLengths): ChunkLengths {
  const known = new Map<PlacedTerm, ReturnType<ChunkLengths>>();
  return (term) => {
    const lengths = known.get(term) ?? lengthsOf(term);
    known.set(term, lengths);
    return lengths;
  };
}

/** Those that share chunks with a term, the ones that share most first. */
function longestFirst(candidates: readonly PlacedTerm[], term: Term): readonly PlacedTerm[] {
  return candidates
    .filter((one) => sharedChunks(one, term) > 0)
    .sort((a, b) => sharedChunks(b, term) - sharedChunks(a, term));
}

function sharedChunks(one: Term, other: Term): number {
  return Math.min(one.end, other.end) - Math.max(one.start, other.start);
}

/** The bytes of the chunks that two terms share; undefined if it cannot be known where they are. */
async function sharedBytes(
  old: PlacedTerm,
  term: PlacedTerm,
  lengthsOf: ChunkLengths,
): Promise<Copy | undefined> {
  if (old.start === term.start && old.end === term.end) {
    if (old.length !== term.length) return undefined;
    return { from: old.offset, to: term.offset, length: term.length };
  }
  const start = Math.max(old.start, term.start);
  const end = Math.min(old.end, term.end);
  const lengths = await lengthsOf(old);
  if (lengths?.length !== old.end - old.start) return undefined;
  const length = sum(lengths.slice(start - old.start, end - old.start));
  const from = old.offset + sum(lengths.slice(0, start - old.start));
  // Of the chunks that only the new file has, nobody knows how long each one is.
  if (start === term.start) return { from, to: term.offset, length };
  if (end === term.end) return { from, to: term.offset + term.length - length, length };
  return undefined;
}

function overlaps(one: Copy, other: Copy): boolean {
  return one.to < other.to + other.length && other.to < one.to + one.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
