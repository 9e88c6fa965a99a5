import type { Memory } from '../device/shared/sharedState.ts';
import type { Disposable } from '../sync/clock.ts';
import type { WindowSignals } from '../sync/strategy/windowSignals.ts';

/** What the user has marked on this machine, by its id, the newest mark first. */
export class MarkedIds implements Disposable {
  readonly #key: string;
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();
  readonly #signals: Disposable | undefined;
  #told: string;

  /**
   * @param key under which the marks are kept
   * @param signals when marks of other windows are looked for: the memory is shared by all windows,
   *   but tells of nothing
   */
  constructor(key: string, memory: Memory, signals?: Pick<WindowSignals, 'onDidChange'>) {
    this.#key = key;
    this.#memory = memory;
    this.#told = this.ids.join();
    this.#signals = signals?.onDidChange(() => this.#tell());
  }

  /** Something was marked, or is no longer. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  get ids(): readonly string[] {
    const stored = this.#memory.get(this.#key);
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
  }

  /** Marks something or takes its mark away, whatever it was before. */
  async set(id: string, marked: boolean): Promise<void> {
    const { ids } = this;
    if (ids.includes(id) !== marked) {
      await this.#memory.update(this.#key, marked ? [id, ...ids] : ids.filter((one) => one !== id));
    }
    this.#tell();
  }

  dispose(): void {
    this.#signals?.dispose();
    this.#listeners.clear();
  }

  #tell(): void {
    const now = this.ids.join();
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) listener();
  }
}
