import type { SyncErrorKind } from '../errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The longest wait after the first failure, in ms; it doubles with each that follows. */
export const BACKOFF_BASE = 30 * SECOND;
/** The longest wait after many, in ms. */
export const BACKOFF_CAP = 60 * MINUTE;
/** The longest wait where there was no network, in ms: it comes back at any moment. */
export const OFFLINE_CAP = 5 * MINUTE;
/** The longest wait that a server can ask for, in ms. */
export const SERVER_CAP = 24 * 60 * MINUTE;

/** What is known of a failure when the next attempt is planned. */
export interface Failure {
  readonly kind: SyncErrorKind;
  /** When the server wants to be asked again, in ms since 1970. */
  readonly retryAt: number | undefined;
}

/** The longest wait after the first failure, and after many, in ms. */
export interface Patience {
  readonly base: number;
  readonly cap: number;
}

/**
 * When to ask again after the n-th failure in a row, in ms since 1970: capped exponential backoff
 * with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015), and never before the
 * server said.
 * @param random from 0 to below 1
 * @param patience absent: that of a source
 */
export function retryTime(
  failures: number,
  failure: Failure,
  now: number,
  random: number,
  patience = sourcePatience(failure),
): number {
  const longest = Math.min(patience.cap, patience.base * 2 ** (failures - 1));
  const own = now + Math.floor(random * longest);
  const told = Math.min(failure.retryAt ?? 0, now + SERVER_CAP);
  return Math.max(own, told);
}

function sourcePatience({ kind }: Failure): Patience {
  return { base: BACKOFF_BASE, cap: kind === 'offline' ? OFFLINE_CAP : BACKOFF_CAP };
}
