import type { Memory } from '../../device/shared/sharedState.ts';
import type { Disposable } from '../../sync/clock.ts';
import { parseQuery } from '../../sync/query/parseQuery.ts';
import type { SearchSort } from '../../sync/cache/search.ts';
import type { ModelQuery } from '../../sync/query/modelQuery.ts';

const KEY = 'modelHub.catalogueArrangement';

export const GROUPINGS = ['source', 'author', 'family', 'none'] as const;
/** What the models of the catalogue are put together by. */
export type Grouping = (typeof GROUPINGS)[number];

export const ORDERS = ['newest', 'trending', 'downloads', 'name', 'size'] as const;
/** What decides where a model stands: see SearchSort. */
export type Order = (typeof ORDERS)[number];

/** What the catalogue shows of its models, and how. */
export interface Arranged {
  readonly grouping: Grouping;
  readonly order: Order;
  /** In the query language; absent: everything is shown. */
  readonly filter?: { readonly text: string; readonly query: ModelQuery };
}

export const DEFAULT_GROUPING: Grouping = 'source';
export const DEFAULT_ORDER: Order = 'newest';

/** What the models are in order by: what the filter says about it goes before the own choice. */
export function orderOf({ filter, order }: Arranged): SearchSort {
  return filter?.query.sort ?? order;
}

/**
 * How the user wants the catalogue: grouping and order are kept from session to session. A filter is
 * not: who comes back tomorrow wants to see everything. What is chosen in one window leaves the lists
 * of the others as they are.
 */
export class Arrangement implements Disposable {
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();
  #value: Arranged;

  constructor(memory: Memory) {
    const stored = (memory.get(KEY) ?? {}) as Partial<Record<string, unknown>>;
    this.#memory = memory;
    this.#value = {
      grouping: GROUPINGS.find((one) => one === stored['grouping']) ?? DEFAULT_GROUPING,
      order: ORDERS.find((one) => one === stored['order']) ?? DEFAULT_ORDER,
    };
  }

  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  get value(): Arranged {
    return this.#value;
  }

  /** Takes another grouping or order, and keeps it. @throws whatever the editor says if it cannot be kept */
  async arrange(changed: Partial<Pick<Arranged, 'grouping' | 'order'>>): Promise<void> {
    this.#change({ ...this.#value, ...changed });
    const { grouping, order } = this.#value;
    await this.#memory.update(KEY, { grouping, order });
  }

  /** Shows only what answers to a query; everything if it is empty. */
  filterBy(text: string): void {
    const { grouping, order } = this.#value;
    const asked = text.trim();
    const filter = { text: asked, query: parseQuery(asked).query };
    this.#change({ grouping, order, ...(asked !== '' && { filter }) });
  }

  dispose(): void {
    this.#listeners.clear();
  }

  #change(value: Arranged): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}
