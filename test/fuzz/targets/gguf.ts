import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readTensorTable } from '../../../src/download/differential/ggufTable.ts';
import type { ByteChange } from '../inputs/bytes.ts';
import { byteChange, changedBytes } from '../inputs/bytes.ts';
import { target } from '../target.ts';
import { uint32, uint64 } from '../../hub/gguf.ts';

/** Bytes of the value types that have a fixed size, by their numbers. */
const FIXED: Readonly<Record<number, number>> = { 0: 1, 2: 2, 4: 4, 6: 4, 7: 1, 10: 8, 12: 8 };
const STRING = 8;
const ARRAY = 9;
const ALIGNMENT = 32;

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const scalarType = fc.constantFrom(...Object.keys(FIXED).map(Number));

interface Value {
  readonly type: number;
  readonly bytes: Buffer;
}

const scalar: fc.Arbitrary<Value> = scalarType.map((type) => ({
  type,
  bytes: Buffer.alloc(FIXED[type] ?? 0, 0x41),
}));
const string: fc.Arbitrary<Value> = text.map((one) => ({ type: STRING, bytes: stringOf(one) }));
const array: fc.Arbitrary<Value> = fc
  .oneof(
    fc.tuple(scalarType, fc.nat(5)).map(([type, count]) => ({
      ...{ type, count },
      bytes: Buffer.alloc(count * (FIXED[type] ?? 0)),
    })),
    fc.array(text, { maxLength: 4 }).map((list) => ({
      ...{ type: STRING, count: list.length },
      bytes: Buffer.concat(list.map(stringOf)),
    })),
  )
  .map(({ type, count, bytes }) => ({
    type: ARRAY,
    bytes: Buffer.concat([uint32(type), uint64(count), bytes]),
  }));

const tensor = fc.record({
  name: text,
  shape: fc.array(fc.nat({ max: 64 }), { maxLength: 4 }),
  type: fc.nat({ max: 40 }),
});

interface Header {
  readonly bytes: Buffer;
  /** Of each tensor, in their order. */
  readonly names: readonly string[];
}

const header: fc.Arbitrary<Header> = fc
  .record({
    version: fc.constantFrom(2, 3),
    values: fc.array(fc.tuple(text, fc.oneof(scalar, string, array)), { maxLength: 4 }),
    tensors: fc.array(tensor, { maxLength: 4 }),
  })
  .map(({ version, values, tensors }) => ({
    names: tensors.map((one) => one.name),
    bytes: Buffer.concat([
      ...[Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(values.length)],
      ...values.flatMap(([key, { type, bytes }]) => [stringOf(key), uint32(type), bytes]),
      ...tensors.flatMap((one, place) => [
        ...[stringOf(one.name), uint32(one.shape.length), ...one.shape.map(uint64)],
        ...[uint32(one.type), uint64(place * ALIGNMENT)],
      ]),
    ]),
  }));

interface GgufCase extends Header {
  readonly changes: readonly ByteChange[];
  /** Bytes of the whole file, as somebody says. */
  readonly size: number;
}

/** The header of a model file. */
export const gguf = target<GgufCase>({
  name: 'gguf',
  reads: 'the header of a GGUF file',
  inputs: fc
    .tuple(
      header,
      fc.array(byteChange, { maxLength: 3 }),
      fc.constantFrom(1_000_000, 1_000_000, 2 ** 45, 0),
    )
    .map(([whole, changes, size]) => ({ ...whole, changes, size })),
  size: ({ bytes, changes }) => changedBytes(bytes, changes).length,
  check: ({ bytes, names, changes, size }) => {
    const head = changedBytes(bytes, changes);
    const table = readTensorTable(head, size);
    if (changes.length === 0 && size > 0) {
      assert.ok(typeof table === 'object');
      assert.deepEqual(
        table.tensors.map(({ name }) => name),
        names,
      );
    }
    if (typeof table !== 'object') return;
    assert.ok(table.dataOffset >= 0 && Number.isSafeInteger(table.dataOffset));
    for (const { start, end } of table.tensors) {
      assert.ok(Number.isSafeInteger(start) && Number.isSafeInteger(end));
      assert.ok(table.dataOffset <= start && start <= end && end <= size);
    }
    for (const { shape } of table.tensors) assert.ok(shape.every((one) => one >= 0n));
  },
});

function stringOf(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
