import * as vscode from 'vscode';
import { SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { SyncController } from '../syncController.ts';
import type { Savings } from './weekSavings.ts';
import { weekSavings } from './weekSavings.ts';

export interface SavingsViewOptions {
  readonly engine: Pick<EngineClient, 'traffic'>;
  readonly sync: Pick<SyncController, 'running' | 'onDidChange'>;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What was saved this week, as the engine told after the last sync: before it, nobody wakes it. */
export class SavingsView implements vscode.Disposable {
  readonly #options: SavingsViewOptions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #week: Savings | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(options: SavingsViewOptions) {
    this.#options = options;
    let wasRunning = false;
    this.#subscription = options.sync.onDidChange(() => {
      const { running } = options.sync;
      if (wasRunning && !running) void this.#read();
      wasRunning = running;
    });
  }

  get week(): Savings | undefined {
    return this.#week;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #read(): Promise<void> {
    const { engine, now, logger } = this.#options;
    try {
      this.#week = weekSavings(await engine.traffic(), now());
      this.#changed.fire();
    } catch (error) {
      if (!SyncError.is(error, 'cancelled')) {
        logger.debug(`What was saved is not known: ${SyncError.from(error).message}`);
      }
    }
  }
}
