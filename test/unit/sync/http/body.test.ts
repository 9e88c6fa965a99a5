import assert from 'node:assert/strict';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ACCEPT_ENCODING, readBody } from '../../../../src/sync/http/body.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { until } from '../../support/until.ts';

const MEGABYTE = 1024 * 1024;
const text = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ id: `a/${index}` })));
const encoders: Record<string, (data: Buffer) => Buffer> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
};

/** A body in pieces, which knows whether it was let go of. */
class Body implements AsyncIterable<Uint8Array> {
  readonly #pieces: readonly Uint8Array[];
  readonly #failure: Error | undefined;
  given = 0;
  released = false;

  constructor(data: Uint8Array, pieceSize = 1_000, failure?: Error) {
    this.#pieces = Array.from({ length: Math.ceil(data.length / pieceSize) }, (_, index) =>
      data.subarray(index * pieceSize, (index + 1) * pieceSize),
    );
    this.#failure = failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of this.#pieces) {
        this.given += piece.length;
        yield await Promise.resolve(piece);
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.released = true;
    }
  }
}

function read(body: Body, encoding?: string, maxBytes = MEGABYTE): Promise<Buffer> {
  return readBody(body, encoding, maxBytes, () => undefined);
}

describe('A body', () => {
  for (const encoding of [undefined, '', 'identity', 'Identity']) {
    it(`is taken as it is where the encoding is ${encoding ?? 'not said'}`, async () => {
      assert.equal(String(await read(new Body(Buffer.from(text)), encoding)), text);
    });
  }

  for (const [encoding, encode] of Object.entries(encoders)) {
    it(`is decoded from ${encoding}, which the client says it understands`, async () => {
      assert.ok(ACCEPT_ENCODING.split(', ').includes(encoding));
      const body = new Body(encode(Buffer.from(text)), 100);
      assert.equal(String(await read(body, ` ${encoding.toUpperCase()} `)), text);
    });

    it(`that is a bomb in ${encoding} is refused before it has gone off`, async () => {
      const bomb = encode(Buffer.alloc(40 * MEGABYTE));
      const body = new Body(bomb, 4_000);
      await rejectsWith(read(body, encoding, MEGABYTE), 'badAnswer', /longer than 1048576 bytes/);
      assert.ok(body.released, 'the connection is kept');
    });

    it(`that breaks off in ${encoding} is an error`, async () => {
      const whole = encode(Buffer.from(text));
      await assert.rejects(read(new Body(whole.subarray(0, whole.length / 2)), encoding));
    });

    it(`that is not ${encoding} though it says so is an error`, async () => {
      const body = new Body(Buffer.from('<html>not encoded</html>'.repeat(100)), 200);
      await assert.rejects(read(body, encoding));
    });
  }

  for (const [outer, encodeAgain] of Object.entries(encoders)) {
    for (const [inner, encode] of Object.entries(encoders)) {
      it(`is decoded from ${outer} around ${inner}`, async () => {
        const body = new Body(encodeAgain(encode(Buffer.from(text))), 100);
        assert.equal(String(await read(body, `${inner}, ${outer}`)), text);
      });

      it(`that is a bomb in ${outer} around ${inner} is refused before it has gone off`, async () => {
        const body = new Body(encodeAgain(encode(Buffer.alloc(6 * MEGABYTE))), 4_000);
        await rejectsWith(read(body, `${inner}, ${outer}`), 'badAnswer', /longer than/);
        await until(() => body.released);
      });
    }
  }

  it('that swells in between is refused, though it is small in the end', async () => {
    // Members of gzip without a byte inside: 5 MB that become nothing.
    const empty = gzipSync(Buffer.alloc(0));
    const members = Buffer.alloc((MEGABYTE / 4) * empty.length, empty);
    const body = new Body(brotliCompressSync(members), 4_000);
    await rejectsWith(read(body, 'gzip, br'), 'badAnswer', /longer than/);
    await until(() => body.released);
  }).timeout(20_000);

  it('that is a bomb is not held beyond what is allowed', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(100 * MEGABYTE));
    const before = process.memoryUsage().arrayBuffers;
    let most = before;
    const watched = {
      async *[Symbol.asyncIterator]() {
        for await (const piece of new Body(bomb, 200)) {
          most = Math.max(most, process.memoryUsage().arrayBuffers);
          yield piece;
        }
      },
    };
    await rejectsWith(
      readBody(watched, 'zstd', MEGABYTE, () => undefined),
      'badAnswer',
    );
    most = Math.max(most, process.memoryUsage().arrayBuffers);
    assert.ok(most - before < 16 * MEGABYTE, `${most - before} bytes`);
  }).timeout(20_000);

  it('that needs a window larger than the web allows is not decoded', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 26 };
    const data = zstdCompressSync(Buffer.alloc(80 * MEGABYTE), { params });
    await assert.rejects(read(new Body(data, 100), 'zstd', 100 * MEGABYTE), /memory/);
  });

  it('that is encoded more often than anybody would is refused', async () => {
    const encoding = Array.from({ length: 4 }, () => 'gzip').join(', ');
    await rejectsWith(read(new Body(Buffer.from(text)), encoding), 'badAnswer', /unknown encoding/);
  });

  it('that is too long as it is sent is refused, and not read to its end', async () => {
    const body = new Body(Buffer.alloc(MEGABYTE), 10_000);
    await rejectsWith(read(body, undefined, 100_000), 'badAnswer');
    assert.ok(body.given <= 120_000);
    assert.ok(body.released);
  });

  it('may be just as long as is allowed', async () => {
    assert.equal((await read(new Body(Buffer.alloc(5_000)), undefined, 5_000)).length, 5_000);
  });

  it('in an unknown encoding is refused, and its connection let go of', async () => {
    const body = new Body(Buffer.from(text));
    await rejectsWith(read(body, 'compress'), 'badAnswer', /unknown encoding compress/);
    assert.ok(body.released, 'the connection is kept');
  });

  for (const encoding of [undefined, 'gzip']) {
    it(`whose stream fails is an error, ${encoding ?? 'plain'}`, async () => {
      const failure = new Error('socket hang up');
      const data = gzipSync(Buffer.from(text)).subarray(0, -20);
      await assert.rejects(read(new Body(data, 50, failure), encoding), /socket hang up/);
    });
  }

  it('is counted as it was received', async () => {
    const data = gzipSync(Buffer.from(text));
    let received = 0;
    await readBody(new Body(data, 100), 'gzip', MEGABYTE, (count) => (received += count));
    assert.equal(received, data.length);
  });
});
