import { LRUCache } from 'lru-cache';
import type { DetailsPartName, DetailsStore, StoredPart } from './cache/detailsStore.ts';
import type { Clock } from './clock.ts';
import { SyncError } from './errors.ts';
import type { Failures } from './failures.ts';
import { NEGATIVE_TTL } from './failures.ts';
import type { Fetched, RevisionQuestion } from './gateway/huggingFaceDetails.ts';
import type { HttpClient, HttpSession, Priority } from './http/httpClient.ts';
import { moreUrgent } from './http/limiter.ts';
import type { Logger } from './logger.ts';
import type { ModelId } from './model.ts';
import { SharedJobs } from './sharedJobs.ts';

/** Where the details of a model whose commit is not known are read: they may change. */
export const MAIN = 'main';

/** How long details of `main` count as fresh, in ms. Those of a commit never change. */
export const MAIN_TTL = 60 * 60_000;
/** Bytes of parsed details that each part keeps in memory, about. */
const MEMORY_BUDGET = 4 * 1024 * 1024;

/** What questions have cost. */
export interface Cost {
  requests: number;
  /** Header fields and encoded bodies received. */
  bytes: number;
}

export interface Asking {
  /** Leaves the question; it goes on as long as somebody else waits for it. */
  readonly signal?: AbortSignal | undefined;
  /** The user's, unless nobody waits for the answer. */
  readonly priority?: Priority;
  /** Grows by what the question costs, if it was not asked already. */
  readonly cost?: Cost;
}

/** A part as it is served: with a failure if it is older than it should be. */
export interface Served<T> {
  readonly value: T;
  readonly fetchedAt: number;
  readonly failure?: string;
}

export interface DetailsPartOptions<T> {
  readonly name: DetailsPartName;
  readonly store: DetailsStore;
  readonly http: HttpClient;
  readonly fetch: (question: RevisionQuestion) => Promise<Fetched<T>>;
  /** It says that there is nothing, which is believed for minutes only. */
  readonly isNegative: (value: T) => boolean;
  /** An older version kept less of it: it is served, but not for ever, and asked for as a whole. */
  readonly isOutdated?: (value: T) => boolean;
  /** Bytes in memory, about. */
  readonly weigh: (value: T) => number;
  /** Something newer came of what was served stale, or it is known now why nothing comes. */
  readonly onDidChange: (id: ModelId) => void;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Entry<T> extends StoredPart {
  readonly value: T;
}

interface Job {
  readonly id: ModelId;
  readonly revision: string;
  readonly cost: Cost | undefined;
  priority: Priority;
}

/** One part of the details: asked for once per commit, then from memory or from the disk. */
export class DetailsPart<T> {
  readonly #options: DetailsPartOptions<T>;
  readonly #jobs = new SharedJobs<string, Job, Served<T>>();
  readonly #memory: LRUCache<string, Entry<T>>;
  /** What said no before this moment may say something else now. */
  #believedSince = -Infinity;

