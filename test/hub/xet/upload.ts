import {
  createChunker,
  fileHash,
  finalize,
  hashToHex,
  nextBlock,
} from '@huggingface/xetchunk-wasm';
import type { FileBody } from '../body.ts';
import type { Random } from '../random.ts';
import { Fragmentation } from './fragmentation.ts';
import type { SourceChunk, Span } from './xorb.ts';
import { Xorb } from './xorb.ts';

/** One in so many chunks is asked about at the global index, and the first of every file. */
const ASKED_ABOUT = 1024;
/** Known runs are cut into pieces of so many chunks where some of them are to be stored again. */
const PIECES = [8, 64] as const;

export interface Place {
  readonly xorb: Xorb;
  readonly index: number;
}

/** Chunks of one xorb that a file goes on with. */
export interface Term {
  readonly xorb: Xorb;
  readonly chunks: Span;
}

/** A file as a CAS knows it. */
export interface XetFile {
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  readonly terms: readonly Term[];
}

/** What an upload of a file came to. */
export interface Uploaded {
  readonly hash: string;
  readonly size: number;
  readonly chunks: number;
  readonly terms: number;
  /** Chunks, and bytes of their data, that were stored although or because nobody knew them. */
  readonly newChunks: number;
  readonly newBytes: number;
}

/** What an uploader knows, and whom it asks. */
export interface Knowledge {
  /** Places of chunks by name: what the uploader stored itself or was told. It grows. */
  readonly known: Map<string, Place>;
  /** All that was uploaded together with the chunk of this name, by whomever. */
  readonly ask: (name: string) => ReadonlyMap<string, Place> | undefined;
  /** The share of known runs that is stored again all the same. */
  readonly storedAgain: number;
  readonly random: Random;
}

/** The chunks of a file, in order. */
function chunksOf(body: FileBody): SourceChunk[] {
  const chunker = createChunker();
  const chunks: SourceChunk[] = [];
  let at = 0;
  const add = ({ hash, length }: { hash: Uint8Array; length: number }) => {
    chunks.push({ hash, name: hashToHex(hash), length, body, at });
    at += length;
  };
  for (const piece of body.read(0, body.size)) nextBlock(chunker, piece).forEach(add);
  const last = finalize(chunker);
  if (last) add(last);
  return chunks;
}

function isAskedAbout({ hash }: SourceChunk): boolean {
  return Buffer.from(hash).readUInt32LE(24) % ASKED_ABOUT === 0;
}

/** Files that are uploaded together, and share their new xorbs. */
export class Upload {
  /** What is stored by this upload, by name of the chunk. */
  readonly stored = new Map<string, Place>();
  readonly xorbs: Xorb[] = [];
  readonly #knowledge: Knowledge;

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  add(body: FileBody): { readonly file: XetFile; readonly uploaded: Uploaded } {
    const chunks = chunksOf(body);
    const terms = new Terms();
    let [newChunks, newBytes] = [0, 0];
    for (let at = 0; at < chunks.length;) {
      const run = this.#knownRun(chunks, at);
      if (run && this.#isTaken(run, terms)) {
        terms.add(run);
        at += run.chunks.end - run.chunks.start;
        continue;
      }
      const end = at + (run ? run.chunks.end - run.chunks.start : 1);
      for (; at < end; at += 1) {
        const chunk = chunks[at];
        if (!chunk) break;
        terms.add(this.#store(chunk));
        newChunks += 1;
        newBytes += chunk.length;
      }
    }
    const hash = hashToHex(fileHash(chunks.map(({ hash, length }) => ({ hash, length }))));
    const file = { hash, size: body.size, terms: terms.list };
    const sizes = { size: body.size, chunks: chunks.length, terms: terms.list.length };
    return { file, uploaded: { hash, ...sizes, newChunks, newBytes } };
  }

  /** Nothing is added any more. */
  end(): void {
    this.xorbs.at(-1)?.seal();
  }

  /** What is known from this chunk on, as far as it lies in a xorb as it lies in the file. */
  #knownRun(chunks: readonly SourceChunk[], at: number): Term | undefined {
    const { storedAgain, random } = this.#knowledge;
    const place = this.#placeOf(chunks[at], at);
    if (!place) return undefined;
    const { xorb, index } = place;
    const most = storedAgain > 0 ? random.between(...PIECES) : Infinity;
    let length = 1;
    while (length < most && at + length < chunks.length) {
      if (xorb.nameAt(index + length) !== chunks[at + length]?.name) break;
      length += 1;
    }
    return { xorb, chunks: { start: index, end: index + length } };
  }

  #placeOf(chunk: SourceChunk | undefined, index: number): Place | undefined {
    if (!chunk) return undefined;
    const { known, ask } = this.#knowledge;
    const place = known.get(chunk.name);
    if (place || (index > 0 && !isAskedAbout(chunk))) return place;
    for (const [name, told] of ask(chunk.name) ?? []) if (!known.has(name)) known.set(name, told);
    return known.get(chunk.name);
  }

  #isTaken(run: Term, terms: Terms): boolean {
    const { storedAgain, random } = this.#knowledge;
    if (storedAgain > 0 && random.chance(storedAgain)) return false;
    return terms.mayTake(run);
  }

  #store(chunk: SourceChunk): Term {
    let xorb = this.xorbs.at(-1);
    if (!xorb?.add(chunk)) {
      xorb?.seal();
      xorb = new Xorb();
      xorb.add(chunk);
      this.xorbs.push(xorb);
    }
    const place = { xorb, index: xorb.count - 1 };
    this.stored.set(chunk.name, place);
    if (!this.#knowledge.known.has(chunk.name)) this.#knowledge.known.set(chunk.name, place);
    return { xorb, chunks: { start: place.index, end: place.index + 1 } };
  }
}

/** The terms of a file so far; what goes on where the last one ends makes it longer. */
class Terms {
  readonly list: Term[] = [];
  readonly #fragmentation = new Fragmentation();

  mayTake(term: Term): boolean {
    return this.#continues(term) || this.#fragmentation.allows(term.chunks.end - term.chunks.start);
  }

  add(term: Term): void {
    const last = this.list.at(-1);
    const count = term.chunks.end - term.chunks.start;
    if (last && this.#continues(term)) {
      const chunks = { start: last.chunks.start, end: term.chunks.end };
      this.list[this.list.length - 1] = { xorb: last.xorb, chunks };
      this.#fragmentation.lengthen(count);
      return;
    }
    this.list.push(term);
    this.#fragmentation.begin(count);
  }

  #continues({ xorb, chunks }: Term): boolean {
    const last = this.list.at(-1);
    return last?.xorb === xorb && last.chunks.end === chunks.start;
  }
}
