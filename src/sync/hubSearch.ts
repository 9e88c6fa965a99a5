import { LRUCache } from 'lru-cache';
import { canonicalJson } from './canonicalJson.ts';
import type { Clock } from './clock.ts';
import type { HubQuestion, HuggingFaceSearch } from './gateway/huggingFaceSearch.ts';
import type { HttpClient } from './http/httpClient.ts';
import type { Model, ModelId } from './model.ts';

/** Answers that are remembered, and for how long, in ms. */
const MOST_ANSWERS = 100;
const ANSWER_TTL = 10 * 60_000;

export interface HubSearchOptions {
  readonly http: HttpClient;
  /** Who is asked by now. */
  readonly gateway: () => Pick<HuggingFaceSearch, 'search' | 'lookUp'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the Hub finds for somebody who waits for it; the same is not asked again for a while. */
export class HubSearch {
  readonly #options: HubSearchOptions;
  readonly #answers: LRUCache<string, readonly Model[]>;

  constructor(options: HubSearchOptions) {
    this.#options = options;
    this.#answers = new LRUCache({
      max: MOST_ANSWERS,
      ttl: ANSWER_TTL,
      ttlResolution: 0,
      perf: { now: () => options.clock.now() },
    });
  }

  /** See HuggingFaceSearch.search. @throws SyncError */
  async search(question: HubQuestion, signal: AbortSignal): Promise<readonly Model[]> {
    const { http, gateway } = this.#options;
    const key = canonicalJson(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const found = await gateway().search(http.session(signal), question);
    this.#answers.set(key, found);
    return found;
  }

  /** See HuggingFaceSearch.lookUp. Always asks. @throws SyncError */
  async lookUp(id: ModelId, signal: AbortSignal): Promise<Model | undefined> {
    const { http, gateway } = this.#options;
    return await gateway().lookUp(http.session(signal), id);
  }

  /** Whoever is asked from now on may answer otherwise. */
  forget(): void {
    this.#answers.clear();
  }
}
