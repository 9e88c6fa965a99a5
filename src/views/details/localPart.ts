import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import type { DetailsLocal } from './detailsLocal.ts';
import type { DetailsSubject, LocalSubject } from './detailsSubject.ts';
import { downloadable } from './downloadRefusal.ts';
import type { LocalAction } from './messages.ts';
import { UpdateEstimates } from './updateEstimates.ts';
import type { Wording } from './wording.ts';

/** Shortest time between two paintings for changes on this machine, in ms. */
const INTERVAL = 250;

export interface LocalPartOptions {
  readonly local: DetailsLocal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is shown of the model is another. */
  readonly onChange: () => void;
}

/** The part of the details page that is of this machine: follows it, and has things done there. */
export class LocalPart implements Disposable {
  readonly #options: LocalPartOptions;
  readonly #subscription: Disposable;
  readonly #estimates: UpdateEstimates;
  readonly #asked = new Set<string>();
  readonly #refused = new Map<string, string>();
  #id: ModelId | undefined;
  /** What was last told of. */
  #told = '';
  #resting: Disposable | undefined;

  constructor(options: LocalPartOptions) {
    const { local, logger, onChange } = options;
    this.#options = options;
    this.#estimates = new UpdateEstimates({
      ...{ logger, onChange },
      preview: (entry, signal) => local.preview(entry, signal),
    });
    this.#subscription = options.local.onDidChange(() => this.#follow());
  }

  /** From now on this model counts, or none. */
  show(id: ModelId | undefined): void {
    if (id === this.#id) return;
    this.#id = id;
    this.#estimates.clear();
    this.#asked.clear();
    this.#refused.clear();
    this.#told = id === undefined ? '' : this.#look();
  }

  /** What is known of the shown model. */
  get subject(): LocalSubject {
    const { local } = this.#options;
    const id = this.#id;
    return {
      downloads: local.downloads().filter(({ model }) => model === id),
      installed: (local.installed()?.entries ?? []).filter(({ from }) => from?.model === id),
      hasToken: local.hasToken(),
      asked: this.#asked,
      refused: this.#refused,
      estimates: this.#estimates,
    };
  }

  /** Somebody looks: finds out what the updates of the shown model cost. */
  estimate(): void {
    this.#estimates.want(this.subject.installed);
  }

  /**
   * Does what a button asks for. A failure is shown where the button is.
   * @returns what to say if there is nothing to be done
   */
  async answer(
    { type: does, what }: { readonly type: LocalAction['does']; readonly what: string },
    subject: DetailsSubject,
    wording: Wording,
  ): Promise<string | undefined> {
    const { local, onChange } = this.#options;
    if (does !== 'download') {
      const download = subject.local.downloads.find(({ id }) => id === what);
      if (download === undefined) return wording.t('This download is no longer there.');
      await this.#attempt(download.variant, () => local[does](what));
      return undefined;
    }
    if (this.#asked.has(what)) return undefined;
    const answer = downloadable(subject, what, wording);
    if ('refusal' in answer) return answer.refusal;
    this.#asked.add(what);
    onChange();
    await this.#attempt(what, () => local.download(subject.id, answer.revision, what));
    return undefined;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#estimates.clear();
    this.#resting?.dispose();
  }

  /** Does it, and keeps why it could not be done, unless another model is shown by then. */
  async #attempt(variant: string, action: () => Promise<void>): Promise<void> {
    const { logger, onChange } = this.#options;
    const id = this.#id;
    let refusal: string | undefined;
    try {
      await action();
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
      logger.warn(`What was asked of ${id} ${variant} failed: ${describeError(error)}`);
    }
    if (id !== this.#id) return;
    this.#asked.delete(variant);
    if (refusal === undefined) this.#refused.delete(variant);
    else this.#refused.set(variant, refusal);
    onChange();
  }

  /** Tells of changes at once, but of those that follow closely only once in a while. */
  #follow(): void {
    if (this.#id === undefined || this.#resting !== undefined) return;
    const now = this.#look();
    if (now === this.#told) return;
    this.#told = now;
    this.#resting = this.#options.clock.after(INTERVAL, () => {
      this.#resting = undefined;
      this.#follow();
    });
    this.#options.onChange();
  }

  #look(): string {
    const { downloads, installed, hasToken } = this.subject;
    return JSON.stringify([downloads, installed, hasToken]);
  }
}
