import assert from 'node:assert/strict';
import type { SyncErrorKind } from '../../../src/sync/errors.ts';
import { SyncError } from '../../../src/sync/errors.ts';

/** Words by which a message tells its reader what to do, or that there is nothing to do. */
const NEXT_STEP =
  /\b(?:check|set|free|refresh|reload|update|write|make|log in|tried again|starts again)\b/i;

/** Fails unless the error is of this kind and its message tells what to do next. */
export function assertSyncError(error: unknown, kind: SyncErrorKind, message?: RegExp): true {
  assert.ok(error instanceof SyncError, `no SyncError: ${String(error)}`);
  assertFailure(error, kind, message);
  return true;
}

/** The same for a failure that was reported or kept. */
export function assertFailure(
  failure: { readonly kind: string; readonly message: string } | undefined,
  kind: SyncErrorKind,
  message?: RegExp,
): void {
  assert.ok(failure, `${kind} was expected, and all went well`);
  assert.equal(failure.kind, kind, failure.message);
  if (kind !== 'cancelled') assert.match(failure.message, NEXT_STEP);
  if (message !== undefined) assert.match(failure.message, message);
}

/** Rejects with a SyncError of this kind. */
export async function rejectsWith(
  promise: Promise<unknown>,
  kind: SyncErrorKind,
  message?: RegExp,
): Promise<void> {
  await assert.rejects(promise, (error) => assertSyncError(error, kind, message));
}
