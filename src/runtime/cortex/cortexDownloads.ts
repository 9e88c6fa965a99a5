import type { Clock, Disposable } from '../../sync/clock.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ObservedPull, PullProgress } from '../runtime.ts';
import { originOf } from './cortexEntries.ts';
import type { CortexEvent } from './cortexEvents.ts';
import { CortexEvents } from './cortexEvents.ts';

/** Cortex tells of a download once a second. After this silence, in ms, it has lost it. */
const SILENCE = 30_000;

export interface CortexDownloadsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onDidChange: () => void;
  /** A download has ended, well or not. */
  readonly onDidEnd: () => void;
}

interface Heard {
  readonly progress: PullProgress;
  readonly forgetting: Disposable;
}

/** What a Cortex server says that it downloads, whoever asked it to. */
export class CortexDownloads implements Disposable {
  readonly #options: CortexDownloadsOptions;
  readonly #events: CortexEvents;
  readonly #heard = new Map<string, Heard>();

  /** @param base address of the server; ends in a slash */
  constructor(base: URL, options: CortexDownloadsOptions) {
    this.#options = options;
    this.#events = new CortexEvents(
      base,
      // What ended while nobody listened is not told again; what runs is, within a second.
      { onOpen: () => this.#forgetAll(), onEvent: (event) => this.#hear(event) },
      options,
    );
  }

  /** Downloads of models that run now. */
  get running(): readonly ObservedPull[] {
    return [...this.#heard].flatMap(([id, { progress }]) => {
      const { model, variant, revision } = originOf(id);
      // A name that the user made up tells nothing of the model.
      if (model === undefined) return [];
      return [{ id, model, variant: variant ?? revision ?? id, progress }];
    });
  }

  /** Takes a download for ended, until something is heard of it again. */
  forget(taskId: string): void {
    this.#heard.get(taskId)?.forgetting.dispose();
    this.#heard.delete(taskId);
  }

  dispose(): void {
    this.#events.dispose();
    for (const { forgetting } of this.#heard.values()) forgetting.dispose();
    this.#heard.clear();
  }

  #hear({ taskId, isModel, state, progress }: CortexEvent): void {
    if (!isModel) return;
    this.forget(taskId);
    if (state === 'running') {
      const forgetting = this.#options.clock.after(SILENCE, () => {
        this.forget(taskId);
        this.#options.onDidChange();
      });
      this.#heard.set(taskId, { progress, forgetting });
    } else {
      this.#options.onDidEnd();
    }
    this.#options.onDidChange();
  }

  #forgetAll(): void {
    if (this.#heard.size === 0) return;
    for (const taskId of [...this.#heard.keys()]) this.forget(taskId);
    this.#options.onDidChange();
  }
}
