import { t } from '@vscode/l10n';

/**
 * What can go wrong during a sync, by what the user can do about it:
 * - `offline`: the upstream cannot be reached
 * - `timeout`: it did not answer in time
 * - `unauthorised`: it wants a token, or rejects the one it was given
 * - `forbidden`: the token is known but not enough
 * - `notFound`: no such author, file or server path
 * - `rateLimited`: too many requests; `retryAt` tells when to ask again, if the server did
 * - `server`: it answered with an error of its own
 * - `badAnswer`: it answered with something that is not what it should be
 * - `storage`: the catalogue cannot be written on this disk
 * - `outdated`: another version of the extension wrote the catalogue: a newer one, in another window,
 *   or an older one, and it has to be brought to this version first
 * - `conflict`: another window changed the source during the run
 * - `cancelled`: the caller gave up
 */
export type SyncErrorKind =
  | 'offline'
  | 'timeout'
  | 'unauthorised'
  | 'forbidden'
  | 'notFound'
  | 'rateLimited'
  | 'server'
  | 'badAnswer'
  | 'storage'
  | 'outdated'
  | 'conflict'
  | 'cancelled';

/** A failure of a sync. The message is for people: what happened and what to do. */
export class SyncError extends Error {
  readonly kind: SyncErrorKind;
  /** When it makes sense to ask again, in ms since 1970. */
  readonly retryAt: number | undefined;
  /** The HTTP status of the answer, where it was an error. */
  readonly status: number | undefined;

  constructor(
    kind: SyncErrorKind,
    message: string,
    options: { cause?: unknown; retryAt?: number | undefined; status?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SyncError';
    this.kind = kind;
    this.retryAt = options.retryAt;
    this.status = options.status;
  }

  static is(error: unknown, kind?: SyncErrorKind): error is SyncError {
    return error instanceof SyncError && (kind === undefined || error.kind === kind);
  }

  /** Wraps whatever was thrown, so that callers deal with one type of error only. */
  static from(error: unknown): SyncError {
    if (error instanceof SyncError) return error;
    if (error instanceof Error && error.name === 'AbortError') return cancelled(error);
    return new SyncError(
      'server',
      t('Something unexpected happened: {0}. See the log.', describeError(error)),
      {
        cause: error,
      },
    );
  }
}

/** What an error says, with what it was caused by: for the log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${cause}`;
}

/** The error of a run or request whose caller gave up. */
export function cancelled(cause?: unknown): SyncError {
  return new SyncError('cancelled', t('The refresh was cancelled.'), { cause });
}
