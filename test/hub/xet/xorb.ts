import { hashToHex, xorbHash } from '@huggingface/xetchunk-wasm';
import type { Chunk } from '@huggingface/xetchunk-wasm';
import type { FileBody } from '../body.ts';
import { joined } from '../body.ts';
import { byteGrouped, lz4Frame } from './lz4.ts';

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_CHUNKS = 8_192;
const HEADER = 8;
/** Bytes of a chunk that are tried before all of it is compressed, and what they must shrink to. */
const SAMPLE = 4_096;
const WORTH_IT = 0.95;

const SCHEMES = { none: 0, lz4: 1, byteGroupedLz4: 2 } as const;
type Scheme = keyof typeof SCHEMES;

/** A chunk of a file and where its bytes are. */
export interface SourceChunk {
  readonly hash: Uint8Array;
  /** The hash in the form in which it is written and looked up. */
  readonly name: string;
  readonly length: number;
  readonly body: FileBody;
  readonly at: number;
}

interface StoredChunk extends SourceChunk {
  readonly scheme: Scheme;
  /** Bytes in the xorb before it, its own header and data, and bytes of data before it. */
  readonly offset: number;
  readonly size: number;
  readonly unpackedOffset: number;
}

/** Indexes of chunks, or offsets of bytes; the end is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

function bytesOf({ body, at, length }: SourceChunk, most = length): Buffer {
  return Buffer.concat([...body.read(at, at + Math.min(most, length))]);
}

function packed(bytes: Buffer, scheme: Scheme): Buffer {
  if (scheme === 'none') return bytes;
  return lz4Frame(scheme === 'lz4' ? bytes : byteGrouped(bytes));
}

/** The scheme that does most for a sample; none if none does much. */
function promisingScheme(chunk: SourceChunk): Scheme {
  const sample = bytesOf(chunk, SAMPLE);
  const sizes = {
    lz4: packed(sample, 'lz4').length,
    grouped: packed(sample, 'byteGroupedLz4').length,
  };
  if (Math.min(sizes.lz4, sizes.grouped) > sample.length * WORTH_IT) return 'none';
  return sizes.lz4 <= sizes.grouped ? 'lz4' : 'byteGroupedLz4';
}

function packing(chunk: SourceChunk): { readonly scheme: Scheme; readonly dataSize: number } {
  const scheme = promisingScheme(chunk);
  if (scheme === 'none') return { scheme, dataSize: chunk.length };
  const dataSize = packed(bytesOf(chunk), scheme).length;
  return dataSize < chunk.length
    ? { scheme, dataSize }
    : { scheme: 'none', dataSize: chunk.length };
}

/** Version 0, the packed length, the scheme and the length, as fact sheet 2.2 has them. */
function headerOf({ scheme, size, length }: StoredChunk): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUIntLE(size - HEADER, 1, 3);
  header.writeUInt8(SCHEMES[scheme], 4);
  header.writeUIntLE(length, 5, 3);
  return header;
}

function storedBody(chunk: StoredChunk): FileBody {
  const { scheme, size, body, at } = chunk;
  return {
    size,
    *read(from, to) {
      if (from < HEADER) yield headerOf(chunk).subarray(from, to);
      const [start, end] = [Math.max(from - HEADER, 0), to - HEADER];
      if (start >= end) return;
      if (scheme === 'none') yield* body.read(at + start, at + end);
      else yield packed(bytesOf(chunk), scheme).subarray(start, end);
    },
  };
}

/** Chunks that are stored and named together. Once sealed it has a hash and takes no more. */
export class Xorb {
  readonly #chunks: StoredChunk[] = [];
  #hash: string | undefined;
  #body: FileBody | undefined;

  get count(): number {
    return this.#chunks.length;
  }

  get hash(): string {
    if (this.#hash === undefined) throw new Error('a xorb has no hash before it is sealed');
    return this.#hash;
  }

  /** The bytes as they are stored. */
  get body(): FileBody {
    this.#body ??= joined(this.#chunks.map(storedBody));
    return this.#body;
  }

  nameAt(index: number): string | undefined {
    return this.#chunks[index]?.name;
  }

  lengthAt(index: number): number {
    return this.#at(index).length;
  }

  /** Takes a chunk in unless it has no room. */
  add(chunk: SourceChunk): boolean {
    const last = this.#chunks.at(-1);
    const offset = last ? last.offset + last.size : 0;
    const { scheme, dataSize } = packing(chunk);
    const size = HEADER + dataSize;
    if (this.count >= MOST_CHUNKS || offset + size > MOST_BYTES) return false;
    const unpackedOffset = last ? last.unpackedOffset + last.length : 0;
    this.#chunks.push({ ...chunk, scheme, offset, size, unpackedOffset });
    return true;
  }

  seal(): void {
    const chunks: Chunk[] = this.#chunks.map(({ hash, length }) => ({ hash, length }));
    this.#hash = hashToHex(xorbHash(chunks));
  }

  /** Bytes of the data of these chunks. */
  unpackedLength({ start, end }: Span): number {
    const last = this.#at(end - 1);
    return last.unpackedOffset + last.length - this.#at(start).unpackedOffset;
  }

  /** Bytes of the xorb that these chunks take. */
  bytesOf({ start, end }: Span): Span {
    const last = this.#at(end - 1);
    return { start: this.#at(start).offset, end: last.offset + last.size };
  }

  #at(index: number): StoredChunk {
    const chunk = this.#chunks[index];
    if (!chunk) throw new Error(`the xorb has no chunk ${index}`);
    return chunk;
  }
}
