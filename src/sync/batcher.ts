import type { Clock } from './clock.ts';
import { cancelled } from './errors.ts';
import { SharedJobs } from './sharedJobs.ts';

interface Batch<Item, Result> {
  readonly key: string;
  readonly items: Set<Item>;
  readonly send: Send<Item, Result>;
}

/** Answers many questions at once; an item that it does not answer has no result. */
export type Send<Item, Result> = (
  items: readonly Item[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<Item, Result>>;

/**
 * Questions that come within a few milliseconds become one. DataLoader does the same, but nobody
 * can leave it: here a batch is aborted when its last caller has left.
 */
export class Batcher<Item, Result> {
  readonly #clock: Clock;
  readonly #window: number;
  readonly #most: number;
  readonly #jobs = new SharedJobs<Batch<Item, Result>, null, ReadonlyMap<Item, Result>>();
  /** Those that still take items, by key. */
  readonly #open = new Map<string, Batch<Item, Result>>();

  /**
   * @param window ms for which the first question waits for others
   * @param most items of one batch
   */
  constructor(clock: Clock, window: number, most: number) {
    this.#clock = clock;
    this.#window = window;
    this.#most = most;
  }

  /**
   * The answer to one item, asked together with the others of the same key.
   * @throws SyncError `cancelled` if `signal` is aborted; what `send` throws, for all of a batch
   */
  async load(
    key: string,
    item: Item,
    send: Send<Item, Result>,
    signal?: AbortSignal,
  ): Promise<Result | undefined> {
    const batch = this.#openBatch(key, item, send);
    batch.items.add(item);
    const results = await this.#jobs.join(
      batch,
      () => null,
      () => undefined,
      (_, shared) => this.#run(batch, shared),
      signal,
    );
    return results.get(item);
  }

  /** Gives up all questions. */
  close(): Promise<void> {
    return this.#jobs.abortAll();
  }

  #openBatch(key: string, item: Item, send: Send<Item, Result>): Batch<Item, Result> {
    const open = this.#open.get(key);
    if (open !== undefined && (open.items.has(item) || open.items.size < this.#most)) return open;
    const batch = { key, items: new Set<Item>(), send };
    this.#open.set(key, batch);
    return batch;
  }

  async #run(batch: Batch<Item, Result>, signal: AbortSignal): Promise<ReadonlyMap<Item, Result>> {
    const waited = Promise.withResolvers<undefined>();
    const timer = this.#clock.after(this.#window, () => waited.resolve(undefined));
    const giveUp = (): void => waited.resolve(undefined);
    signal.addEventListener('abort', giveUp, { once: true });
    await waited.promise;
    signal.removeEventListener('abort', giveUp);
    timer.dispose();
    if (this.#open.get(batch.key) === batch) this.#open.delete(batch.key);
    if (signal.aborted) throw cancelled();
    return await batch.send([...batch.items], signal);
  }
}
