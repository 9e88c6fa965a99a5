import type { Disposable } from '../../sync/clock.ts';
import type { SourceTraffic } from '../../sync/cache/sourceTraffic.ts';
import { describeError, SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Savings } from './weekSavings.ts';
import { weekSavings } from './weekSavings.ts';

export interface SavingsViewOptions {
  readonly engine: Pick<EngineClient, 'traffic'>;
  /** What was written down last. */
  readonly written: () => readonly SourceTraffic[];
  readonly sync: {
    readonly running: boolean;
    readonly onDidChange: (listener: () => void) => Disposable;
  };
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * What was saved this week: as it was written down, and then as the engine tells after each sync.
 * Nobody wakes the engine for it.
 */
export class SavingsView implements Disposable {
  readonly #options: SavingsViewOptions;
  readonly #listeners = new Set<() => void>();
  readonly #subscription: Disposable;
  #week: Savings | undefined;

  constructor(options: SavingsViewOptions) {
    this.#options = options;
    let wasRunning = false;
    this.#subscription = options.sync.onDidChange(() => {
      const { running } = options.sync;
      if (wasRunning && !running) void this.#read();
      wasRunning = running;
    });
  }

  /** The engine has told more. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** Looks at what was written down, unless the engine has told more; never throws. */
  look(): void {
    const { written, now } = this.#options;
    try {
      this.#week ??= weekSavings(written(), now());
    } catch (error) {
      this.#noteUnknown(error);
    }
  }

  get week(): Savings | undefined {
    return this.#week;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#listeners.clear();
  }

  async #read(): Promise<void> {
    const { engine, now } = this.#options;
    try {
      this.#week = weekSavings(await engine.traffic(), now());
      for (const listener of this.#listeners) listener();
    } catch (error) {
      if (!SyncError.is(error, 'cancelled')) this.#noteUnknown(error);
    }
  }

  #noteUnknown(error: unknown): void {
    this.#options.logger.debug(`What was saved is not known: ${describeError(error)}`);
  }
}
