import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import { nextPage } from '../http/link.ts';
import type { ModelId, SourceKey, Validators } from '../model.ts';
import { absentFrom, confirmAbsent, MOST_LOOKED_UP } from './absentModels.ts';
import type { Projection } from './authorList.ts';
import { AuthorList, COUNTED, fullPage, IDENTITY, RECORDS } from './authorList.ts';
import { AuthorRecords } from './authorRecords.ts';
import { SeenRows } from './seenRows.ts';
import type { PageRead } from './seenRows.ts';
import type { Listing, Question, Source } from './source.ts';

/** Rows of the first page of a probe. */
const PROBE_ROWS = 16;
/** Up to this many models, all records weigh no more than a question for what changed and theirs. */
const FEW_MODELS = 300;

interface PageAnswer {
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** What else is told of a listing. */
interface Outcome {
  readonly complete: boolean;
  readonly validators: Validators;
  readonly counted: boolean;
  readonly removed?: readonly ModelId[];
  readonly wholeBytes?: number;
}

/**
 * The models of one author on the Hugging Face Hub, by `GET /api/models?author=…`, newest change
 * first. What changed stands at the top, so a probe reads only until it meets what it knows.
 */
export class HuggingFaceAuthor implements Source {
  readonly key: SourceKey;
  readonly #list: AuthorList;

  constructor(author: string, endpoint: URL) {
    this.key = `hf:${author}`;
    this.#list = new AuthorList(author, endpoint);
  }

  async probe(question: Question): Promise<Listing | undefined> {
    // The counters of all cost as much as what there is of all.
    if (question.counters) return this.sweep(question);
    const first = this.#list.page(IDENTITY, PROBE_ROWS);
    const answer = await question.http.getJson(first, { etag: question.validators['probe'] });
    if (answer.unchanged) return undefined;

    const seen = new SeenRows(this.key, question);
    const atEnd = await this.#walk(first, answer, seen, question, ({ news }) => news);
    const absent = absentFrom(seen, atEnd, question);
    // Asking for all of them costs less than asking for each.
    if (absent.length > MOST_LOOKED_UP) return this.#sweep(IDENTITY, 'sweep', question);

    const records = new AuthorRecords(this.#list, question);
    const removed = await confirmAbsent(absent, seen, records, this.#list);
    const validators = withEtag('probe', answer.headers);
    return this.#listing(seen, question, { complete: false, counted: false, validators, removed });
  }

  /**
   * At first, and for the daily question to an author of few models, the whole records are listed,
   * so that one answer is manifest, counters and rows at once.
   */
  sweep(question: Question): Promise<Listing | undefined> {
    const { first, counters, manifest } = question;
    if (first || (counters && manifest.size <= FEW_MODELS)) {
      return this.#sweep(RECORDS, 'records', question);
    }
    return counters
      ? this.#sweep(COUNTED, 'counted', question)
      : this.#sweep(IDENTITY, 'sweep', question);
  }

  async #sweep(
    projection: Projection,
    validator: string,
    question: Question,
  ): Promise<Listing | undefined> {
    const { http } = question;
    const before = http.bytesReceived;
    const first = this.#list.page(projection, fullPage(question.pageRows));
    const answer = await http.getJson(first, { etag: question.validators[validator] });
    if (answer.unchanged) return undefined;

    const seen = new SeenRows(this.key, question);
    seen.read(answer.json, projection);
    let next = nextPage(answer.headers['link'], first);
    // The ETag of one page of several says nothing of the others.
    const validators = next === undefined ? withEtag(validator, answer.headers) : {};
    const several = next !== undefined;
    while (next !== undefined) {
      const more = await http.getJson(next);
      if (more.unchanged) break;
      const { fresh } = seen.read(more.json, projection);
      next = nextPage(more.headers['link'], first);
      if (next !== undefined && !fresh) throw this.#endless();
    }
    const whole = projection === RECORDS && { wholeBytes: http.bytesReceived - before };
    if (several) await this.#catchUp(seen, question);
    if (question.first && seen.manifest.size === 0 && seen.dropped === 0) throw this.#unknown();
    const counted = projection !== IDENTITY;
    return this.#listing(seen, question, { complete: seen.whole, counted, validators, ...whole });
  }

  /** What changed while the pages were read moved up, out of those that were still to come. */
  async #catchUp(seen: SeenRows, question: Question): Promise<void> {
    const top = this.#list.page(IDENTITY, PROBE_ROWS);
    const answer = await question.http.getJson(top);
    if (!answer.unchanged) await this.#walk(top, answer, seen, question, () => true);
  }

  /**
   * Reads on from a page, newest first, while pages hold what was not seen and `wanted` agrees.
   * @returns whether the last page there is was read
   */
  async #walk(
    first: URL,
    begin: PageAnswer,
    seen: SeenRows,
    question: Question,
    wanted: (page: PageRead) => boolean,
  ): Promise<boolean> {
    const most = fullPage(question.pageRows);
    let page = begin;
    for (let rows = PROBE_ROWS * 4; ; rows *= 4) {
      const read = seen.read(page.json, IDENTITY);
      const next = nextPage(page.headers['link'], first);
      if (next === undefined || !read.fresh || !wanted(read)) return next === undefined;
      next.searchParams.set('limit', String(Math.min(rows, most)));
      const more = await question.http.getJson(next);
      if (more.unchanged) return false;
      page = more;
    }
  }

  #listing(seen: SeenRows, question: Question, outcome: Outcome): Listing {
    const order = [...seen.manifest.keys()];
    return {
      ...outcome,
      manifest: seen.manifest,
      dropped: seen.dropped,
      counters: seen.counters,
      load: async (ids) => {
        const known = ids.map((id) => seen.row(id)).filter((row) => row !== undefined);
        const wanted = new Set(ids.filter((id) => seen.row(id) === undefined));
        if (wanted.size === 0) return { rows: known, dropped: 0 };
        const depth = order.findLastIndex((id) => wanted.has(id)) + 1;
        const loaded = await new AuthorRecords(this.#list, question).load([...wanted], depth);
        return { ...loaded, rows: [...known, ...loaded.rows] };
      },
    };
  }

  #endless(): SyncError {
    return new SyncError(
      'badAnswer',
      t(
        '{0} sends the same page again and again. It is tried again later.',
        this.#list.endpoint.host,
      ),
    );
  }

  #unknown(): SyncError {
    return new SyncError(
      'notFound',
      t(
        '{0} knows no models of "{1}". Check how the author is spelt, or set a token if they are private.',
        this.#list.endpoint.host,
        this.#list.author,
      ),
    );
  }
}

function withEtag(question: string, headers: Readonly<Record<string, string>>): Validators {
  const { etag } = headers;
  return etag === undefined ? {} : { [question]: etag };
}
