import * as vscode from 'vscode';
import type { Clock, Disposable } from '../sync/clock.ts';
import type { WindowSignals } from '../sync/strategy/windowSignals.ts';

const KEY = 'modelHub.seenUpTo';

export interface NewsOptions {
  readonly memory: vscode.Memento;
  readonly clock: Clock;
  readonly signals: WindowSignals;
}

/**
 * Up to when the user has seen what came and changed. What they look at stays marked while they
 * look; it has been seen once they turn away: to another view, another window, or from the desk.
 */
export class News implements vscode.Disposable {
  readonly #options: NewsOptions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: Disposable;
  #visible = false;
  #looking = false;
  readonly onDidChange = this.#changed.event;

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#listener = options.signals.onDidChange(() => this.#look());
    // Before the first start nothing was news.
    if (this.#stored === undefined) this.#note(options.clock.now());
  }

  /** In ms since 1970. */
  get seenUpTo(): number {
    return this.#stored ?? this.#options.clock.now();
  }

  /** Tells whether the catalogue can be seen. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#look();
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }

  get #stored(): number | undefined {
    return this.#options.memory.get<number>(KEY);
  }

  #look(): void {
    const { clock, signals } = this.#options;
    const looked = this.#looking;
    this.#looking = this.#visible && signals.focused && signals.active;
    if (!looked || this.#looking) return;
    this.#note(clock.now());
    this.#changed.fire();
  }

  #note(time: number): void {
    // What cannot be kept is news once more after the next start.
    void this.#options.memory.update(KEY, time);
  }
}
