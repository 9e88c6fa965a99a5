import assert from 'node:assert/strict';

/**
 * Fails unless both are the same bytes, and says where they part. `assert.deepEqual` would compute
 * the difference of some thousand bytes until its process has no memory left.
 */
export function assertBytes(actual: Uint8Array, expected: Uint8Array, message = 'bytes'): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = expected.findIndex((byte, index) => actual[index] !== byte);
  const place = at < 0 ? expected.length : at;
  assert.fail(`${message}: ${actual.length} of ${expected.length}, other from ${place} on`);
}
