import type { Memory } from '../../device/shared/sharedState.ts';

const KEY = 'modelHub.searches';
const MOST = 20;

/** What was looked for before, the last first. */
export class SearchHistory {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get queries(): readonly string[] {
    const stored = this.#memory.get(KEY);
    return Array.isArray(stored) ? stored.filter((query) => typeof query === 'string') : [];
  }

  async add(query: string): Promise<void> {
    const text = query.trim();
    if (text !== '') await this.#keep([text, ...this.#without(text)]);
  }

  async remove(query: string): Promise<void> {
    await this.#keep(this.#without(query));
  }

  #without(query: string): string[] {
    return this.queries.filter((one) => one !== query);
  }

  async #keep(queries: readonly string[]): Promise<void> {
    await this.#memory.update(KEY, queries.slice(0, MOST));
  }
}
