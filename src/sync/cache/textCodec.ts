import zlib from 'node:zlib';
import type { Logger } from '../logger.ts';

/** How a text is kept: the name stands beside the bytes, so that every version can read them. */
export type TextEncoding = 'zstd' | 'br' | 'none';

export interface EncodedText {
  readonly encoding: TextEncoding;
  readonly bytes: Uint8Array;
}

interface Codec {
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

/** More than any text that is kept: damaged bytes must not unfold into all memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const limits = { maxOutputLength: MAX_BYTES };

export type Codecs = Readonly<Record<TextEncoding, Codec>>;

/** What this runtime may be able to do, best first. */
export const CODECS: Codecs = {
  zstd: {
    // The checksum tells damaged bytes from good ones.
    encode: (text) =>
      zlib.zstdCompressSync(text, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }),
    decode: (bytes) => zlib.zstdDecompressSync(bytes, limits).toString('utf8'),
  },
  br: {
    // The default quality of 11 takes a hundred times as long for a tenth less.
    encode: (text) =>
      zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
    decode: (bytes) => zlib.brotliDecompressSync(bytes, limits).toString('utf8'),
  },
  none: {
    encode: (text) => Buffer.from(text, 'utf8'),
    decode: (bytes) => Buffer.from(bytes).toString('utf8'),
  },
};

/** Text as it is kept on disk: by the best compression that this runtime has. */
export class TextCodec {
  readonly #codecs: Codecs;
  readonly #best: TextEncoding;

  /** Tries what there is: some runtimes lack zstd. */
  constructor(logger: Logger, codecs = CODECS) {
    this.#codecs = codecs;
    this.#best = (['zstd', 'br'] as const).find((name) => works(codecs[name])) ?? 'none';
    if (this.#best !== 'zstd') {
      logger.info(`This runtime has no zstd: details are kept with ${this.#best} instead.`);
    }
  }

  /** Short texts grow by compression: they are kept as they are. */
  encode(text: string): EncodedText {
    const plain = { encoding: 'none' as const, bytes: this.#codecs.none.encode(text) };
    if (this.#best === 'none') return plain;
    const small = { encoding: this.#best, bytes: this.#codecs[this.#best].encode(text) };
    return small.bytes.length < plain.bytes.length ? small : plain;
  }

  /** @throws if the bytes are damaged, or encoded in a way that is not known here */
  decode({ encoding, bytes }: EncodedText): string {
    return this.#codecs[encoding].decode(bytes);
  }
}

function works(codec: Codec): boolean {
  try {
    return codec.decode(codec.encode('works')) === 'works';
  } catch {
    return false;
  }
}
