import type { Memory } from '../../device/shared/sharedState.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';

const KEY = 'modelHub.searches';
const MOST = 20;

/** What was looked for before, the last first. That it cannot be kept is logged, and no more. */
export class SearchHistory {
  readonly #memory: Memory;
  readonly #logger: Logger;

  constructor(memory: Memory, logger: Logger) {
    this.#memory = memory;
    this.#logger = logger;
  }

  get queries(): readonly string[] {
    const stored = this.#memory.get(KEY);
    return Array.isArray(stored) ? stored.filter((query) => typeof query === 'string') : [];
  }

  /** Never rejects. */
  async add(query: string): Promise<void> {
    const text = query.trim();
    if (text !== '') await this.#keep([text, ...this.#without(text)]);
  }

  /** Never rejects. */
  async remove(query: string): Promise<void> {
    await this.#keep(this.#without(query));
  }

  #without(query: string): string[] {
    return this.queries.filter((one) => one !== query);
  }

  async #keep(queries: readonly string[]): Promise<void> {
    try {
      await this.#memory.update(KEY, queries.slice(0, MOST));
    } catch (error) {
      this.#logger.warn(`What was looked for could not be kept: ${describeError(error)}`);
    }
  }
}
