import type { MarkKind, SharedState } from '../device/shared/sharedState.ts';
import type { Disposable } from '../sync/clock.ts';

/** What the user has marked in one way, on any of their machines, by its id, the newest mark first. */
export class Marks implements Disposable {
  readonly #kind: MarkKind;
  readonly #state: SharedState;
  readonly #listeners = new Set<() => void>();
  readonly #markListeners = new Set<(id: string) => void>();
  readonly #changes: Disposable;
  #told: string;

  constructor(kind: MarkKind, state: SharedState) {
    this.#kind = kind;
    this.#state = state;
    this.#told = this.ids.join('\n');
    this.#changes = state.onDidChange(() => this.#tell());
  }

  /** Something was marked, or is no longer, here or elsewhere. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** The user has marked something in this window. */
  readonly onDidMark = (listener: (id: string) => void): Disposable => {
    this.#markListeners.add(listener);
    return { dispose: () => this.#markListeners.delete(listener) };
  };

  get ids(): readonly string[] {
    return this.#state.keys(this.#kind);
  }

  has(id: string): boolean {
    return this.#state.has(this.#kind, id);
  }

  /** Marks something, or takes its mark away. */
  toggle(id: string): Promise<void> {
    return this.set(id, !this.has(id));
  }

  /** Marks something or takes its mark away, whatever it was before. */
  async set(id: string, marked: boolean): Promise<void> {
    if (this.has(id) === marked) return;
    if (!marked) {
      await this.#state.remove(this.#kind, id);
      return;
    }
    await this.#state.put(this.#kind, id);
    for (const listener of this.#markListeners) listener(id);
  }

  dispose(): void {
    this.#changes.dispose();
    this.#listeners.clear();
    this.#markListeners.clear();
  }

  #tell(): void {
    const now = this.ids.join('\n');
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) listener();
  }
}
