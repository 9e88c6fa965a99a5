/** What is done with an entry at the user's wish, for as long as it takes. */
export type Doing =
  'verifying' | 'starting' | 'stopping' | 'deleting' | 'handingOver' | 'estimating' | 'rollingBack';

/** Work on entries that takes a while: shown on their rows, one at a time each, and cancellable. */
export class EntryWork {
  readonly #onDidChange: () => void;
  readonly #running = new Map<string, { readonly doing: Doing; readonly abort: AbortController }>();

  constructor(onDidChange: () => void) {
    this.#onDidChange = onDidChange;
  }

  /** What is done, by the key of the entry. */
  get doing(): ReadonlyMap<string, Doing> {
    return new Map([...this.#running].map(([key, { doing }]) => [key, doing]));
  }

  /**
   * Does something with an entry.
   * @returns undefined if it was cancelled, or something else is being done with the entry
   */
  async run<T>(
    key: string,
    doing: Doing,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#running.has(key)) return undefined;
    const abort = new AbortController();
    this.#running.set(key, { doing, abort });
    this.#onDidChange();
    try {
      return await work(abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      this.#running.delete(key);
      this.#onDidChange();
    }
  }

  /** Gives up what is done with an entry. */
  cancel(key: string): void {
    this.#running.get(key)?.abort.abort();
  }

  dispose(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }
}
