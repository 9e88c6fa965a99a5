import type { SourceReport, SyncReport } from '../../../../src/sync/report.ts';
import { nothingDone } from '../../../../src/sync/report.ts';
import type { SyncReason } from '../../../../src/sync/strategy/policy.ts';
import { Scheduler } from '../../../../src/sync/strategy/scheduler.ts';
import { FakeClock, NOON } from '../../support/fakeClock.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

/** A window, its sources, and syncs that end when a test says so. */
export class ScheduledWindow {
  readonly clock = new FakeClock();
  /** When a sync began, in ms since the test did, and why. */
  readonly begun: [number, SyncReason][] = [];
  followed = 1;
  backgroundSync = true;
  lastAttempt: number | undefined = NOON;
  /** What each source of a sync came to. */
  outcome: Partial<SourceReport> = {};
  /** What a second one came to, if there is one. */
  second: Partial<SourceReport> | undefined;
  /** The sync is given up. */
  isCancelled = false;
  addresses = '192.0.2.7/24';
  /** From 0 to below 1: where in the quarter of an hour after a start the background begins. */
  drawn = 0;
  /** The idle work that was begun. */
  readonly idle: AbortSignal[] = [];
  /** Syncs end at once unless a test sets this. */
  hold: PromiseWithResolvers<void> | undefined;
  readonly scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();
  #active = true;
  #focused = true;

  constructor() {
    const isActive = (): boolean => this.#active;
    const isFocused = (): boolean => this.#focused;
    this.scheduler = new Scheduler({
      random: () => this.drawn,
      clock: this.clock,
      signals: {
        get focused() {
          return isFocused();
        },
        get active() {
          return isActive();
        },
        onDidChange: (listener) => {
          this.#listeners.add(listener);
          return { dispose: () => this.#listeners.delete(listener) };
        },
      },
      interfaces: () => this.addresses,
      backgroundSync: () => this.backgroundSync,
      followed: () => this.followed,
      lastAttempt: () => this.lastAttempt,
      sync: (reason) => this.#sync(reason),
      idle: (signal) => {
        this.idle.push(signal);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
      },
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  setActive(active: boolean): void {
    this.#active = active;
    for (const listener of this.#listeners) listener();
  }

  setFocused(focused: boolean): void {
    this.#focused = focused;
    for (const listener of this.#listeners) listener();
  }

  /** Lets time pass second by second, so that what a sync sets off can happen in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SECOND) {
      this.clock.advance(SECOND);
      await settled();
    }
  }

  async #sync(reason: SyncReason): Promise<SyncReport | undefined> {
    this.begun.push([this.clock.now() - NOON, reason]);
    await this.hold?.promise;
    this.lastAttempt = this.clock.now();
    if (this.isCancelled) return undefined;
    const outcomes = [this.outcome, ...(this.second === undefined ? [] : [this.second])];
    return {
      reason,
      sources: outcomes.map((outcome, index) => ({ ...nothingDone(`hf:${index}`), ...outcome })),
    };
  }
}

/** Lets all promises go on that can. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
