/** Why a sync runs. `manual` is the only one that the user waits for. */
export type SyncReason =
  'startup' | 'visible' | 'focus' | 'network' | 'idle' | 'interval' | 'manual';

const MINUTE = 60_000;
/** How often a visible catalogue in an active window asks what is new, in ms. */
export const VISIBLE_INTERVAL = MINUTE;
/** How often it is asked otherwise, in ms. */
export const BACKGROUND_INTERVAL = 15 * MINUTE;
/** How long a window that is never idle can put the background off, in ms. */
export const IDLE_PATIENCE = 5 * MINUTE;
/** How often a source is swept for what a probe cannot see, in ms. */
export const SWEEP_INTERVAL = 24 * 60 * MINUTE;

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
  /** The setting `modelHub.backgroundSync`. */
  readonly backgroundSync: boolean;
}

/** When to sync next, and why; undefined if only the user or a change of state can tell. */
export function nextSync(
  state: ScheduleState,
): { readonly at: number; readonly reason: SyncReason } | undefined {
  const { followed, lastAttempt, visible, active, backgroundSync } = state;
  if (followed === 0) return undefined;
  if (lastAttempt === undefined) {
    return visible || backgroundSync ? { at: 0, reason: 'startup' } : undefined;
  }
  if (visible && active) return { at: lastAttempt + VISIBLE_INTERVAL, reason: 'visible' };
  if (!backgroundSync) return undefined;
  const due = lastAttempt + BACKGROUND_INTERVAL;
  return active ? { at: due + IDLE_PATIENCE, reason: 'interval' } : { at: due, reason: 'idle' };
}

/** Whether a run asks for the whole manifest: at first, on demand, and once a day when idle. */
export function wantsSweep(
  lastSweep: number | undefined,
  reason: SyncReason,
  now: number,
): boolean {
  if (lastSweep === undefined || reason === 'manual') return true;
  // A clock that was set back must not put the sweep off for ever.
  const age = Math.abs(now - lastSweep);
  return reason !== 'visible' && age >= SWEEP_INTERVAL;
}