  constructor(options: DetailsPartOptions<T>) {
    this.#options = options;
    this.#memory = new LRUCache({
      maxSize: MEMORY_BUDGET,
      sizeCalculation: ({ value }) => Math.max(1, options.weigh(value)),
    });
  }

  /**
   * The part at a commit, or at `main`. What is stale is better than nothing: it is served at once,
   * and asked for anew in the background.
   * @throws SyncError if there is nothing at all
   */
  get(id: ModelId, revision: string, asking: Asking = {}): Promise<Served<T>> {
    return this.#join(keyOf(id, revision), id, revision, asking, (job, signal) =>
      this.#find(job, signal),
    );
  }

  /** Something is stored, whatever it says. */
  has(id: ModelId, revision: string): boolean {
    const { store, name } = this.#options;
    return this.#memory.has(keyOf(id, revision)) || store.has({ id, revision, part: name });
  }

  /** What is known and fresh; asks nobody. */
  peek(id: ModelId, revision: string): T | undefined {
    const known = this.#known(id, revision, false);
    return known !== undefined && this.#isFresh(known, revision) ? known.value : undefined;
  }

  /** No refusal is believed any longer: there is another token. */
  doubtRefusals(): void {
    this.#believedSince = this.#options.clock.now();
  }

  /** Forgets what is in memory. */
  clear(): void {
    this.#memory.clear();
  }

  /** Gives up all requests. */
  close(): Promise<void> {
    return this.#jobs.abortAll();
  }

  #join(
    key: string,
    id: ModelId,
    revision: string,
    { signal, priority = 'foreground', cost }: Asking,
    run: (job: Job, signal: AbortSignal) => Promise<Served<T>>,
  ): Promise<Served<T>> {
    const hurry = (job: Job): void => {
      job.priority = moreUrgent(job.priority, priority);
    };
    return this.#jobs.join(key, () => ({ id, revision, cost, priority }), hurry, run, signal);
  }

  async #find(job: Job, signal: AbortSignal): Promise<Served<T>> {
    const { id, revision } = job;
    const { failures, isNegative } = this.#options;
    const known = this.#known(id, revision, job.priority === 'foreground');
    if (known !== undefined && this.#isFresh(known, revision)) return served(known);

    const refusal = failures.refusal(keyOf(id, revision));
    if (refusal !== undefined) {
      if (known === undefined) throw refusal;
      return served(known, refusal);
    }
    if (known !== undefined && !isNegative(known.value)) {
      this.#revalidate(id, revision, known);
      return served(known, failures.last(keyOf(id, revision)));
    }
    try {
      return served(await this.#fetch(job, known, signal));
    } catch (error) {
      if (known === undefined || signal.aborted) throw error;
      return served(known, SyncError.from(error));
    }
  }

  #revalidate(id: ModelId, revision: string, known: Entry<T>): void {
    const { failures, onDidChange } = this.#options;
    const key = keyOf(id, revision);
    const run = async (job: Job, signal: AbortSignal): Promise<Served<T>> => {
      const before = failures.last(key)?.message;
      try {
        const newer = await this.#fetch(job, known, signal);
        if (before !== undefined || !isSame(newer.value, known.value)) onDidChange(id);
        return served(newer);
      } catch (error) {
        const failure = SyncError.from(error);
        // Told once: whoever looks again at each failure would ask again at each look.
        if (!signal.aborted && failure.message !== before) onDidChange(id);
        return served(known, failure);
      }
    };
    void this.#join(`newer ${key}`, id, revision, {}, run).catch(() => undefined);
  }

  async #fetch(job: Job, known: Entry<T> | undefined, signal: AbortSignal): Promise<Entry<T>> {
    const { failures, clock } = this.#options;
    const { id, revision } = job;
    const key = keyOf(id, revision);
    try {
      const fetched = await this.#ask(job, known, signal);
      failures.forget(key);
      const entry = unchangedOr(fetched, known, clock.now());
      this.#keep(job, entry);
      return entry;
    } catch (error) {
      const failure = SyncError.from(error);
      if (!signal.aborted) failures.note(key, failure);
      throw failure;
    }
  }

  /** Asks; once more if somebody in a hurry joined a question that had to save requests. */
  async #ask(job: Job, known: Entry<T> | undefined, signal: AbortSignal): Promise<Fetched<T>> {
    const { http, fetch } = this.#options;
    const { id, revision, cost, priority } = job;
    const session = http.session(signal, priority);
    try {
      // That an outdated value is unchanged would bring nothing of what it lacks.
      const etag = known === undefined || this.#isOutdated(known.value) ? undefined : known.etag;
      return await fetch({ http: session, id, revision, etag });
    } catch (error) {
      if (!SyncError.is(error, 'rateLimited') || job.priority === priority) throw error;
      return await this.#ask(job, known, signal);
    } finally {
      charge(cost, session);
    }
  }

  #known(id: ModelId, revision: string, isUse: boolean): Entry<T> | undefined {
    const { store, name, clock } = this.#options;
    const key = keyOf(id, revision);
    const remembered = this.#memory.get(key);
    if (remembered !== undefined) return remembered;
    const stored = store.get({ id, revision, part: name }, isUse ? clock.now() : undefined);
    if (stored === undefined) return undefined;
    const entry = stored as Entry<T>;
    // What nobody has used takes no place in memory; and its first use is to be noted.
    if (stored.ahead !== true) this.#memory.set(key, entry);
    return entry;
  }

  #keep({ id, revision, priority }: Job, entry: Entry<T>): void {
    const { store, name, clock, logger } = this.#options;
    const ahead = priority === 'ahead';
    if (!ahead) this.#memory.set(keyOf(id, revision), entry);
    try {
      store.put({ id, revision, part: name }, entry, clock.now(), ahead);
    } catch (error) {
      logger.warn(`Details of ${id} could not be kept: ${SyncError.from(error).message}`);
    }
  }

  #isOutdated(value: T): boolean {
    return this.#options.isOutdated?.(value) ?? false;
  }

  #isFresh({ value, fetchedAt }: Entry<T>, revision: string): boolean {
    const negative = this.#options.isNegative(value);
    if (negative && fetchedAt <= this.#believedSince) return false;
    if (!negative && revision !== MAIN && !this.#isOutdated(value)) return true;
    const age = this.#options.clock.now() - fetchedAt;
    // A clock that was set back must not make it fresh for ever.
    return age >= 0 && age < (negative ? NEGATIVE_TTL : MAIN_TTL);
  }
}

/** Adds what a session has cost, if anybody counts. */
export function charge(cost: Cost | undefined, session: HttpSession): void {
  if (cost === undefined) return;
  cost.requests += session.requests;
  cost.bytes += session.bytesReceived;
}

/** What a model at a revision is remembered by. */
export function keyOf(id: ModelId, revision: string): string {
  return `${id}@${revision}`;
}

function unchangedOr<T>(fetched: Fetched<T>, known: Entry<T> | undefined, now: number): Entry<T> {
  if (!fetched.unchanged) {
    const { value, etag } = fetched;
    return { value, fetchedAt: now, ...(etag !== undefined && { etag }) };
  }
  if (known !== undefined) return { ...known, fetchedAt: now };
  throw new Error('nothing is unchanged that is not known');
}

function served<T>({ value, fetchedAt }: Entry<T>, failure?: SyncError): Served<T> {
  return { value, fetchedAt, ...(failure !== undefined && { failure: failure.message }) };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
