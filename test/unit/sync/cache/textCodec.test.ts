import assert from 'node:assert/strict';
import type { Codecs } from '../../../../src/sync/cache/textCodec.ts';
import { CODECS, TextCodec } from '../../../../src/sync/cache/textCodec.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';

const LONG = '# Überschrift\n\nThe same words again and again. '.repeat(200);
const missing = {
  encode: (): Uint8Array => {
    throw new TypeError('zlib.zstdCompressSync is not a function');
  },
  decode: (): string => {
    throw new TypeError('zlib.zstdDecompressSync is not a function');
  },
};

describe('Text at rest', () => {
  for (const [name, codecs, lines] of [
    ['zstd', CODECS, 0],
    ['br', { ...CODECS, zstd: missing }, 1],
    ['none', { ...CODECS, zstd: missing, br: missing }, 1],
  ] as const satisfies readonly (readonly [string, Codecs, number])[]) {
    it(`is kept by ${name} where that is the best there is, and comes back whole`, () => {
      const logger = collectingLogger();
      const codec = new TextCodec(logger, codecs);
      const encoded = codec.encode(LONG);
      assert.equal(encoded.encoding, name);
      assert.equal(codec.decode(encoded), LONG);
      assert.equal(logger.lines.length, lines);
    });
  }

  it('takes a small part of the room', () => {
    const { bytes } = new TextCodec(collectingLogger()).encode(LONG);
    assert.ok(bytes.length < Buffer.byteLength(LONG) / 20, `${bytes.length}`);
  });

  it('is kept as it is where compression would make it longer', () => {
    const codec = new TextCodec(collectingLogger());
    for (const text of ['', '{}', 'short']) {
      assert.equal(codec.encode(text).encoding, 'none');
      assert.equal(codec.decode(codec.encode(text)), text);
    }
  });

  it('is not believed if a single bit of it was turned', () => {
    const codec = new TextCodec(collectingLogger());
    const { encoding, bytes } = codec.encode(LONG);
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 1;
      let text: string | undefined;
      try {
        text = codec.decode({ encoding, bytes: damaged });
      } catch {
        continue;
      }
      // A bit that means nothing may turn; what is given back must be what was kept.
      assert.equal(text, LONG, `byte ${at}`);
    }
  });

  it('written in a way that this runtime does not know cannot be read', () => {
    const old = new TextCodec(collectingLogger(), { ...CODECS, zstd: missing });
    assert.throws(() => old.decode({ encoding: 'zstd', bytes: new Uint8Array(8) }));
  });
});
