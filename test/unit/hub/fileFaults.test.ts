import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { FaultSet } from '../../hub/faults.ts';
import { useSharedHub } from '../support/useHub.ts';
import { assertBytes } from '../../support/bytes.ts';

const REPO = 'cortexso/tinyllama';
const SIZE = 1_000_000;

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  /** The message came to its end in order. */
  readonly complete: boolean;
}

describe('Faults of the bytes of files', () => {
  const hub = useSharedHub({ models: 80 });

  /** What comes of a file until the end, the break, or so many bytes. */
  const get = async (range?: string, most = Infinity, path = 'faults.gguf'): Promise<Got> => {
    const address = `${hub().url}/${REPO}/resolve/main/${path}`;
    const { headers } = await fetch(address, { redirect: 'manual' });
    const asked = request(new URL(headers.get('location') ?? '', hub().url), {
      headers: range === undefined ? {} : { range: `bytes=${range}` },
    });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    let length = 0;
    try {
      const body = response as AsyncIterable<Buffer>;
      for await (const piece of most === 0 ? [] : body) {
        pieces.push(piece);
        length += piece.length;
        if (length >= most) break;
      }
    } catch {
      // `complete` tells of it.
    }
    asked.destroy();
    const { statusCode: status, complete } = response;
    return { status, headers: response.headers, bytes: Buffer.concat(pieces), complete };
  };

  let whole: Buffer = Buffer.alloc(0);
  before(async () => {
    await fetch(`${hub().url}/__hub/files`, {
      method: 'POST',
      body: JSON.stringify({ repository: REPO, files: [{ path: 'faults.gguf', size: SIZE }] }),
    });
    whole = (await get()).bytes;
    assert.equal(whole.length, SIZE);
  });
  const under = async (faults: FaultSet, range?: string, most?: number): Promise<Got> => {
    hub().setFaults({ rules: [{ match: 'cdn', ...faults }] });
    return get(range, most);
  };

  it('ignoreRange: the whole file, whatever was asked for', async () => {
    const got = await under({ ignoreRange: true }, '10-19');
    assert.equal(got.status, 200);
    assert.equal(got.headers['content-range'], undefined);
    assertBytes(got.bytes, whole);
  });

  it('zeroRange: the right range without a byte', async () => {
    const got = await under({ zeroRange: true }, '10-19');
    assert.deepEqual([got.status, got.complete, got.bytes.length], [206, true, 0]);
    assert.equal(got.headers['content-range'], `bytes 10-19/${SIZE}`);
    assertBytes((await get()).bytes, whole, 'a whole file is no range');
  });

  it('wrongRange: other bytes, and their Content-Range', async () => {
    const got = await under({ wrongRange: true }, '10-19');
    assert.deepEqual([got.status, got.headers['content-range']], [206, `bytes 11-19/${SIZE}`]);
    assertBytes(got.bytes, whole.subarray(11, 20));
  });

  it('endless: no length and no end', async () => {
    const got = await under({ endless: true }, '10-19', 2 * SIZE);
    assert.deepEqual([got.status, got.headers['content-length']], [206, undefined]);
    assert.equal(got.headers['content-range'], `bytes 10-19/${SIZE}`);
    assert.ok(got.bytes.length >= 2 * SIZE);
    assertBytes(got.bytes.subarray(0, SIZE - 10), whole.subarray(10));
  });

  it('short: a message that ends in order, and too early', async () => {
    const half = await under({ short: true }, '100-199');
    assert.deepEqual([half.status, half.complete], [206, true]);
    assert.equal(half.headers['content-range'], `bytes 100-199/${SIZE}`);
    assertBytes(half.bytes, whole.subarray(100, 150));
    const some = await under({ short: { bytes: 7, count: 1 } }, '100-199');
    assertBytes(some.bytes, whole.subarray(100, 107));
    assertBytes((await get('100-199')).bytes, whole.subarray(100, 200), 'once is over');
  });

  it('longer: more bytes than the range has', async () => {
    const inside = await under({ longer: { bytes: 5 } }, '100-199');
    assert.equal(inside.headers['content-range'], `bytes 100-199/${SIZE}`);
    assertBytes(inside.bytes, whole.subarray(100, 205));
    const beyond = await under({ longer: true });
    assert.equal(beyond.bytes.length, SIZE + 1_000);
    assertBytes(beyond.bytes.subarray(0, SIZE), whole);
  });

  it('corrupt: one byte of the file is another, in whichever range it comes', async () => {
    const at = 300_000;
    const spoiled = Buffer.from(whole);
    spoiled[at] = spoiled[at]! ^ 0xff;
    assertBytes((await under({ corrupt: at })).bytes, spoiled);
    assertBytes((await get('299990-300010')).bytes, spoiled.subarray(299_990, 300_011));
    assertBytes((await get('0-9')).bytes, whole.subarray(0, 10));
    assertBytes((await under({ corrupt: { at, count: 1 } })).bytes, spoiled);
    assertBytes((await get()).bytes, whole);
  });

  it('stall: nothing follows, and the connection stays', async () => {
    for (const stall of [0, 300_001]) {
      const got = await under({ stall }, undefined, stall);
      assert.equal(got.status, 200);
      assertBytes(got.bytes, whole.subarray(0, stall));
      assert.equal(got.complete, false);
    }
  });

  it('slow: so many bytes a second', async () => {
    const started = performance.now();
    const got = await under({ slow: 400_000 }, '0-99999');
    assertBytes(got.bytes, whole.subarray(0, 100_000));
    assert.ok(performance.now() - started >= 240);
  });

  it('resetEvery: a break each so many bytes, counted over all answers', async () => {
    const first = await under({ resetEvery: 250_000 }, '0-199999');
    assert.deepEqual([first.bytes.length, first.complete], [200_000, true]);
    const second = await get('200000-399999');
    assert.deepEqual([second.bytes.length, second.complete], [50_000, false]);
    assert.equal((await get('0-199999')).complete, true);
    const third = await get('0-199999');
    assert.deepEqual([third.bytes.length, third.complete], [50_000, false]);
  });

  it('etagChanges: another one from that request on', async () => {
    const etags = [];
    hub().setFaults({ rules: [{ match: 'cdn', etagChanges: 3 }] });
    for (let turn = 0; turn < 4; turn++) etags.push((await get('0-9')).headers.etag);
    assert.equal(etags[0], etags[1]);
    assert.notEqual(etags[1], etags[2]);
    assert.equal(etags[2], etags[3]);
  });

  it('hits files only, and through the resolve cache too', async () => {
    hub().setFaults({ short: { bytes: 3 } });
    const models = await fetch(`${hub().url}/api/models?author=cortexso&limit=1`);
    assert.equal(((await models.json()) as unknown[]).length, 1);
    assert.equal((await get(undefined, Infinity, 'README.md')).bytes.toString(), '---');
  });

  it('cdnOrigin: signed addresses lead elsewhere', async () => {
    hub().setFaults({ cdnOrigin: 'http://127.0.0.1:9' });
    const { headers } = await fetch(`${hub().url}/${REPO}/resolve/main/faults.gguf`, {
      redirect: 'manual',
    });
    assert.equal(new URL(headers.get('location') ?? '').host, '127.0.0.1:9');
  });

  it('refuses amounts that are none', () => {
    for (const fault of [{ slow: 0 }, { resetEvery: -1 }, { rules: [{ etagChanges: 1.5 }] }]) {
      assert.throws(() => hub().setFaults(fault), /whole number/);
    }
  });
});
