import { SyncError } from '../errors.ts';
import { nextPage } from '../http/link.ts';
import type { Counters, ModelId, SourceKey, SourceRow, Validators } from '../model.ts';
import { keepKnown, parseEntries, refuseUnreadable } from './entries.ts';
import {
  fingerprintOf,
  IDENTITY_FIELDS,
  identitySchema,
  modelIdSchema,
  RECORD_FIELDS,
  repositorySchema,
  repositoryRow,
} from './repository.ts';
import type { Listing, Question, Rows, Source } from './source.ts';

/** Rows of the first page of a probe. */
const PROBE_ROWS = 16;
/** Rows of a page where all are wanted: the most that the Hub sends. */
const FULL_PAGE = 1_000;
/** A request costs about as much as this many rows of a list. */
const ROWS_PER_REQUEST = 20;

/** The pages of one listing, put together. */
interface Seen {
  readonly manifest: Map<ModelId, string>;
  /** The entries that could not be read, as JSON: overlapping pages show them twice. */
  readonly unreadable: Set<string>;
  /** False once an entry stood there that could not even be named. */
  whole: boolean;
}

interface PageAnswer {
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

interface PageRead {
  /** It holds what the catalogue does not know just so. */
  readonly news: boolean;
  /** It holds what no page before it held just so. */
  readonly fresh: boolean;
}

/**
 * The models of one author on the Hugging Face Hub, by `GET /api/models?author=…`, newest change
 * first. What changed stands at the top, so a probe reads only until it meets what it knows.
 */
export class HuggingFaceAuthor implements Source {
  readonly key: SourceKey;
  readonly #author: string;
  readonly #endpoint: URL;

  constructor(author: string, endpoint: URL) {
    this.key = `hf:${author}`;
    this.#author = author;
    this.#endpoint = endpoint;
  }

  async probe(question: Question): Promise<Listing | undefined> {
    const first = this.#listAddress(IDENTITY_FIELDS, PROBE_ROWS);
    const answer = await question.http.getJson(first, { etag: question.validators['probe'] });
    if (answer.unchanged) return undefined;

    const seen = emptyHanded();
    await this.#walk(first, answer, seen, question, ({ news }) => news);
    return this.#listing(seen, false, withEtag('probe', answer.headers), question);
  }

  async sweep(question: Question): Promise<Listing | undefined> {
    const first = this.#listAddress(IDENTITY_FIELDS, FULL_PAGE);
    const answer = await question.http.getJson(first, { etag: question.validators['sweep'] });
    if (answer.unchanged) return undefined;

    const seen = emptyHanded();
    this.#readPage(answer.json, seen, question);
    let next = nextPage(answer.headers['link'], first);
    // The ETag of one page of several says nothing of the others.
    const validators = next === undefined ? withEtag('sweep', answer.headers) : {};
    const several = next !== undefined;
    while (next !== undefined) {
      const more = await question.http.getJson(next);
      if (more.unchanged) break;
      const { fresh } = this.#readPage(more.json, seen, question);
      next = nextPage(more.headers['link'], first);
      if (next !== undefined && !fresh) throw this.#endless();
    }
    if (several) await this.#catchUp(seen, question);
    if (seen.manifest.size === 0 && question.first) {
      throw new SyncError(
        'notFound',
        `${this.#endpoint.host} knows no models of "${this.#author}". ` +
          'Check how the author is spelt, or set a token if they are private.',
      );
    }
    return this.#listing(seen, seen.whole, validators, question);
  }

  /** What changed while the pages were read moved up, out of those that were still to come. */
  async #catchUp(seen: Seen, question: Question): Promise<void> {
    const top = this.#listAddress(IDENTITY_FIELDS, PROBE_ROWS);
    const answer = await question.http.getJson(top);
    if (!answer.unchanged) await this.#walk(top, answer, seen, question, () => true);
  }

