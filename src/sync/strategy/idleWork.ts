import type { Clock } from '../clock.ts';
import { BACKGROUND_INTERVAL } from './policy.ts';
import type { WindowSignals } from './windowSignals.ts';

export interface IdleWorkOptions {
  readonly clock: Clock;
  readonly signals: WindowSignals;
  /** Never rejects; stops when the signal is aborted. */
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/** What may be done while nobody uses the window, and ends as soon as somebody does. */
export class IdleWork {
  readonly #options: IdleWorkOptions;
  #running: AbortController | undefined;
  #lastBegun = -Infinity;

  constructor(options: IdleWorkOptions) {
    this.#options = options;
  }

  /** Begins, if the window is idle and it was not begun within a quarter of an hour. */
  begin(): void {
    const { clock, signals } = this.#options;
    const now = clock.now();
    const recent = Math.abs(now - this.#lastBegun) < BACKGROUND_INTERVAL;
    if (signals.active || recent || this.#running !== undefined) return;
    this.#lastBegun = now;
    void this.#run();
  }

  /** Stops where it is. */
  stop(): void {
    this.#running?.abort();
  }

  async #run(): Promise<void> {
    const { signals, work } = this.#options;
    const running = (this.#running = new AbortController());
    const listener = signals.onDidChange(() => {
      if (signals.active) running.abort();
    });
    try {
      await work(running.signal);
    } finally {
      listener.dispose();
      this.#running = undefined;
    }
  }
}
