import type { Counters, ModelId, SourceKey, SourceRow } from '../model.ts';
import type { ListedModel, Projection } from './authorList.ts';
import { keepKnown, refuseUnreadable } from './entries.ts';
import { idOfEntry } from './repository.ts';
import type { Question } from './source.ts';

/** What a page held. */
export interface PageRead {
  /** Something that the catalogue does not know just so. */
  readonly news: boolean;
  /** Something that no page before it held just so. */
  readonly fresh: boolean;
}

/**
 * The pages of one listing, put together. Pages that overlap, because something moved meanwhile,
 * make no difference to a map.
 */
export class SeenRows {
  readonly manifest = new Map<ModelId, string>();
  readonly counters = new Map<ModelId, Counters>();
  /** False once an entry stood there that could not even be named. */
  whole = true;
  /**
   * When the last row of the pages changed, in ms since 1970: whatever is newer stands above it.
   * Undefined if nothing was read, or if the rows were not in order.
   */
  oldest: number | undefined;
  readonly #rows = new Map<ModelId, SourceRow>();
  /** The entries that could not be read, as JSON: overlapping pages show them twice. */
  readonly #unreadable = new Set<string>();
  readonly #source: SourceKey;
  readonly #question: Question;
  #ordered = true;

  constructor(source: SourceKey, question: Question) {
    this.#source = source;
    this.#question = question;
  }

  get dropped(): number {
    return this.#unreadable.size;
  }

  /** The full rows that came along, as far as nothing newer was seen of them since. */
  row(id: ModelId): SourceRow | undefined {
    const row = this.#rows.get(id);
    return row !== undefined && row.fingerprint === this.manifest.get(id) ? row : undefined;
  }

  /** Adds a page, newest rows first. */
  read(json: unknown, projection: Projection): PageRead {
    const { manifest: known, logger } = this.#question;
    const page = projection.read(json, this.#source, logger);
    if (this.manifest.size === 0) refuseUnreadable(page, this.#source, idOfEntry);
    let news = false;
    let fresh = false;
    for (const { entry } of page.entries) {
      news ||= known.get(entry.id) !== entry.fingerprint;
      fresh ||= this.manifest.get(entry.id) !== entry.fingerprint;
      this.#noteTime(entry.lastModified);
      this.add(entry);
    }
    for (const raw of page.unreadable) {
      const text = JSON.stringify(raw);
      fresh ||= !this.#unreadable.has(text);
      this.#unreadable.add(text);
    }
    const named = keepKnown(this.manifest, page.unreadable, known, idOfEntry);
    this.whole &&= named;
    return { news, fresh };
  }

  /** Adds what is known of one model; of two the last counts. */
  add({ id, fingerprint, counters, row }: ListedModel): void {
    this.manifest.set(id, fingerprint);
    if (counters !== undefined) this.counters.set(id, counters);
    if (row !== undefined) this.#rows.set(id, row);
  }

  #noteTime(lastModified: number | undefined): void {
    this.#ordered &&= lastModified !== undefined && lastModified <= (this.oldest ?? Infinity);
    this.oldest = this.#ordered ? lastModified : undefined;
  }
}
