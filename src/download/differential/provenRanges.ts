import type { FileHandle } from 'node:fs/promises';
import { hashToHex, xorbHash } from '@huggingface/xetchunk-wasm';
import { RangeSet } from '../file/ranges.ts';
import type { KnownChunk, KnownFile } from './chunkStore.ts';
import { markOf } from './chunkStore.ts';
import type { Chunk } from './localChunks.ts';
import { chunksOf } from './localChunks.ts';
import type { PlacedTerm, Term } from './terms.ts';
import { placeTerms } from './terms.ts';

/** Chunks by the xorb and their number in it. */
export type Marks = ReadonlyMap<string, KnownChunk>;

/** What is remembered of the chunks of a file, to recognise them in another. */
export function marksOf({ terms, chunks = [] }: KnownFile): Marks {
  const marks = new Map<string, KnownChunk>();
  let index = 0;
  for (const { xorb, start, end } of terms) {
    for (let number = start; number < end; number++) {
      const chunk = chunks[index++];
      if (chunk !== undefined) marks.set(chunkKey(xorb, number), chunk);
    }
  }
  return marks;
}

/**
 * Which bytes of a file on this disk are those that it should have: chunks that are remembered, and
 * xorbs of which the file has all chunks from the first on, since a xorb is named by the hash of
 * its chunks. Of all other bytes nobody can say.
 * @throws SyncError `cancelled`; errors of the file system
 */
export async function provenRanges(
  file: FileHandle,
  terms: readonly Term[],
  marks: Marks,
  signal: AbortSignal,
): Promise<RangeSet> {
  const proven = new RangeSet();
  const xorbs = new Map<string, XorbPart[]>();
  for (const term of placeTerms(terms)) {
    const chunks = await chunksOf(
      file,
      { start: term.offset, end: term.offset + term.length },
      signal,
    );
    const remembered = rememberedChunks(term, marks);
    if (remembered !== undefined) addEqual(proven, term, chunks, remembered);
    else if (chunks.length === term.end - term.start) {
      xorbs.set(term.xorb, [...(xorbs.get(term.xorb) ?? []), { term, chunks }]);
    }
  }
  for (const [xorb, parts] of xorbs) {
    if (hashOf(parts) !== xorb) continue;
    for (const { term } of parts) {
      proven.add({ start: term.offset, end: term.offset + term.length });
    }
  }
  return proven;
}

interface XorbPart {
  readonly term: PlacedTerm;
  readonly chunks: readonly Chunk[];
}

/** The chunks of a term as they are remembered; undefined if one of them is not. */
function rememberedChunks(
  { xorb, start, end }: Term,
  marks: Marks,
): readonly KnownChunk[] | undefined {
  const chunks: KnownChunk[] = [];
  for (let number = start; number < end; number++) {
    const chunk = marks.get(chunkKey(xorb, number));
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
  }
  return chunks;
}

/** Adds the chunks that lie where they should and are what they should be. */
function addEqual(
  proven: RangeSet,
  { offset }: PlacedTerm,
  found: readonly Chunk[],
  remembered: readonly KnownChunk[],
): void {
  const wanted = new Map<number, KnownChunk>();
  let at = offset;
  for (const chunk of remembered) {
    wanted.set(at, chunk);
    at += chunk.length;
  }
  at = offset;
  for (const { length, hash } of found) {
    const chunk = wanted.get(at);
    if (chunk?.length === length && chunk.mark === markOf(hash)) {
      proven.add({ start: at, end: at + length });
    }
    at += length;
  }
}

/** The name of the xorb that these chunks are all of; undefined if some are missing in between. */
function hashOf(parts: readonly XorbPart[]): string | undefined {
  const chunks: Chunk[] = [];
  for (const { term, chunks: own } of parts.toSorted((a, b) => a.term.start - b.term.start)) {
    // The same chunks may be in a file more than once.
    const known = chunks.length - term.start;
    if (known < 0) return undefined;
    chunks.push(...own.slice(known));
  }
  return hashToHex(xorbHash(chunks));
}

/** Names a chunk in `Marks`. */
export function chunkKey(xorb: string, number: number): string {
  return `${xorb} ${number}`;
}
