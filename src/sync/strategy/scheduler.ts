import type { Clock, Disposable } from '../clock.ts';
import type { SyncReport } from '../report.ts';
import { IdleWork } from './idleWork.ts';
import { NetworkWatch } from './networkWatch.ts';
import type { NextSync, ScheduleState, SyncReason } from './policy.ts';
import { BACKGROUND_INTERVAL, nextSync, spreadStart, syncOnReturn } from './policy.ts';
import type { WindowSignals } from './windowSignals.ts';

/** Looks at the clock at least this often, so that a laptop that slept catches up. */
const LONGEST_NAP = 60_000;
/** Who has not looked for so long, in ms, has slept. */
const SLEPT = 2 * LONGEST_NAP;

export interface SchedulerOptions {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly signals: WindowSignals;
  /** See NetworkWatchOptions.interfaces. */
  readonly interfaces: () => string;
  readonly backgroundSync: () => boolean;
  /** How many sources are followed. */
  readonly followed: () => number;
  /** When the longest-waiting source was last tried by any window, in ms since 1970. */
  readonly lastAttempt: () => number | undefined;
  /** Runs a sync; never rejects. Undefined if it was cancelled. */
  readonly sync: (reason: SyncReason) => Promise<SyncReport | undefined>;
  /** What to do after an idle sync while the window stays idle; never rejects. */
  readonly idle: (signal: AbortSignal) => Promise<void>;
}

/** Turns the policy into timers: one at a time, set anew whenever what it depends on changes. */
export class Scheduler implements Disposable {
  readonly #options: SchedulerOptions;
  readonly #listener: Disposable;
  readonly #network: NetworkWatch;
  readonly #idle: IdleWork;
  #timer: Disposable | undefined;
  #visible = false;
  #focused: boolean;
  #running = false;
  #lastRun: number | undefined;
  /** The last run left a source of which no attempt is known: not everything is written down. */
  #unwritten = false;
  #notBefore: number;
  #lastLook: number;
  #disposed = false;

  constructor(options: SchedulerOptions) {
    const { clock, signals, interfaces, idle } = options;
    this.#options = options;
    this.#lastLook = clock.now();
    this.#notBefore = spreadStart(this.#lastLook, options.random());
    this.#focused = signals.focused;
    this.#listener = signals.onDidChange(() => this.#windowChanged());
    const onDidReturn = (): void => this.#returned('network');
    this.#network = new NetworkWatch({ clock, interfaces, onDidReturn });
    this.#idle = new IdleWork({ signals, work: idle });
  }

  /** Tells whether the catalogue can be seen. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.reconsider();
  }

  /** Works out anew when to sync next; call it when settings or sources change. */
  reconsider(): void {
    this.#follow((state) => nextSync(state));
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
    this.#network.dispose();
    this.#idle.stop();
    this.#listener.dispose();
  }

  #windowChanged(): void {
    const { focused } = this.#options.signals;
    const returned = focused && !this.#focused;
    this.#focused = focused;
    if (returned) this.#returned('focus');
    else this.reconsider();
  }

  #returned(reason: 'focus' | 'network'): void {
    this.#follow((state, now) => syncOnReturn(state, reason, now) ?? nextSync(state));
  }

  #follow(plan: (state: ScheduleState, now: number) => NextSync | undefined): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#disposed || this.#running) return;
    const { clock, signals, backgroundSync, followed, lastAttempt } = this.#options;
    const now = clock.now();
    this.#noticeSleep(now);
    const state = {
      followed: followed(),
      lastAttempt: this.#latest(lastAttempt(), now),
      visible: this.#visible,
      active: signals.active,
      notBefore: this.#notBefore,
      backgroundSync: backgroundSync(),
    };
    const next = plan(state, now);
    if (next === undefined) return;
    if (next.at <= now) void this.#run(next.reason);
    else this.#timer = clock.after(Math.min(next.at - now, LONGEST_NAP), () => this.reconsider());
  }

  #noticeSleep(now: number): void {
    const slept = now - this.#lastLook > SLEPT;
    this.#lastLook = now;
    // A clock that was set back must not put anything off.
    if (slept || this.#notBefore > now + BACKGROUND_INTERVAL) {
      this.#notBefore = spreadStart(now, this.#options.random());
    }
  }

  async #run(reason: SyncReason): Promise<void> {
    this.#running = true;
    this.#lastRun = this.#options.clock.now();
    try {
      const report = await this.#options.sync(reason);
      if (report !== undefined) this.#learn(report);
    } finally {
      this.#running = false;
      this.#unwritten = this.#options.lastAttempt() === undefined;
      this.reconsider();
    }
  }

  #learn({ reason, sources }: SyncReport): void {
    if (this.#disposed) return;
    if (sources.some(({ error }) => error?.kind === 'offline')) this.#network.start();
    // Sources that were left out tell nothing of the network.
    else if (sources.some(({ skipped }) => skipped === undefined)) this.#network.dispose();
    const asked = sources.some(({ error, skipped }) => (error ?? skipped) === undefined);
    if (reason === 'idle' && asked) this.#idle.begin();
  }

  /** A run that found nothing new is not always written down, so it is remembered here too. */
  #latest(recorded: number | undefined, now: number): number | undefined {
    // Since the last run a source was added.
    if (recorded === undefined && !this.#unwritten) return undefined;
    const known = [recorded, this.#lastRun].filter((time) => time !== undefined && time <= now);
    return known.length === 0 ? undefined : Math.max(...(known as number[]));
  }
}
