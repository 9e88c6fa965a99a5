import type { Choice } from '../messages.ts';

/** What the reader picked, for one model at a time; whoever keeps it is told. */
export class ReaderChoice {
  readonly #listeners: (() => void)[] = [];
  #value: Choice = {};

  get value(): Choice {
    return this.#value;
  }

  /** Takes over what was picked before, or nothing: another model is shown. */
  reset(value: Choice = {}): void {
    this.#value = value;
  }

  pick(change: Choice): void {
    this.#value = { ...this.#value, ...change };
    for (const listener of this.#listeners) listener();
  }

  onDidPick(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
