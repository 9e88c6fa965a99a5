import fc from 'fast-check';

/** Whole numbers at the limits of their types, as bytes. */
const LIMITS: readonly bigint[] = [
  ...[0n, 1n, 0x7fn, 0x80n, 0xffn, 0xffffn, 0x10000n, 0x7fffffffn, 0x80000000n, 0xffffffffn],
  ...[
    0x100000000n,
    1_000_000n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ],
];

const position = fc.nat({ max: 0x7fffffff });
const width = fc.constantFrom(1, 2, 4, 8);

/** One change of bytes. Positions are taken modulo their number. */
export type ByteChange =
  | { readonly kind: 'set'; readonly at: number; readonly width: number; readonly value: bigint }
  | { readonly kind: 'turn'; readonly at: number; readonly width: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'remove' | 'repeat' | 'clear'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'cut'; readonly at: number };

const length = fc.integer({ min: 1, max: 64 });

/** A number at its limit, the other byte order, a bit, and bytes too few or too many. */
export const byteChange: fc.Arbitrary<ByteChange> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant('set' as const), at: position, width },
    value: fc.oneof(fc.constantFrom(...LIMITS), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  }),
  fc.record({ kind: fc.constant('turn'), at: position, width }),
  fc.record({ kind: fc.constant('flip'), at: position, bit: fc.nat(7) }),
  fc.record({ kind: fc.constantFrom('remove', 'repeat', 'clear'), at: position, length }),
  fc.record({
    ...{ kind: fc.constant('insert' as const), at: position },
    bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant('cut'), at: position }),
);

/** The bytes with these changes, one after another. */
export function changedBytes(bytes: Buffer, changes: readonly ByteChange[]): Buffer {
  return changes.reduce(changed, bytes);
}

function changed(bytes: Buffer, one: ByteChange): Buffer {
  const at = one.at % (bytes.length + 1);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (one.kind) {
    case 'set': {
      const value = Buffer.alloc(8);
      value.writeBigUInt64LE(one.value);
      return Buffer.concat([before, value.subarray(0, one.width), after.subarray(one.width)]);
    }
    case 'turn': {
      const turned = Buffer.from(after.subarray(0, one.width)).reverse();
      return Buffer.concat([before, turned, after.subarray(one.width)]);
    }
    case 'flip': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy.writeUInt8(copy.readUInt8(at) ^ (1 << one.bit), at);
      return copy;
    }
    case 'remove':
      return Buffer.concat([before, after.subarray(one.length)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, one.length), after]);
    case 'clear': {
      const length = Math.min(one.length, after.length);
      return Buffer.concat([before, Buffer.alloc(length), after.subarray(length)]);
    }
    case 'insert':
      return Buffer.concat([before, one.bytes, after]);
    case 'cut':
      return before;
  }
}
