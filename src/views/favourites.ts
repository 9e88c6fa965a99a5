import type { Disposable } from '../sync/clock.ts';
import type { ModelId } from '../sync/model.ts';
import type { WindowSignals } from '../sync/strategy/windowSignals.ts';

const KEY = 'modelHub.favourites';

/** What is kept from session to session: a `Memento` of the editor. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** The models that the user has marked, the newest mark first. */
export class Favourites implements Disposable {
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();
  readonly #signals: Disposable | undefined;
  #told: string;

  /**
   * @param signals when marks of other windows are looked for: the memory is shared by all windows,
   *   but tells of nothing
   */
  constructor(memory: Memory, signals?: Pick<WindowSignals, 'onDidChange'>) {
    this.#memory = memory;
    this.#told = this.ids.join();
    this.#signals = signals?.onDidChange(() => this.#tell());
  }

  /** A model was marked, or is no longer. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  get ids(): readonly ModelId[] {
    const stored = this.#memory.get(KEY);
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
  }

  has(id: ModelId): boolean {
    return this.ids.includes(id);
  }

  /** Marks a model, or takes its mark away. */
  toggle(id: ModelId): Promise<void> {
    return this.set(id, !this.has(id));
  }

  /** Marks a model or takes its mark away, whatever it was before. */
  async set(id: ModelId, marked: boolean): Promise<void> {
    const { ids } = this;
    if (ids.includes(id) !== marked) {
      await this.#memory.update(KEY, marked ? [id, ...ids] : ids.filter((one) => one !== id));
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
