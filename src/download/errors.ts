import { SyncError } from '../sync/errors.ts';
import type { SyncErrorKind } from '../sync/errors.ts';

/**
 * What can go wrong with a download, besides what can go wrong with any request, by what the user
 * can do about it:
 * - `mismatch`: the bytes are not the published ones
 * - `changed`: what is published is no longer what the download began with
 * - `noSpace`: the disk is full, or would be
 * - `folder`: the target folder is gone, read-only, or cannot hold such files
 * - `badName`: a name in the repository is none that a file here may have
 * - `unknownSize`: the file list does not say how big a file is or what its digest is
 */
export type DownloadErrorKind =
  SyncErrorKind | 'mismatch' | 'changed' | 'noSpace' | 'folder' | 'badName' | 'unknownSize';

/** A failure of a download. The message is for people: what happened and what to do. */
export class DownloadError extends Error {
  readonly kind: DownloadErrorKind;
  /** When it makes sense to try again, in ms since 1970. */
  readonly retryAt: number | undefined;

  constructor(
    kind: DownloadErrorKind,
    message: string,
    options: { cause?: unknown; retryAt?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'DownloadError';
    this.kind = kind;
    this.retryAt = options.retryAt;
  }

  static is(error: unknown, kind?: DownloadErrorKind): error is DownloadError {
    return error instanceof DownloadError && (kind === undefined || error.kind === kind);
  }

  /** Wraps whatever was thrown, so that callers deal with one type of error only. */
  static from(error: unknown): DownloadError {
    if (error instanceof DownloadError) return error;
    const { kind, message, retryAt } = SyncError.from(error);
    return new DownloadError(kind, message, { cause: error, retryAt });
  }
}
