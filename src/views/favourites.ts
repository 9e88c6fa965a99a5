import type { Disposable } from '../sync/clock.ts';
import type { ModelId } from '../sync/model.ts';

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

  constructor(memory: Memory) {
    this.#memory = memory;
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
  async toggle(id: ModelId): Promise<void> {
    const { ids } = this;
    const others = ids.filter((one) => one !== id);
    await this.#memory.update(KEY, others.length < ids.length ? others : [id, ...ids]);
    for (const listener of this.#listeners) listener();
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
