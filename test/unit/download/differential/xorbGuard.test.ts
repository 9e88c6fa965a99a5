import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { guardedChunks } from '../../../../src/download/differential/xorbGuard.ts';
import { Bounds } from '../../../fuzz/bounds.ts';
import { lz4Frame } from '../../../hub/xet/lz4.ts';

const TEXT = Buffer.from('what a chunk holds '.repeat(100));
const FRAME = lz4Frame(TEXT);
const STORED = chunk(TEXT, TEXT.length, 0);
const PACKED = chunk(FRAME, TEXT.length, 1);
/** Where the length of its only block stands in a frame. */
const BLOCK = 7;

describe('What the decoder of Xet storage may read', () => {
  it('is chunks as they are, whatever the pieces are that they come in', async () => {
    const bytes = Buffer.concat([STORED, PACKED, STORED]);
    for (const length of [1, 7, 8, 1_000, bytes.length]) {
      assert.ok((await read(bytes, length)).equals(bytes), `pieces of ${length} bytes`);
    }
  });

  it('is parts with a mark that no chunk holds', async () => {
    const trap = Buffer.from('\r\n--of\r\n\r\n');
    const parts = [PACKED, chunk(trap, trap.length, 0)];
    const body = Buffer.concat([
      ...parts.flatMap((part) => [Buffer.from('--of\r\ncontent-type: x\r\n\r\n'), part]),
      Buffer.from('\r\n--of--'),
    ]);
    const ends = [PACKED.length - 1, PACKED.length + (parts[1]?.length ?? 0) - 1];
    const answer = guardedChunks(
      {
        status: 206,
        headers: { 'content-type': 'multipart/byteranges; boundary=of' },
        body: inPieces(body, 50),
      },
      `bytes=0-${ends[0]},${PACKED.length}-${ends[1]}`,
    );
    const mark = /boundary=([\w-]{36})$/.exec(String(answer.headers['content-type']))?.[1];
    const head = `\r\n--${mark}\r\ncontent-type: application/octet-stream\r\n\r\n`;
    const expected = [...parts.flatMap((part) => [Buffer.from(head), part])];
    const end = Buffer.from(`\r\n--${mark}--\r\n`);
    assert.ok((await buffer(answer.body)).equals(Buffer.concat([...expected, end])));
  });

  it('is the words of an error, as they are', async () => {
    const error = { status: 403, headers: {}, body: inPieces(Buffer.from('no'), 2) };
    assert.equal((await buffer(guardedChunks(error, 'bytes=0-9').body)).toString(), 'no');
  });

  const lies: Readonly<Record<string, Buffer>> = {
    'a block of 2 GiB': chunk(changed(FRAME, BLOCK, 0x7fffffff), TEXT.length, 1),
    'a stored block of 2 GiB': chunk(changed(FRAME, BLOCK, 0xffffffff), TEXT.length, 1),
    'a frame without an end': chunk(FRAME.subarray(0, -4), TEXT.length, 1),
    'a match without an end': chunk(bomb(), 128 * 1024, 1),
    'another length than its frame': chunk(FRAME, TEXT.length - 1, 1),
    'another length than its bytes': chunk(TEXT, TEXT.length + 1, 0),
    'more than 128 KiB': chunk(TEXT, 0xffffff, 0),
    'more than 128 KiB, packed': Buffer.concat([header(0xffffff, 1, 1), Buffer.alloc(10)]),
    'more bytes than there are': STORED.subarray(0, -1),
    'half a header': Buffer.concat([STORED, STORED.subarray(0, 5)]),
  };
  for (const [name, bytes] of Object.entries(lies)) {
    it(`is no chunk that says of itself: ${name}`, async () => {
      await new Bounds().hold(bytes.length, async () => {
        await assert.rejects(read(bytes, 100));
      });
    });
  }
});

/** A match that says with each of its bytes that it is 255 longer. */
function bomb(): Buffer {
  const frame = Buffer.concat([
    ...[FRAME.subarray(0, BLOCK), Buffer.alloc(4), Buffer.from([0x1f, 0x61, 0x02, 0x00])],
    ...[Buffer.alloc(100_000, 0xff), Buffer.alloc(5)],
  ]);
  return changed(frame, BLOCK, frame.length - BLOCK - 8);
}

function changed(frame: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt32LE(value, at);
  return copy;
}

function chunk(packed: Buffer, length: number, scheme: number): Buffer {
  return Buffer.concat([header(packed.length, length, scheme), packed]);
}

function header(packed: number, length: number, scheme: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntLE(packed, 1, 3);
  bytes.writeUInt8(scheme, 4);
  bytes.writeUIntLE(length, 5, 3);
  return bytes;
}

async function read(bytes: Buffer, length: number): Promise<Buffer> {
  const answer = { status: 206, headers: {}, body: inPieces(bytes, length) };
  return buffer(guardedChunks(answer, `bytes=0-${bytes.length - 1}`).body);
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
