import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readTensorTable } from '../../../../src/download/differential/ggufTable.ts';
import { tensorBytes, tensorDataStart } from '../../../hub/gguf.ts';
import { ggufRecipe } from '../../../hub/ggufRecipe.ts';
import { ggufFile } from './support.ts';

type Field = number | bigint | string;

/** Bytes of a header: numbers have 4 bytes, big ones 8, and a text has its length before it. */
function bytesOf(...fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      if (typeof field === 'string')
        return Buffer.concat([bytesOf(BigInt(Buffer.byteLength(field))), Buffer.from(field)]);
      const bytes = Buffer.alloc(typeof field === 'bigint' ? 8 : 4);
      if (typeof field === 'bigint') bytes.writeBigUInt64LE(field);
      else bytes.writeUInt32LE(field);
      return bytes;
    }),
  );
}

const MAGIC = 0x46554747;
const [UINT8, UINT32, STRING, ARRAY, UINT64] = [0, 4, 8, 9, 10];

/** The table of a file of 4096 bytes with these values and tensors, each `[name, offset]`. */
function tableWith(
  values: readonly Buffer[],
  tensors: readonly (readonly [name: string, offset: bigint])[] = [['a', 0n]],
  { magic = MAGIC, version = 3, size = 4096, dimensions = 1 } = {},
) {
  const head = Buffer.concat([
    bytesOf(magic, version, BigInt(tensors.length), BigInt(values.length)),
    ...values,
    ...tensors.map(([name, offset]) =>
      bytesOf(name, dimensions, ...Array.from({ length: dimensions }, () => 1n), 0, offset),
    ),
  ]);
  const table = readTensorTable(head, size);
  if (table === undefined || table === 'incomplete') return table;
  const placed = table.tensors.map(({ name, start, end }) => [
    ...[name, start - table.dataOffset, end - table.dataOffset],
  ]);
  return { head: head.length, size, dataOffset: table.dataOffset, placed };
}

