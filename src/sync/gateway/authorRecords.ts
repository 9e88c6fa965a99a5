import { describeError, SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import { nextPage } from '../http/link.ts';
import type { Logger } from '../logger.ts';
import type { ModelId, SourceRow } from '../model.ts';
import type { AuthorList, ListedModel } from './authorList.ts';
import { fullPage, RECORDS } from './authorList.ts';
import { idOfEntry } from './repository.ts';
import type { Rows } from './source.ts';

/** A request costs about as much as this many rows of a list. */
const ROWS_PER_REQUEST = 20;

/** How records are asked for. */
export interface RecordQuestion {
  readonly http: HttpSession;
  readonly logger: Logger;
  readonly pageRows?: number;
}

/** What a look-up of one model found; the answer may bear another name than was asked for. */
export type Found =
  | { readonly kind: 'found'; readonly model: ListedModel & { readonly row: SourceRow } }
  | { readonly kind: 'vanished' | 'unreadable' };

/** Full records of models of one author, in as few requests as that takes. */
export class AuthorRecords {
  readonly #list: AuthorList;
  readonly #question: RecordQuestion;

  constructor(list: AuthorList, question: RecordQuestion) {
    this.#list = list;
    this.#question = question;
  }

  /**
   * The records of some models. What changed last stands first, so one list request down to the
   * deepest of them returns them all; what lies too deep for that is looked up one by one.
   * @param depth how many rows of the list hold them, as far as is known
   */
  async load(ids: readonly ModelId[], depth: number): Promise<Rows> {
    const wanted = new Set(ids);
    const rows = new Map<ModelId, SourceRow>();
    const vanished: ModelId[] = [];
    let dropped = 0;
    if (depth <= wanted.size * ROWS_PER_REQUEST) {
      for await (const page of this.#pages(depth)) {
        for (const { entry } of page.entries) {
          if (wanted.has(entry.id) && entry.row !== undefined) rows.set(entry.id, entry.row);
        }
        for (const raw of page.unreadable) {
          const id = idOfEntry(raw) ?? '';
          // The others were counted when they were listed.
          if (!rows.has(id) && wanted.delete(id)) dropped++;
        }
        if (rows.size === wanted.size) break;
      }
    }
    // The rest lies too deep, or slid out of the page while it was read.
    for (const id of wanted) {
      if (rows.has(id)) continue;
      const found = await this.lookUp(id);
      if (found.kind === 'unreadable') dropped++;
      else if (found.kind === 'found' && found.model.id === id) rows.set(id, found.model.row);
      else vanished.push(id);
    }
    return { rows: [...rows.values()], dropped, vanished };
  }

  /** One model; one that went by another name is found under that. */
  async lookUp(id: ModelId): Promise<Found> {
    const { http, logger } = this.#question;
    try {
      const answer = await http.getJson(this.#list.record(id));
      return answer.unchanged ? { kind: 'unreadable' } : this.#found(id, answer.json);
    } catch (error) {
      if (SyncError.is(error, 'notFound') || SyncError.is(error, 'unauthorised')) {
        logger.info(`${id} vanished.`);
        return { kind: 'vanished' };
      }
      if (!SyncError.is(error, 'forbidden')) throw error;
      // The list was shown, so it is about this one only: disabled, say.
      logger.info(`${id} is not shown: it stays as it is known. ${describeError(error)}`);
      return { kind: 'unreadable' };
    }
  }

  #found(id: ModelId, record: unknown): Found {
    const { logger } = this.#question;
    const [model] = RECORDS.read([record], id, logger).entries;
    const row = model?.entry.row;
    if (model === undefined || row === undefined) return { kind: 'unreadable' };
    if (row.record.id !== id) logger.info(`${id} is called ${row.record.id} now.`);
    return { kind: 'found', model: { ...model.entry, row } };
  }

  async *#pages(depth: number): AsyncGenerator<ReturnType<typeof RECORDS.read>> {
    const { http, logger, pageRows } = this.#question;
    const size = Math.min(depth, fullPage(pageRows));
    let next: URL | undefined = this.#list.page(RECORDS, size);
    for (let left = depth; next !== undefined && left > 0; left -= size) {
      const answer = await http.getJson(next);
      if (answer.unchanged) return;
      yield RECORDS.read(answer.json, `hf:${this.#list.author}`, logger);
      next = nextPage(answer.headers['link'], next);
    }
  }
}
