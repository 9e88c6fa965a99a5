import assert from 'node:assert/strict';
import type { SyncErrorKind } from '../../../src/sync/errors.ts';

const KINDS: Readonly<Record<SyncErrorKind, true>> = {
  offline: true,
  timeout: true,
  unauthorised: true,
  forbidden: true,
  notFound: true,
  rateLimited: true,
  server: true,
  badAnswer: true,
  storage: true,
  outdated: true,
  conflict: true,
  cancelled: true,
};

/** Fails on an error of no kind, and on one that only wraps what nobody had thought of. */
export function assertTyped(
  error: { readonly kind: string; readonly message: string } | undefined,
  when: string,
): void {
  if (error === undefined) return;
  assert.ok(error.kind in KINDS, `${when}: "${error.kind}" is no kind of error`);
  assert.doesNotMatch(error.message, /unexpected/i, when);
}