  /** Reads on from a page, newest first, while pages hold what was not seen and `wanted` agrees. */
  async #walk(
    first: URL,
    begin: PageAnswer,
    seen: Seen,
    question: Question,
    wanted: (page: PageRead) => boolean,
  ): Promise<void> {
    let page = begin;
    for (let rows = PROBE_ROWS * 4; ; rows = Math.min(rows * 4, FULL_PAGE)) {
      const read = this.#readPage(page.json, seen, question);
      const next = read.fresh && wanted(read) ? nextPage(page.headers['link'], first) : undefined;
      if (next === undefined) return;
      next.searchParams.set('limit', String(rows));
      const more = await question.http.getJson(next);
      if (more.unchanged) return;
      page = more;
    }
  }

  /**
   * Adds a page to what was seen. Pages that overlap, because something moved meanwhile, make no
   * difference to a map.
   */
  #readPage(json: unknown, seen: Seen, question: Question): PageRead {
    const page = parseEntries(json, identitySchema, this.key, question.logger);
    if (seen.manifest.size === 0) refuseUnreadable(page, this.key, idOf);
    let news = false;
    let fresh = false;
    for (const { entry } of page.entries) {
      const fingerprint = fingerprintOf(entry);
      news ||= question.manifest.get(entry.id) !== fingerprint;
      fresh ||= seen.manifest.get(entry.id) !== fingerprint;
      seen.manifest.set(entry.id, fingerprint);
    }
    for (const raw of page.unreadable) {
      const text = JSON.stringify(raw);
      fresh ||= !seen.unreadable.has(text);
      seen.unreadable.add(text);
    }
    const named = keepKnown(seen.manifest, page.unreadable, question.manifest, idOf);
    seen.whole &&= named;
    return { news, fresh };
  }

  #endless(): SyncError {
    return new SyncError(
      'badAnswer',
      `${this.#endpoint.host} sends the same page again and again. It is tried again later.`,
    );
  }

  #listing(seen: Seen, complete: boolean, validators: Validators, question: Question): Listing {
    const order = [...seen.manifest.keys()];
    return {
      manifest: seen.manifest,
      complete,
      dropped: seen.unreadable.size,
      validators,
      counters: new Map<ModelId, Counters>(),
      load: (ids) => this.#load(ids, order, question),
    };
  }

  /** The changed are the newest, so one list page down to the last of them holds them all. */
  async #load(
    ids: readonly ModelId[],
    order: readonly ModelId[],
    question: Question,
  ): Promise<Rows> {
    const wanted = new Set(ids);
    const rows: SourceRow[] = [];
    let dropped = 0;
    const take = (list: unknown): void => {
      const read = parseEntries(list, repositorySchema, this.key, question.logger);
      // The others were counted when they were listed.
      dropped += read.unreadable.filter((raw) => wanted.delete(idOf(raw) ?? '')).length;
      for (const { entry, raw } of read.entries) {
        if (wanted.delete(entry.id)) rows.push(repositoryRow(entry, raw));
      }
    };

    const deepest = order.findLastIndex((id) => wanted.has(id)) + 1;
    if (deepest <= wanted.size * ROWS_PER_REQUEST) {
      let next: URL | undefined = this.#listAddress(RECORD_FIELDS, Math.min(deepest, FULL_PAGE));
      for (
        let left = deepest;
        next !== undefined && left > 0 && wanted.size > 0;
        left -= FULL_PAGE
      ) {
        const answer = await question.http.getJson(next);
        if (answer.unchanged) break;
        take(answer.json);
        next = nextPage(answer.headers['link'], next);
      }
    }
    // The rest lies too deep, or slid out of the page while it was read.
    for (const id of [...wanted]) {
      const record = await this.#lookUp(id, question);
      if (record !== undefined) take([record]);
    }
    return { rows, dropped };
  }

  async #lookUp(id: ModelId, question: Question): Promise<unknown> {
    const address = new URL(`api/models/${id}`, this.#endpoint);
    for (const field of RECORD_FIELDS) address.searchParams.append('expand', field);
    try {
      const answer = await question.http.getJson(address);
      return answer.unchanged ? undefined : answer.json;
    } catch (error) {
      if (!SyncError.is(error, 'notFound') && !SyncError.is(error, 'unauthorised')) throw error;
      question.logger.info(`${id} vanished while it was read.`);
      return undefined;
    }
  }

  #listAddress(fields: readonly string[], limit: number): URL {
    const address = new URL('api/models', this.#endpoint);
    address.searchParams.set('author', this.#author);
    address.searchParams.set('sort', 'lastModified');
    address.searchParams.set('limit', String(limit));
    for (const field of fields) address.searchParams.append('expand', field);
    return address;
  }
}

function emptyHanded(): Seen {
  return { manifest: new Map(), unreadable: new Set(), whole: true };
}

function idOf(raw: unknown): ModelId | undefined {
  return modelIdSchema.safeParse((raw as { id?: unknown } | null)?.id).data;
}

function withEtag(question: string, headers: Readonly<Record<string, string>>): Validators {
  const { etag } = headers;
  return etag === undefined ? {} : { [question]: etag };
}
