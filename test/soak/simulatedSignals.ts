import type { Disposable } from '../../src/sync/clock.ts';
import type { WindowSignals } from '../../src/sync/strategy/windowSignals.ts';

/** A window of which the simulation decides who uses it. */
export class SimulatedSignals implements WindowSignals {
  readonly #listeners = new Set<() => void>();
  #focused = false;
  #active = false;

  get focused(): boolean {
    return this.#focused;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Those who have not left. */
  get listeners(): number {
    return this.#listeners.size;
  }

  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  set(state: { readonly focused: boolean; readonly active: boolean }): void {
    if (state.focused === this.#focused && state.active === this.#active) return;
    this.#focused = state.focused;
    this.#active = state.active;
    for (const listener of [...this.#listeners]) listener();
  }
}
