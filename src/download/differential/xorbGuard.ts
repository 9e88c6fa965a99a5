import { randomUUID } from 'node:crypto';
import type { TransportResponse } from '../../sync/http/transport.ts';
import { ByteReader } from './byteReader.ts';
import { lz4Length } from './lz4Length.ts';

/** Version, packed length (3 bytes), how it is packed, length (3 bytes). */
const HEADER_BYTES = 8;
/** No chunk is longer (huggingface.co/docs/xet: chunking); one that packing makes longer is not packed. */
const MAX_CHUNK_BYTES = 128 * 1024;
/** What packing may add all the same: uploaders differ. */
const PACKING_BYTES = 1024;
/** What stands above the bytes of a part. */
const MAX_PART_HEAD = 4 * 1024;

type XorbAnswer = Pick<TransportResponse, 'status' | 'headers' | 'body'>;

/**
 * What the decoder may read of a xorb: an answer with chunk after chunk, or with several parts of
 * them, each chunk looked at before it is handed on. The body of the answer fails where one is not
 * what it says. An answer that has no chunks stays as it is.
 * @param asked the header `Range` that is answered
 */
export function guardedChunks({ status, headers, body }: XorbAnswer, asked: string): XorbAnswer {
  if (status !== 200 && status !== 206) return { status, headers, body };
  if (!isMultipart(headers)) return { status, headers, body: chunksOf(body) };
  // Where a part ends is decided here: a mark of the answer's own might stand within a chunk.
  const mark = randomUUID();
  return {
    status,
    headers: { ...headers, 'content-type': `multipart/byteranges; boundary=${mark}` },
    body: partsOf(body, lengthsIn(asked), mark),
  };
}

function isMultipart(headers: TransportResponse['headers']): boolean {
  return String(headers['content-type']).startsWith('multipart/byteranges');
}

/** Of `bytes=0-9,20-29`: 10 and 10. */
function lengthsIn(asked: string): readonly number[] {
  return [...asked.matchAll(/(\d+)-(\d+)/g)].map(([, from, to]) => Number(to) - Number(from) + 1);
}

async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(body);
  try {
    yield* chunks(reader, Infinity);
  } finally {
    await reader.close();
  }
}

async function* partsOf(
  body: AsyncIterable<Uint8Array>,
  lengths: readonly number[],
  mark: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(body);
  try {
    for (const length of lengths) {
      await reader.skipThrough('\r\n\r\n', MAX_PART_HEAD);
      yield Buffer.from(`\r\n--${mark}\r\ncontent-type: application/octet-stream\r\n\r\n`);
      yield* chunks(reader, length);
    }
    yield Buffer.from(`\r\n--${mark}--\r\n`);
  } finally {
    await reader.close();
  }
}

/** Chunks of so many bytes together, or all that come. */
async function* chunks(reader: ByteReader, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0;) {
    const header = await reader.take(HEADER_BYTES);
    if (header.length === 0 && left === Infinity) return;
    const packed = await reader.take(packedLength(header));
    refuseLies(header, packed);
    yield header;
    yield packed;
    left -= header.length + packed.length;
    if (left < 0) throw new Error('a chunk is longer than its part');
  }
}

/** @throws Error before more is read than a chunk can have */
function packedLength(header: Buffer): number {
  if (header.length < HEADER_BYTES) throw new Error('there is less than a chunk');
  const length = header.readUIntLE(1, 3);
  if (length > MAX_CHUNK_BYTES + PACKING_BYTES)
    throw new Error('a chunk is longer than chunks are');
  return length;
}

function refuseLies(header: Buffer, packed: Buffer): void {
  if (packed.length < packedLength(header)) throw new Error('there is less than a chunk');
  const told = header.readUIntLE(5, 3);
  if (told > MAX_CHUNK_BYTES) throw new Error('a chunk is longer than chunks are');
  const length = header[4] === 0 ? packed.length : lz4Length(packed);
  if (length !== told) throw new Error('a chunk has another length than it says');
}
