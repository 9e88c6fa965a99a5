import type { SourceTraffic } from '../../sync/cache/sourceTraffic.ts';
import { localDay } from '../../sync/localDay.ts';

/** What was received in some time, beside what a full fetch each time would have cost. */
export interface Savings {
  /** Bytes. */
  readonly received: number;
  /** Bytes, estimated: see SourceReport.wholeBytes. */
  readonly whole: number;
}

const DAYS = 7;

/** The last days on the machine's calendar, today included, the oldest first. */
export function lastDays(now: number, count: number): string[] {
  const today = new Date(now);
  // Noon, because days may have 23 or 25 hours.
  const noon = (back: number): Date =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - back, 12);
  return Array.from({ length: count }, (_, at) => localDay(noon(count - 1 - at).getTime()));
}

/** What the last seven days, today included, cost and saved. */
export function weekSavings(traffic: readonly SourceTraffic[], now: number): Savings {
  const days = new Set(lastDays(now, DAYS));
  return sumOf(traffic.filter(({ day }) => days.has(day)));
}

/** What some days or sources cost together. */
export function sumOf(traffic: readonly Savings[]): Savings {
  return {
    received: traffic.reduce((sum, { received }) => sum + received, 0),
    whole: traffic.reduce((sum, { whole }) => sum + whole, 0),
  };
}

/** Bytes that were not received; never less than none. */
export function savedBytes({ received, whole }: Savings): number {
  return Math.max(0, whole - received);
}
