import type { Clock, Disposable } from '../clock.ts';
import type { SyncReason } from './policy.ts';
import { nextSync } from './policy.ts';
import type { WindowSignals } from './windowSignals.ts';

/** Looks at the clock at least this often, so that a laptop that slept catches up. */
const LONGEST_NAP = 60_000;

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly signals: WindowSignals;
  readonly backgroundSync: () => boolean;
  /** How many sources are followed. */
  readonly followed: () => number;
  /** When the longest-waiting source was last tried by any window, in ms since 1970. */
  readonly lastAttempt: () => number | undefined;
  /** Runs a sync; never rejects. */
  readonly sync: (reason: SyncReason) => Promise<unknown>;
}

/** Turns the policy into timers: one at a time, set anew whenever what it depends on changes. */
export class Scheduler implements Disposable {
  readonly #options: SchedulerOptions;
  readonly #listener: Disposable;
  #timer: Disposable | undefined;
  #visible = false;
  #running = false;
  #lastRun: number | undefined;
  #disposed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#listener = options.signals.onDidChange(() => this.reconsider());
  }

  /** Tells whether the catalogue can be seen. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.reconsider();
  }

  /** Works out anew when to sync next; call it when settings or sources change. */
  reconsider(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#disposed || this.#running) return;
    const { clock, signals, backgroundSync, followed, lastAttempt } = this.#options;
    const now = clock.now();
    const next = nextSync({
      followed: followed(),
      lastAttempt: this.#latest(lastAttempt(), now),
      visible: this.#visible,
      active: signals.active,
      backgroundSync: backgroundSync(),
    });
    if (next === undefined) return;
    if (next.at <= now) void this.#run(next.reason);
    else this.#timer = clock.after(Math.min(next.at - now, LONGEST_NAP), () => this.reconsider());
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
    this.#listener.dispose();
  }

  async #run(reason: SyncReason): Promise<void> {
    this.#running = true;
    this.#lastRun = this.#options.clock.now();
    try {
      await this.#options.sync(reason);
    } finally {
      this.#running = false;
      this.reconsider();
    }
  }

  /** A run that found nothing new is not always written down, so it is remembered here too. */
  #latest(recorded: number | undefined, now: number): number | undefined {
    const known = [recorded, this.#lastRun].filter((time) => time !== undefined && time <= now);
    return known.length === 0 ? undefined : Math.max(...(known as number[]));
  }
}
