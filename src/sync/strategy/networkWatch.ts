import type { Clock, Disposable } from '../clock.ts';

/** How often the interfaces are looked at while there is no network, in ms. */
const POLL_INTERVAL = 5_000;

export interface NetworkWatchOptions {
  readonly clock: Clock;
  /** The addresses by which this machine reaches others, in one string; empty if there are none. */
  readonly interfaces: () => string;
  /** The machine has other addresses than before. */
  readonly onDidReturn: () => void;
}

/** Notices that the network is back. Looks only while a sync has found nobody to talk to. */
export class NetworkWatch implements Disposable {
  readonly #options: NetworkWatchOptions;
  #timer: Disposable | undefined;
  #seen = '';

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
  }

  /** Begins to look, or goes on. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#seen = this.#options.interfaces();
    this.#wait();
  }

  /** Stops looking: somebody has answered. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(POLL_INTERVAL, () => this.#look());
  }

  #look(): void {
    const seen = this.#options.interfaces();
    const returned = seen !== '' && seen !== this.#seen;
    this.#seen = seen;
    this.#wait();
    if (returned) this.#options.onDidReturn();
  }
}
