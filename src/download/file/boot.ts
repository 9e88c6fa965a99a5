import { uptime } from 'node:os';
import type { Clock } from '../../sync/clock.ts';

/** When this machine was started, in ms since 1970, as exact as its clock is right. */
export function bootTime(clock: Clock): number {
  return Math.round(clock.now() - uptime() * 1_000);
}
