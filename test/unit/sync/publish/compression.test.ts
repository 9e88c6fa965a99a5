import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  applyDelta,
  compressBody,
  knowsDictionaries,
  makeDelta,
  mostCompressed,
  packBody,
  unpackBody,
} from '../../../../src/sync/publish/compression.ts';
import { undoDelta } from '../../support/publishing.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';

const MiB = 1024 * 1024;

/** RFC 8878, 3.1.1.1: the window that a frame asks its reader for, in bytes. */
function windowOf(frame: Buffer): number {
  const descriptor = frame[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const exponent = frame[5]! >> 3;
    return 2 ** (10 + exponent) * (1 + (frame[5]! & 7) / 8);
  }
  const dictionaryId = [0, 1, 2, 4][descriptor & 3]!;
  const size = frame.subarray(5 + dictionaryId);
  switch (descriptor >> 6) {
    case 0:
      return size[0]!;
    case 1:
      return size.readUInt16LE() + 256;
    case 2:
      return size.readUInt32LE();
    default:
      return Number(size.readBigUInt64LE());
  }
}

describe('Compression of bodies', () => {
  it('knows that this Node knows dictionaries', () => {
    assert.equal(knowsDictionaries(), true);
  });

  it('gives back what it was given, whatever that is', async () => {
    const seed = seedOfRun();
    const next = randomNumbers(seed);
    for (let round = 0; round < 30; round++) {
      const bytes = (): Buffer =>
        Buffer.from(Array.from({ length: 1 + next() * 3_000 }, () => next() * 256));
      const [from, to] = [bytes(), bytes()];
      const hint = `SEED=${seed} round ${round}`;
      for (const packed of [await compressBody(to), await packBody(to)]) {
        assert.ok(packed.length <= mostCompressed(to.length), hint);
        assert.ok((await unpackBody(packed, to.length)).equals(to), hint);
      }
      const delta = await makeDelta(from, to);
      assert.ok(delta.length <= mostCompressed(to.length), hint);
      assert.ok((await applyDelta(from, delta, to.length)).equals(to), hint);
      assert.ok(undoDelta(from, delta).equals(to), hint);
    }
  });

  it('takes what a server has already undone', async () => {
    const body = Buffer.from('{"id":"acme/one"}\n');
    assert.ok((await unpackBody(body, body.length)).equals(body));
  });

  it('undoes a delta with the body that it belongs to only', async () => {
    const [from, to] = [Buffer.from('one '.repeat(99)), Buffer.from('two '.repeat(99))];
    const delta = await makeDelta(from, to);
    await assert.rejects(applyDelta(to, delta, to.length), /belongs to another body/);
    assert.equal(
      delta.subarray(8, 40).toString('hex'),
      createHash('sha256').update(from).digest('hex'),
    );
  });

  it('takes no more memory than it was told', async () => {
    const body = Buffer.alloc(MiB);
    for (const packed of [await compressBody(body), await packBody(body)])
      await assert.rejects(unpackBody(packed, MiB - 1));
    await assert.rejects(applyDelta(Buffer.from('x'), await makeDelta(Buffer.from('x'), body), 9));
  });

  it('asks for no larger window than RFC 9842 lets a reader refuse', async () => {
    const large = Buffer.alloc(9 * MiB, 'a line of a catalogue');
    for (const [from, to] of [
      [large.subarray(0, 1_000), large],
      [large.subarray(0, 8 * MiB), large],
      [large, large.subarray(0, MiB)],
    ] as const) {
      const delta = await makeDelta(from, to);
      const limit = Math.min(128 * MiB, Math.max(8 * MiB, 1.25 * from.length));
      const window = windowOf(delta.subarray(40));
      assert.ok(window <= limit, `${window} of ${limit}`);
      assert.ok((await applyDelta(from, delta, to.length)).equals(to));
    }
  });
});