describe('The tensor table of a GGUF file', () => {
  const recipe = ggufRecipe({
    tensors: 7,
    tensorBytes: 20_000,
    metadata: { 'llama.rope.freq_base': 10_000.5, 'tokenizer.chat_template': 'x'.repeat(3_000) },
  });
  const file = ggufFile(recipe);

  it('says where each tensor is', () => {
    const table = readTensorTable(file, file.length);
    assert.ok(table !== undefined && table !== 'incomplete');
    assert.equal(table.dataOffset, tensorDataStart(recipe));
    let at = table.dataOffset;
    assert.deepEqual(
      table.tensors.map(({ name }) => name),
      recipe.tensors.map(({ name }) => name),
    );
    for (const [index, { start, end, shape }] of table.tensors.entries()) {
      const made = recipe.tensors[index]!;
      assert.equal(start, at);
      assert.ok(end - start >= tensorBytes(made) && end - start < tensorBytes(made) + 32);
      assert.deepEqual(shape.map(Number), made.shape);
      at = end;
    }
    assert.equal(at, file.length);
  });

  it('is incomplete until the last byte of it is there', () => {
    const whole = readTensorTable(file, file.length);
    const length = tensorDataStart(recipe);
    for (let end = 0; end < length - 32; end += 7) {
      assert.equal(readTensorTable(file.subarray(0, end), file.length), 'incomplete', String(end));
    }
    assert.deepEqual(readTensorTable(file.subarray(0, length), file.length), whole);
  });

  it('is none of a file that is something else, or ends before its tensors do', () => {
    assert.equal(readTensorTable(Buffer.from('PK\u0003\u0004 no model'), 14), undefined);
    assert.equal(readTensorTable(file, file.length - 30_000), undefined);
    assert.equal(readTensorTable(file.subarray(0, 100), 100), undefined);
  });

  for (const [name, value] of [
    ['a number', bytesOf('k', UINT32, 7)],
    ['a large number', bytesOf('k', UINT64, 7n)],
    ['a byte', Buffer.concat([bytesOf('k', UINT8), Buffer.from([7])])],
    ['a text', bytesOf('k', STRING, 'a text that is long enough to be missed')],
    ['many numbers', bytesOf('k', ARRAY, UINT32, 5n, 1, 2, 3, 4, 5)],
    ['many texts', bytesOf('k', ARRAY, STRING, 3n, 'one', '', 'three')],
    ['nothing at all', bytesOf('k', ARRAY, STRING, 0n)],
    ['an alignment that is none', bytesOf('general.alignment', UINT64, 64n)],
    ['an alignment under another name', bytesOf('other.alignment', UINT32, 512)],
  ] as const) {
    it(`begins behind ${name} among the values`, () => {
      const table = tableWith([value]);
      assert.ok(typeof table === 'object');
      assert.equal(table.dataOffset, Math.ceil(table.head / 32) * 32);
      assert.deepEqual(table.placed, [['a', 0, table.size - table.dataOffset]]);
    });
  }

  it('is aligned as the file says', () => {
    for (const alignment of [1, 64, 4096]) {
      const table = tableWith([bytesOf('general.alignment', UINT32, alignment)]);
      assert.ok(typeof table === 'object', String(alignment));
      assert.equal(table.dataOffset, Math.ceil(table.head / alignment) * alignment);
    }
  });

  it('is in the order of the bytes, whatever the order of the entries', () => {
    const table = tableWith(
      [],
      [
        ['second', 64n],
        ['none', 64n],
        ['first', 0n],
      ],
    );
    assert.ok(typeof table === 'object');
    const end = table.size - table.dataOffset;
    assert.deepEqual(table.placed, [
      ['first', 0, 64],
      ['second', 64, 64],
      ['none', 64, end],
    ]);
  });

  it('may be empty, and end with the file', () => {
    assert.deepEqual(tableWith([], [], { size: 24 }), undefined, 'its data begins behind its end');
    const table = tableWith([], [], { size: 32 });
    assert.deepEqual(table, { head: 24, size: 32, dataOffset: 32, placed: [] });
  });

  it('is read in versions 2 and 3 and no other', () => {
    const isRead = [1, 2, 3, 4].map((version) => tableWith([], undefined, { version }));
    assert.deepEqual(
      isRead.map((table) => typeof table === 'object'),
      [false, true, true, false],
    );
  });

  for (const [name, table] of [
    ['has another magic', () => tableWith([], undefined, { magic: MAGIC + 1 })],
    ['is aligned by nothing', () => tableWith([bytesOf('general.alignment', UINT32, 0)])],
    [
      'is aligned by more than there is',
      () => tableWith([bytesOf('general.alignment', UINT32, 4097)]),
    ],
    ['has a value of a type that nobody knows', () => tableWith([bytesOf('k', 13, 0)])],
    ['has a list of lists', () => tableWith([bytesOf('k', ARRAY, ARRAY, 1n, UINT32, 1n, 7)])],
    ['has a list of unknown types', () => tableWith([bytesOf('k', ARRAY, 99, 0n)])],
    [
      'has a list longer than can be counted',
      () => tableWith([bytesOf('k', ARRAY, STRING, 2n ** 60n)]),
    ],
    ['has a text longer than can be counted', () => tableWith([bytesOf('k', STRING, 2n ** 60n)])],
    ['has a name longer than all there is', () => tableWith([bytesOf(10_000n, 0n, 0n)])],
    ['has a tensor behind its end', () => tableWith([], [['a', 5_000n]])],
    ['has a tensor behind all numbers', () => tableWith([], [['a', 2n ** 60n]])],
    ['has a tensor of nine dimensions', () => tableWith([], undefined, { dimensions: 9 })],
  ] as const) {
    it(`is none of a file that ${name}`, () => assert.equal(table(), undefined));
  }

  it('has tensors of up to eight dimensions', () => {
    assert.ok(typeof tableWith([], undefined, { dimensions: 8 }) === 'object');
  });

  it('is not believed in how many entries it has before they are there', () => {
    const head = (tensors: bigint, values: bigint, rest: number) =>
      readTensorTable(Buffer.concat([bytesOf(MAGIC, 3, tensors, values), Buffer.alloc(rest)]), 1e9);
    assert.equal(head(2n, 0n, 2 * 24 - 1), 'incomplete');
    assert.equal(head(0n, 2n, 2 * 13 - 1), 'incomplete');
    assert.equal(head(1n, 1n, 24 + 13 - 1), 'incomplete');
    assert.notEqual(head(2n, 0n, 2 * 24), 'incomplete');
    assert.equal(head(1_000_001n, 0n, 0), undefined, 'nobody has so many');
    assert.equal(head(1_000_000n, 0n, 0), 'incomplete');
  });

  it('survives any damage of its bytes', () => {
    const head = file.subarray(0, tensorDataStart(recipe));
    const damage = fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), { maxLength: 20 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(head);
        for (const [at, byte] of changes) damaged[at] = byte;
        const table = readTensorTable(damaged, file.length);
        if (table === undefined || table === 'incomplete') return;
        for (const { start, end } of table.tensors) assert.ok(0 <= start && start <= end);
        for (const { end } of table.tensors) assert.ok(end <= file.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
