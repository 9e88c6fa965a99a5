import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

const { constants } = zlib;
// Each call takes a thread of the pool, so that several deltas are made side by side.
const compress = promisify(zlib.zstdCompress);
const decompress = promisify(zlib.zstdDecompress);

/** RFC 9842, 5: what stands before the frame of a dictionary-compressed file, and the hash after it. */
const DCZ_MAGIC = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 0x20, 0x00, 0x00, 0x00]);
const DCZ_HEADER = DCZ_MAGIC.length + 32;
/** RFC 8878, 3.1.1: how a zstd frame begins. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const MiB = 1024 * 1024;
/** The highest level whose decoder needs no more memory than that of all others. */
const LEVEL = 19;
/** Base 2 logarithm of the largest window that anybody has to decode: 128 MiB. */
const MOST_WINDOW = 27;

/** The sha256 of bytes, as 64 hex digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The name of the file that holds a body. */
export function bodyFile(sha256: string): string {
  return `${sha256}.zst`;
}

/** The name of the file that leads from one body to another. */
export function deltaFile(from: string, to: string): string {
  return `${from}-${to}.dcz`;
}

/** How long a compressed body of `size` bytes can be at most: what does not compress grows a little. */
export function mostCompressed(size: number): number {
  return size + (size >> 8) + 1024 + DCZ_HEADER;
}

/** A body as it is published: small, at any price, and the same bytes at every run. */
export function compressBody(body: Buffer): Promise<Buffer> {
  return compress(body, {
    pledgedSrcSize: body.length,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
  });
}

/** A body as a client keeps it: quick, and small enough. */
export function packBody(body: Buffer): Promise<Buffer> {
  return compress(body, { pledgedSrcSize: body.length });
}

/**
 * Undoes either; a body that came through a server which names zstd as an encoding, so that it was
 * undone on the way, is returned as it is. The result is to be checked by its hash.
 * @param size of the body in bytes: longer ones are refused before they take the memory
 * @throws of zlib, if these are no such bytes
 */
export async function unpackBody(packed: Uint8Array, size: number): Promise<Buffer> {
  if (!startsWith(packed, ZSTD_MAGIC)) return Buffer.from(packed);
  return await decompress(packed, { maxOutputLength: size, params: decoderWindow(size) });
}

/**
 * What leads from one body to the next: the dictionary-compressed zstd form of RFC 9842, with the
 * old body as dictionary. About as small as `zstd -19 --patch-from`, which does the same.
 */
export async function makeDelta(from: Buffer, to: Buffer): Promise<Buffer> {
  const frame = await compress(to, {
    dictionary: from,
    pledgedSrcSize: to.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: LEVEL,
      [constants.ZSTD_c_windowLog]: deltaWindow(from.length, to.length),
    },
  });
  return Buffer.concat([DCZ_MAGIC, createHash('sha256').update(from).digest(), frame]);
}

/**
 * Undoes `makeDelta`. The result is to be checked by its hash.
 * @param size of the result in bytes: longer ones are refused before they take the memory
 * @throws of zlib, or if these are no such bytes or belong to another body
 */
export async function applyDelta(from: Buffer, delta: Uint8Array, size: number): Promise<Buffer> {
  const expected = Buffer.concat([DCZ_MAGIC, createHash('sha256').update(from).digest()]);
  if (!startsWith(delta, expected)) throw new Error('The delta belongs to another body.');
  return await decompress(delta.subarray(DCZ_HEADER), {
    dictionary: from,
    maxOutputLength: size,
    params: decoderWindow(size),
  });
}

let dictionaries: boolean | undefined;

/** Whether this Node knows zstd dictionaries: before 22.19 it ignored them without a word. */
export function knowsDictionaries(): boolean {
  dictionaries ??= testDictionaries();
  return dictionaries;
}

function testDictionaries(): boolean {
  const dictionary = Buffer.from('a catalogue of models, and then the same once more');
  try {
    const frame = zlib.zstdCompressSync(dictionary, { dictionary });
    if (!zlib.zstdDecompressSync(frame, { dictionary }).equals(dictionary)) return false;
    return frame.length < zlib.zstdCompressSync(dictionary).length;
  } catch {
    return false;
  }
}

/**
 * RFC 9842, 5: the window of a delta is at most 8 MiB, or 1.25 times the dictionary if that is
 * more, and never above 128 MiB. As a logarithm. Within it, the whole of the dictionary stays in
 * reach as long as the window is no smaller than what is compressed.
 */
function deltaWindow(dictionary: number, size: number): number {
  const limit = Math.min(2 ** MOST_WINDOW, Math.max(8 * MiB, 1.25 * dictionary));
  return size <= limit ? windowFor(size) : Math.floor(Math.log2(limit));
}

/** A frame that claims a larger window than its content could need would take that memory. */
function decoderWindow(size: number): Record<number, number> {
  return { [constants.ZSTD_d_windowLogMax]: windowFor(size) };
}

function windowFor(size: number): number {
  return Math.min(MOST_WINDOW, Math.max(10, Math.ceil(Math.log2(size))));
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}
