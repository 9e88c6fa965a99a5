import type { SyncReason } from './policy.ts';
import { BACKGROUND_INTERVAL, VISIBLE_INTERVAL } from './policy.ts';

/**
 * Why a source is not asked though nothing is wrong:
 * - `lease`: another window looks after it
 * - `backoff`: it failed, or wants to be left in peace, and its time has not come
 * - `budget`: the day's bytes for the background are used up
 * - `notDue`: it was asked a short while ago
 */
export type Skip = 'lease' | 'backoff' | 'budget' | 'notDue';

/** Timers of several windows and threads are not exact: how much earlier is due too, in ms. */
export const TOLERANCE = 5_000;

/** What decides whether a source is asked now. Times are ms since 1970. */
export interface Circumstances {
  /** When it was last tried, by any window. */
  readonly lastAttempt: number | undefined;
  /** Present while the newest attempt failed. */
  readonly failure: { readonly kind: string } | undefined;
  /** When a failing source may be asked again. */
  readonly retryAt: number | undefined;
  /** The background has used up its bytes of this day. */
  readonly spent: boolean;
}

/** Why a run leaves a source out; undefined if it asks it. The user is never refused. */
export function whySkip(
  reason: SyncReason,
  schedule: Circumstances,
  now: number,
): Skip | undefined {
  const { lastAttempt, failure, retryAt, spent } = schedule;
  if (reason === 'manual') return undefined;
  if (spent) return 'budget';
  // What a clock says that was set back since must not put anything off.
  if (lastAttempt === undefined || lastAttempt > now + TOLERANCE) return undefined;
  if (failure !== undefined) {
    if (reason === 'network' && failure.kind === 'offline') return undefined;
    return now < (retryAt ?? 0) ? 'backoff' : undefined;
  }
  const interval = reason === 'visible' ? VISIBLE_INTERVAL : BACKGROUND_INTERVAL;
  return now - lastAttempt < interval - TOLERANCE ? 'notDue' : undefined;
}

/**
 * Whether a source has not answered for so long that its probe may use what the background leaves
 * of the quota: one in a quarter of an hour always may.
 */
export function isOverdue(lastSuccess: number | undefined, now: number): boolean {
  if (lastSuccess === undefined) return true;
  if (lastSuccess > now + TOLERANCE) return true;
  return now - lastSuccess >= BACKGROUND_INTERVAL - TOLERANCE;
}
