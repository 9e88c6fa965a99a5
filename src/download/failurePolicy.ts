import { SyncError } from '../sync/errors.ts';
import { retryTime } from '../sync/strategy/backoff.ts';
import type { DownloadErrorKind } from './errors.ts';
import { DownloadError } from './errors.ts';
import type { DownloadFailure } from './model.ts';

/** The shortest wait, in ms: what fails at once would else be tried without end. */
const LEAST_WAIT = 1_000;

/** What goes away by itself. Everything else needs the user. */
const TRANSIENT: readonly DownloadErrorKind[] = [
  'offline',
  'timeout',
  'server',
  'rateLimited',
  'conflict',
];

/**
 * What a failure means: tried again by itself if `retryAt` is there, else it waits for the user.
 * @param failures in a row that brought nothing, with this one
 * @param now ms since 1970
 * @param random from 0 to below 1
 */
export function failureOf(
  error: unknown,
  failures: number,
  now: number,
  random: number,
): DownloadFailure {
  const { kind, message, retryAt } = DownloadError.from(error);
  const failure = { kind, message, at: now };
  // What nobody foresaw would be the same the next time.
  const isForeseen = error instanceof DownloadError || error instanceof SyncError;
  if (!isForeseen || !TRANSIENT.includes(kind)) return failure;
  return { ...failure, retryAt: laterTime(failures, retryAt, now, random) };
}

/** The same of a failure to remove what is left: the user is rid of it, so it is always tried again. */
export function removalFailureOf(
  error: unknown,
  failures: number,
  now: number,
  random: number,
): DownloadFailure {
  const { kind, message, retryAt } = DownloadError.from(error);
  return { kind, message, at: now, retryAt: laterTime(failures, retryAt, now, random) };
}

function laterTime(
  failures: number,
  told: number | undefined,
  now: number,
  random: number,
): number {
  // Whatever it was, it may be over as soon as a network is back: that has the cap of minutes.
  const planned = retryTime(failures, { kind: 'offline', retryAt: told }, now, random);
  return Math.max(planned, now + LEAST_WAIT);
}
