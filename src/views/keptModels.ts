import type { Memory } from '../device/shared/sharedState.ts';
import type { InstalledSnapshot } from '../runtime/installed.ts';
import type { Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelId } from '../sync/model.ts';
import type { Favourites } from './favourites.ts';

const KEY = 'modelHub.installedModels';

/**
 * The models that the catalogue never forgets, however long ago they were published: favourites,
 * and what was installed when somebody last looked.
 */
export class KeptModels implements Disposable {
  readonly #memory: Memory;
  readonly #favourites: Favourites;
  readonly #listeners = new Set<() => void>();
  readonly #logger: Logger;
  readonly #marks: Disposable;

  constructor(memory: Memory, favourites: Favourites, logger: Logger) {
    this.#memory = memory;
    this.#favourites = favourites;
    this.#logger = logger;
    this.#marks = favourites.onDidChange(() => this.#changed());
  }

  /** They are others than before. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  get ids(): readonly ModelId[] {
    return [...new Set([...this.#favourites.ids, ...this.#installed])];
  }

  /** Takes note of what is installed, once everybody has told; never rejects. */
  async note(installed: InstalledSnapshot | undefined): Promise<void> {
    if (installed?.complete !== true) return;
    const models = installed.entries.flatMap(({ from }) => from?.model ?? []);
    // A runtime that cannot tell everything, as when a disk is not connected, forgets nothing.
    const isSure = installed.runtimes.every(({ problem }) => problem === undefined);
    const now = [...new Set([...models, ...(isSure ? [] : this.#installed)])].sort();
    if (now.join() === this.#installed.join()) return;
    try {
      await this.#memory.update(KEY, now);
    } catch (error) {
      this.#logger.warn(`What is installed could not be noted: ${describeError(error)}`);
    }
    this.#changed();
  }

  dispose(): void {
    this.#marks.dispose();
    this.#listeners.clear();
  }

  get #installed(): readonly ModelId[] {
    const stored = this.#memory.get(KEY);
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
