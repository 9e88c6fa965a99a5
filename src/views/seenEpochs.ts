import type { SourceKey, SourceStatus } from '../sync/model.ts';
import type { CatalogueChange } from '../sync/syncService.ts';

/** Up to which epoch of each source the views have been told of what changed. */
export class SeenEpochs {
  readonly #seen = new Map<SourceKey, number>();

  /**
   * Notes what the catalogue holds now.
   * @returns true if the rows of a source are others than the views were told of
   */
  note(sources: readonly SourceStatus[]): boolean {
    const news = sources.filter(({ key, epoch }) => this.#seen.get(key) !== epoch);
    for (const { key, epoch } of news) this.#seen.set(key, epoch);
    return news.length > 0;
  }

  /**
   * Notes a change that the engine of this window tells of.
   * @returns false if it hides one of another window that the views were not told of
   */
  follow({ source, since, epoch }: CatalogueChange): boolean {
    const seen = this.#seen.get(source);
    this.#seen.set(source, epoch);
    return seen === since || seen === epoch;
  }
}
