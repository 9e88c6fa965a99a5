import type { Priority } from '../http/httpClient.ts';
import { isOverdue, TOLERANCE } from './admission.ts';
import type { SyncReason } from './policy.ts';

const DAY = 24 * 60 * 60_000;
/** How often a source is swept for what a probe cannot see, in ms. */
export const SWEEP_INTERVAL = DAY;
/** How often a source is asked for all its counters, in ms. */
export const COUNTERS_INTERVAL = DAY;

/** What a source is asked. */
export interface Plan {
  /** The whole manifest, not only the news. */
  readonly sweep: boolean;
  /** All counters. */
  readonly counters: boolean;
  readonly priority: Priority;
}

/** When a source last answered what, in ms since 1970. */
export interface Answered {
  readonly lastSuccess: number | undefined;
  readonly lastSweep: number | undefined;
  readonly lastCounters: number | undefined;
}

/** What to ask a source now. */
export function planQuestions(answered: Answered, reason: SyncReason, now: number): Plan {
  const { lastSuccess, lastSweep, lastCounters } = answered;
  const counters = wantsCounters(lastCounters, reason, now);
  // A probe's page holds the newest rows only.
  const sweep = counters || wantsSweep(lastSweep, reason, now);
  const plain = lastSuccess === undefined || !sweep;
  const urgent = reason === 'manual' || (plain && isOverdue(lastSuccess, now));
  return { sweep, counters, priority: urgent ? 'foreground' : 'background' };
}

/**
 * What to ask where the quota left nothing for a plan: the probe that is always allowed, whatever
 * others behind the same address have used. Undefined if that is not due, or was just refused.
 */
export function planWithoutQuota(
  refused: Plan,
  lastSuccess: number | undefined,
  now: number,
): Plan | undefined {
  if (refused.priority === 'foreground' || !isOverdue(lastSuccess, now)) return undefined;
  return { sweep: false, counters: false, priority: 'foreground' };
}

/** Whether a run asks for the whole manifest: at first, on demand, and once a day when idle. */
export function wantsSweep(
  lastSweep: number | undefined,
  reason: SyncReason,
  now: number,
): boolean {
  if (lastSweep === undefined || reason === 'manual') return true;
  return isUnhurried(reason) && isOlderThan(SWEEP_INTERVAL, lastSweep, now);
}

/** Whether a run asks for all counters: at first, and once a day when idle or on demand. */
export function wantsCounters(
  lastCounters: number | undefined,
  reason: SyncReason,
  now: number,
): boolean {
  if (reason !== 'manual' && !isUnhurried(reason)) return false;
  return lastCounters === undefined || isOlderThan(COUNTERS_INTERVAL, lastCounters, now);
}

/** Nobody looks, so what grows with the catalogue may be done. */
function isUnhurried(reason: SyncReason): boolean {
  return reason === 'startup' || reason === 'idle' || reason === 'interval';
}

/** What a clock says that was set back since must not put anything off. */
function isOlderThan(age: number, time: number, now: number): boolean {
  return now - time >= age || time > now + TOLERANCE;
}
