import { SyncError } from '../sync/errors.ts';
import type { SyncErrorKind } from '../sync/errors.ts';

/**
 * What can go wrong with a runtime, besides what can go wrong with any request:
 * - `refused`: the runtime said no; the message holds its reason
 * - `disk`: a file or folder cannot be read or written
 * - `doesNotFit`: it is not made for this model
 */
export type RuntimeErrorKind = SyncErrorKind | 'refused' | 'disk' | 'doesNotFit';

/** A failure of a runtime. The message is for people: what happened and what to do. */
export class RuntimeError extends Error {
  readonly kind: RuntimeErrorKind;

  constructor(kind: RuntimeErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RuntimeError';
    this.kind = kind;
  }

  static is(error: unknown, kind?: RuntimeErrorKind): error is RuntimeError {
    return error instanceof RuntimeError && (kind === undefined || error.kind === kind);
  }

  /** Wraps whatever was thrown, so that callers deal with one type of error only. */
  static from(error: unknown): RuntimeError {
    if (error instanceof RuntimeError) return error;
    const { kind, message } = SyncError.from(error);
    return new RuntimeError(kind, message, { cause: error });
  }
}
