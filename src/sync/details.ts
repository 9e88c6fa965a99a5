import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';
import type { DetailsStore } from './cache/detailsStore.ts';
import { SyncError } from './errors.ts';
import type { HttpClient, HttpSession } from './http/httpClient.ts';
import type { Logger } from './logger.ts';
import type { ModelDetails, ModelId } from './model.ts';
import { SharedJobs } from './sharedJobs.ts';

/** Where the details of a model whose commit is not known are read: they may change. */
export const MAIN = 'main';

/** How long details of `main` count as fresh, in ms. Those of a commit never change. */
const MAIN_TTL = 60 * 60_000;
/** Bytes of parsed details that are kept in memory. */
const MEMORY_BUDGET = 8 * 1024 * 1024;

/** Details as they are served: with a failure if they are older than they should be. */
export interface ServedDetails {
  readonly details: ModelDetails;
  /** Why nothing newer could be had. */
  readonly failure?: string;
}

export interface DetailsOptions {
  readonly store: DetailsStore;
  readonly http: HttpClient;
  readonly fetchDetails: (
    http: HttpSession,
    id: ModelId,
    revision: string,
    now: number,
  ) => Promise<ModelDetails>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** File trees and READMEs: asked for once per commit, then from memory or from the disk. */
export class DetailsService {
  readonly #options: DetailsOptions;
  readonly #jobs = new SharedJobs<string, null, ServedDetails>();
  readonly #memory: LRUCache<string, ModelDetails>;

  constructor(options: DetailsOptions) {
    this.#options = options;
    this.#memory = new LRUCache({
      maxSize: MEMORY_BUDGET,
      sizeCalculation: (details) => Math.max(1, JSON.stringify(details).length),
      ttl: 0,
      ttlResolution: 0,
      perf: { now: () => options.clock.now() },
    });
  }

  /**
   * The details of a model at a commit, or at `main`. Stale ones are better than none: they are
   * served when nothing newer can be had.
   * @throws SyncError if there are none at all
   */
  get(id: ModelId, revision: string, signal?: AbortSignal): Promise<ServedDetails> {
    const run = (_: null, shared: AbortSignal): Promise<ServedDetails> =>
      this.#find(id, revision, shared);
    return this.#jobs.join(
      `${id}@${revision}`,
      () => null,
      () => undefined,
      run,
      signal,
    );
  }

  /** Gives up all requests. */
  close(): Promise<void> {
    return this.#jobs.abortAll();
  }

  async #find(id: ModelId, revision: string, signal: AbortSignal): Promise<ServedDetails> {
    const { store, clock } = this.#options;
    const key = `${id}@${revision}`;
    const remembered = this.#memory.get(key);
    if (remembered !== undefined) return { details: remembered };

    const stored = store.get(id, revision, clock.now());
    if (stored !== undefined && this.#remember(key, stored, revision)) return { details: stored };
    try {
      const details = await this.#fetch(id, revision, signal);
      this.#remember(key, details, revision);
      return { details };
    } catch (error) {
      if (stored === undefined || signal.aborted) throw error;
      return { details: stored, failure: SyncError.from(error).message };
    }
  }

  async #fetch(id: ModelId, revision: string, signal: AbortSignal): Promise<ModelDetails> {
    const { store, http, fetchDetails, clock, logger } = this.#options;
    const details = await fetchDetails(http.session(signal), id, revision, clock.now());
    try {
      store.put(id, revision, details, clock.now());
    } catch (error) {
      logger.warn(`Details of ${id} could not be kept: ${SyncError.from(error).message}`);
    }
    return details;
  }

  /** @returns false if the details are too old to count as fresh */
  #remember(key: string, details: ModelDetails, revision: string): boolean {
    // The user may be let in at any time, or set a token.
    if (details.readmeRefused === true) return false;
    if (revision !== MAIN) {
      this.#memory.set(key, details);
      return true;
    }
    const left = details.fetchedAt + MAIN_TTL - this.#options.clock.now();
    if (left <= 0) return false;
    this.#memory.set(key, details, { ttl: left });
    return true;
  }
}
