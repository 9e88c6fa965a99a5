import { SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import type { Logger } from '../logger.ts';
import { mergeRows } from '../merge.ts';
import type { Model, ModelId, SourceRow } from '../model.ts';
import { RECORDS } from './authorList.ts';

/** What is looked for among all models of the Hub that come as GGUF. */
export interface HubQuestion {
  /** Words that must all occur in the id. */
  readonly text: string;
  readonly author?: string;
  readonly license?: string;
  readonly task?: string;
}

/** Of one answer: people read no more of them. */
const MOST_FOUND = 20;

/** Models that need not be in any catalogue, by what the Hub itself finds. */
export class HuggingFaceSearch {
  readonly #endpoint: URL;
  readonly #logger: Logger;

  constructor(endpoint: URL, logger: Logger) {
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  /**
   * The most downloaded models that answer, by `GET /api/models?search=…`.
   * @throws SyncError
   */
  async search(http: HttpSession, question: HubQuestion): Promise<Model[]> {
    const { text, author, license, task } = question;
    const address = new URL('api/models', this.#endpoint);
    const set = (name: string, value: string | undefined): void => {
      if (value !== undefined && value !== '') address.searchParams.append(name, value);
    };
    for (const word of text.split(' ')) set('search', word);
    set('author', author);
    set('filter', 'gguf');
    set('filter', license && `license:${license.toLowerCase()}`);
    set('pipeline_tag', task);
    set('sort', 'downloads');
    set('limit', String(MOST_FOUND));
    return await this.#ask(http, address, (json) => json);
  }

  /**
   * One model, by `GET /api/models/{id}`; one that went by another name is found under that.
   * @returns undefined if there is none that is shown to us
   * @throws SyncError
   */
  async lookUp(http: HttpSession, id: ModelId): Promise<Model | undefined> {
    const address = new URL(`api/models/${id}`, this.#endpoint);
    try {
      const [found] = await this.#ask(http, address, (json) => [json]);
      return found;
    } catch (error) {
      // The Hub does not tell strangers whether there is one.
      const refusals = ['notFound', 'unauthorised'] as const;
      if (refusals.some((kind) => SyncError.is(error, kind))) return undefined;
      throw error;
    }
  }

  async #ask(
    http: HttpSession,
    address: URL,
    listOf: (json: unknown) => unknown,
  ): Promise<Model[]> {
    for (const field of RECORDS.fields) address.searchParams.append('expand', field);
    const answer = await http.getJson(address);
    if (answer.unchanged) return [];
    const { entries } = RECORDS.read(listOf(answer.json), address.host, this.#logger);
    return entries.flatMap(({ entry: { row } }) => (row === undefined ? [] : modelsOf(row)));
  }
}

/** As a catalogue would show it; but no source lists it. */
function modelsOf({ record, counters }: SourceRow): Model[] {
  const model = mergeRows([{ source: 'hf:', record, counters, published: true }]);
  return model === undefined ? [] : [{ ...model, sources: [] }];
}
