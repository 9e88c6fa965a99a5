import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { getRows } from './support.ts';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody, tensorBytes, tensorDataStart } from '../../hub/gguf.ts';
import {
  ggufRecipe,
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../hub/ggufRecipe.ts';
import { useHub } from '../support/useHub.ts';
import { assertBytes } from '../../support/bytes.ts';

const REPO = 'cortexso/tinyllama';
const TYPE_IDS = { F32: 0, F16: 1, Q8_0: 8, Q4_K: 12 };

function bytesOf(recipe: GgufRecipe, from = 0, to = ggufBody(recipe).size): Buffer {
  return Buffer.concat([...ggufBody(recipe).read(from, to)]);
}

/** Reads what the format says of a file, with nothing taken from the code that wrote it. */
class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  uint64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64LE(this.#at - 8));
  }

  text(length = this.uint64()): string {
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  value(): string | number {
    const type = this.uint32();
    if (type === 8) return this.text();
    if (type === 10) return this.uint64();
    this.#at += 4;
    const at = this.#at - 4;
    if (type === 4) return this.#bytes.readUInt32LE(at);
    if (type === 5) return this.#bytes.readInt32LE(at);
    assert.equal(type, 6);
    return this.#bytes.readFloatLE(at);
  }
}

function parse(bytes: Buffer) {
  const reader = new Reader(bytes);
  assert.equal(reader.text(4), 'GGUF');
  assert.equal(reader.uint32(), 3);
  const [tensorCount, entryCount] = [reader.uint64(), reader.uint64()];
  const metadata = Object.fromEntries(
    Array.from({ length: entryCount }, () => [reader.text(), reader.value()] as const),
  );
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = reader.text();
    const shape = Array.from({ length: reader.uint32() }, () => reader.uint64());
    return { name, shape, type: reader.uint32(), offset: reader.uint64() };
  });
  return { metadata, tensors, dataStart: Math.ceil(reader.at / 32) * 32 };
}

describe('GGUF files made to order', () => {
  const metadata = {
    text: 'ü',
    small: 7,
    negative: -3,
    half: 0.5,
    huge: 2 ** 40,
    most: 2 ** 32 - 1,
  };
  const mixed: GgufRecipe = {
    metadata,
    tensors: [
      { name: 'a', type: 'F32', shape: [5], seed: 1 },
      { name: 'b', type: 'F16', shape: [3, 3], seed: 2 },
      { name: 'c', type: 'Q8_0', shape: [64, 2], seed: 3 },
      { name: 'd', type: 'Q4_K', shape: [256, 4_000], seed: 4 },
    ],
  };

  it('say of themselves what they were made from', () => {
    const bytes = bytesOf(mixed);
    const read = parse(bytes);
    assert.deepEqual(read.metadata, metadata);
    assert.deepEqual(
      read.tensors,
      mixed.tensors.map(({ name, type, shape }, n) => ({
        name,
        shape,
        type: TYPE_IDS[type],
        offset: [0, 32, 64, 224][n],
      })),
    );
    assert.equal(read.dataStart, tensorDataStart(mixed));
    assert.equal(bytes.length, read.dataStart + 224 + 4_000 * 144);
  });

  it('are the same read in parts', () => {
    const bytes = bytesOf(mixed);
    const start = tensorDataStart(mixed);
    for (const [from, to] of [
      [0, 1],
      [start - 3, start + 70],
      [start + 19, start + 33],
      [start + 300, start + 300_001],
      [bytes.length - 1, bytes.length],
    ] as const)
      assertBytes(bytesOf(mixed, from, to), bytes.subarray(from, to), `${from}-${to}`);
  });

  const base = ggufRecipe({ tensors: 4, tensorBytes: 144_000 });
  const tensor = (recipe: GgufRecipe, name: string): string => {
    const bytes = bytesOf(recipe);
    const { tensors, dataStart } = parse(bytes);
    const n = tensors.findIndex((one) => one.name === name);
    const from = dataStart + (tensors[n]?.offset ?? NaN);
    const data = bytes.subarray(from, from + tensorBytes(recipe.tensors[n]!));
    return createHash('sha256').update(data).digest('hex');
  };
  const names = base.tensors.map(({ name }) => name);
  const hashes = (recipe: GgufRecipe) => names.map((name) => tensor(recipe, name));

  it('have tensors of their own, of the size asked for', () => {
    assert.equal(new Set(hashes(base)).size, 4);
    assert.equal(tensorBytes(base.tensors[0]!), 144_000);
    const other = ggufRecipe({ tensors: 4, tensorBytes: 144_000, seed: 2 });
    assert.equal(new Set([...hashes(base), ...hashes(other)]).size, 8);
  });

  it('keep their tensors behind another header, and all but the changed or before the inserted', () => {
    const longer = withMetadata(base, { 'tokenizer.chat_template': 'x'.repeat(9_999) });
    assert.deepEqual(hashes(longer), hashes(base));
    assert.ok(tensorDataStart(longer) > tensorDataStart(base) + 9_000);
    const changed = hashes(withChangedTensors(base, 2));
    assert.deepEqual(
      changed.map((hash, n) => hash === hashes(base)[n]),
      [true, true, false, true],
    );
    const inserted = withInsertedTensor(base, 1);
    assert.deepEqual(hashes(inserted), hashes(base));
    assert.ok(!hashes(base).includes(tensor(inserted, `${names[1]}.inserted`)));
    assert.equal(ggufBody(inserted).size - ggufBody(base).size > 144_000, true);
  });

  it('keep nothing but names and shapes when they are quantised anew', () => {
    const other = requantised(base, 'Q8_0');
    assert.ok(hashes(other).every((hash) => !hashes(base).includes(hash)));
    assert.ok(ggufBody(other).size > 1.8 * ggufBody(base).size);
  });

  const hub = useHub({ models: 80 });
  const commit = async (gguf: unknown) =>
    fetch(`${hub().url}/__hub/commit`, {
      method: 'POST',
      body: JSON.stringify({ repository: REPO, files: [{ path: 'made.gguf', gguf }] }),
    });

  it('are committed with their true hash, and served in ranges', async () => {
    assert.equal((await commit(mixed)).status, 200);
    const row = (await getRows(hub(), `/api/models/${REPO}/tree/main`)).find(
      ({ path }) => path === 'made.gguf',
    );
    const bytes = bytesOf(mixed);
    assert.equal(row?.['size'], bytes.length);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal((row['lfs'] as { oid: string }).oid, sha256);
    const address = `${hub().url}/${REPO}/resolve/main/made.gguf`;
    const part = await fetch(address, { headers: { Range: 'bytes=100-300099' } });
    assert.equal(part.status, 206);
    assertBytes(Buffer.from(await part.arrayBuffer()), bytes.subarray(100, 300_100));
  });

  it('are refused where no file can be made', async () => {
    const tensors = mixed.tensors.map((one) => ({ ...one }));
    for (const wrong of [
      {},
      { metadata, tensors: {} },
      { metadata: { list: [1] }, tensors },
      { metadata, tensors: [{ ...tensors[0], type: 'Q3_K' }] },
      { metadata, tensors: [{ ...tensors[3], shape: [100] }] },
      { metadata, tensors: [{ ...tensors[0], shape: [] }] },
      { metadata, tensors: [{ ...tensors[0], seed: 'one' }] },
    ])
      assert.equal((await commit(wrong)).status, 400, JSON.stringify(wrong));
  });
});
