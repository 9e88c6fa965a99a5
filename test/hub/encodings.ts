import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';

/** A content coding that the hub can use. */
export type Coding = 'gzip' | 'br' | 'zstd';

/** What a fault may ask for: a coding for those who accept it, or a body that swells. */
export const ENCODING_FAULTS = ['gzip', 'br', 'zstd', 'bomb'] as const;
export type EncodingFault = (typeof ENCODING_FAULTS)[number];

/** What a bomb becomes, in bytes: twice what the engine takes. */
export const BOMB_BYTES = 128 * 1024 * 1024;

/** In the order in which the hub likes them: gzip is what the Hub's edge was seen to send. */
const CODINGS: readonly Coding[] = ['gzip', 'br', 'zstd'];

const brotli = promisify(brotliCompress);
const encoders: Readonly<Record<Coding, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify(gzip),
  // The quality of answers that are compressed while somebody waits.
  br: (bytes) => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: promisify(zstdCompress),
};

/** The coding of an answer to those who accept `header`; undefined: as it is. */
export function chooseCoding(
  header: string | undefined,
  wanted: EncodingFault | undefined,
): Coding | undefined {
  const order = wanted === undefined || wanted === 'bomb' ? CODINGS : [wanted];
  return order.find((coding) => accepts(header ?? '', coding));
}

function accepts(header: string, coding: Coding): boolean {
  return new RegExp(`(^|[,\\s])${coding}(?!\\s*;\\s*q=0(\\.0+)?\\s*(,|$))`, 'i').test(header);
}

const packed: Readonly<Record<Coding, WeakMap<Buffer, Buffer>>> = {
  gzip: new WeakMap(),
  br: new WeakMap(),
  zstd: new WeakMap(),
};

/** Bytes in a coding; those of the same buffer are made once. */
export async function encode(bytes: Buffer, coding: Coding): Promise<Buffer> {
  const known = packed[coding].get(bytes) ?? (await encoders[coding](bytes));
  packed[coding].set(bytes, known);
  return known;
}

let zeros: Buffer | undefined;

/** Some kilobytes that become BOMB_BYTES. */
export function bomb(coding: Coding): Promise<Buffer> {
  zeros ??= Buffer.alloc(BOMB_BYTES);
  return encode(zeros, coding);
}
