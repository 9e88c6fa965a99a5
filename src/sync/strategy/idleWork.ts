import type { WindowSignals } from './windowSignals.ts';

export interface IdleWorkOptions {
  readonly signals: WindowSignals;
  /** Never rejects; stops when the signal is aborted. */
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/** What may be done while nobody uses the window, and ends as soon as somebody does. */
export class IdleWork {
  readonly #options: IdleWorkOptions;
  #running: AbortController | undefined;

  constructor(options: IdleWorkOptions) {
    this.#options = options;
  }

  /** Begins, if the window is idle and it does not go on already. */
  begin(): void {
    if (!this.#options.signals.active && this.#running === undefined) void this.#run();
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
