/**
 * Why a sync runs:
 * - `startup`: a source was never tried
 * - `visible`: the catalogue can be seen, in a window that is used
 * - `focus`: the user came back to the window, and a sync is overdue
 * - `network`: the last sync found nobody to talk to, and the network has changed since
 * - `idle`: nobody uses the window
 * - `interval`: somebody does all the time
 * - `manual`: the user asked for it: the only one that somebody waits for
 */
export type SyncReason =
  'startup' | 'visible' | 'focus' | 'network' | 'idle' | 'interval' | 'manual';

const MINUTE = 60_000;
/** How often a visible catalogue in an active window asks what is new, in ms. */
export const VISIBLE_INTERVAL = MINUTE;
/** How often it is asked otherwise, in ms. */
export const BACKGROUND_INTERVAL = 15 * MINUTE;
/** How long a window that is never idle can put the background off, in ms. */
export const IDLE_PATIENCE = 5 * MINUTE;

/** What decides when to sync next. Times are ms since 1970. */
export interface ScheduleState {
  /** How many sources are followed. */
  readonly followed: number;
  /** When the longest-waiting source was last tried; undefined if one never was. */
  readonly lastAttempt: number | undefined;
  /** The catalogue can be seen. */
  readonly visible: boolean;
  /** The user is doing something in the window (`window.state.active`). */
  readonly active: boolean;
  /** Before then the background asks nothing, in ms since 1970: see spreadStart. */
  readonly notBefore: number;
  /** The setting `modelHub.backgroundSync`. */
  readonly backgroundSync: boolean;
}

/** A sync that is to come. */
export interface NextSync {
  /** When, in ms since 1970. */
  readonly at: number;
  readonly reason: SyncReason;
}

/**
 * When the background may begin after the window was opened or the machine has slept, in ms since
 * 1970. All that is overdue by then; and many begin their day at nine.
 * @param random from 0 to below 1
 */
export function spreadStart(now: number, random: number): number {
  return now + Math.floor(random * BACKGROUND_INTERVAL);
}

/**
 * When to sync next, and why; undefined if only the user or a change of state can tell. A failure
 * brings nothing forward: where an upstream is away, it fails for all at once.
 */
export function nextSync(state: ScheduleState): NextSync | undefined {
  const { followed, lastAttempt, visible, active, notBefore, backgroundSync } = state;
  if (followed === 0) return undefined;
  if (lastAttempt === undefined) {
    return visible || backgroundSync ? { at: 0, reason: 'startup' } : undefined;
  }
  if (visible && active) return { at: lastAttempt + VISIBLE_INTERVAL, reason: 'visible' };
  if (!backgroundSync) return undefined;
  const at = Math.max(lastAttempt + BACKGROUND_INTERVAL, notBefore);
  return active ? { at: at + IDLE_PATIENCE, reason: 'interval' } : { at, reason: 'idle' };
}

/**
 * What an event that is no matter of time sets off at once: the user comes back to a window whose
 * sources are overdue, as after the machine has slept; or the network comes back.
 */
export function syncOnReturn(
  state: ScheduleState,
  reason: 'focus' | 'network',
  now: number,
): NextSync | undefined {
  const { followed, lastAttempt = 0, visible, notBefore, backgroundSync } = state;
  if (followed === 0 || !(visible || backgroundSync)) return undefined;
  const mayBegin = visible || now >= notBefore;
  const overdue = mayBegin && now - lastAttempt >= BACKGROUND_INTERVAL;
  return reason === 'network' || overdue ? { at: now, reason } : undefined;
}
