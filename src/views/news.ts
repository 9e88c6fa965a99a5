import type { Memory } from '../device/shared/sharedState.ts';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { WindowSignals } from '../sync/strategy/windowSignals.ts';

const KEY = 'modelHub.seenUpTo';
/** Who was away for less, in ms, goes on with the visit: nothing moves because of a glance aside. */
const SHORT_ABSENCE = 5 * 60_000;
/** How often to look whether the user has seen the news in another window, in ms. Costs nothing. */
const OTHER_WINDOWS = 10_000;

export interface NewsOptions {
  readonly memory: Memory;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly signals: WindowSignals;
  readonly logger: Logger;
}

/**
 * Up to when the user has seen what came and changed. What they look at counts as unseen while they
 * look; it has been seen once they turn away: to another view, another window, or from the desk.
 * What is marked as news stays so for the whole visit, from when the catalogue is shown until it is
 * hidden or the user comes back after a while: a list does not empty itself under their eyes.
 */
export class News implements Disposable {
  readonly #options: NewsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #signals: Disposable;
  #visible = false;
  #looking = false;
  #left: number;
  #lastVisit: number;
  /** What `seenUpTo` was when somebody was told last. */
  #told: number;
  #next: Disposable;

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#signals = options.signals.onDidChange(() => {
      this.#look();
      this.#lookElsewhere();
    });
    // Before the first start nothing was news.
    if (this.#stored === undefined) void this.#note(options.clock.now());
    this.#lastVisit = this.seenUpTo;
    this.#left = this.seenUpTo;
    this.#told = this.seenUpTo;
    this.#next = this.#watch();
  }

  /** What is news, or what of it has been seen, is another. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** In ms since 1970. */
  get seenUpTo(): number {
    return this.#stored ?? this.#options.clock.now();
  }

  /** When the visit before this one ended: what came since is marked. In ms since 1970. */
  get lastVisit(): number {
    return this.#lastVisit;
  }

  /** Tells whether the catalogue can be seen. */
  setVisible(visible: boolean): void {
    const isShown = visible && !this.#visible;
    this.#visible = visible;
    if (isShown) this.#beginVisit();
    this.#look();
  }

  /** The window closes: what the user looks at has been seen. Never rejects. */
  async end(): Promise<void> {
    if (!this.#looking) return;
    this.#looking = false;
    await this.#note(this.#options.clock.now());
  }

  dispose(): void {
    this.#signals.dispose();
    this.#next.dispose();
    this.#listeners.clear();
  }

  get #stored(): number | undefined {
    const stored = this.#options.memory.get(KEY);
    return typeof stored === 'number' ? stored : undefined;
  }

  #look(): void {
    const { clock, signals } = this.#options;
    const looked = this.#looking;
    this.#looking = this.#visible && signals.focused && signals.active;
    if (looked === this.#looking) return;
    const now = clock.now();
    if (this.#looking) {
      if (now - this.#left >= SHORT_ABSENCE) this.#beginVisit();
      return;
    }
    this.#left = now;
    void this.#note(now);
    this.#changed();
  }

  #beginVisit(): void {
    const { seenUpTo } = this;
    if (this.#lastVisit === seenUpTo) return;
    this.#lastVisit = seenUpTo;
    this.#changed();
  }

  #watch(): Disposable {
    return this.#options.clock.after(OTHER_WINDOWS, () => {
      this.#lookElsewhere();
      this.#next = this.#watch();
    });
  }

  /** The memory is shared by all windows, but tells of nothing. */
  #lookElsewhere(): void {
    if (this.seenUpTo !== this.#told) this.#changed();
  }

  #changed(): void {
    this.#told = this.seenUpTo;
    for (const listener of this.#listeners) listener();
  }

  async #note(time: number): Promise<void> {
    const { memory, logger } = this.#options;
    try {
      await memory.update(KEY, time);
    } catch (error) {
      // It is news once more after the next start.
      logger.warn(`What was seen of the catalogue could not be kept: ${describeError(error)}`);
    }
  }
}
