import { cancelled } from '../errors.ts';

/** Who waits for the answer: the user, nobody, or nobody who may ever want it. */
export type Priority = 'foreground' | 'background' | 'ahead';

const ORDER: readonly Priority[] = ['ahead', 'background', 'foreground'];

/** The one of two that is in more of a hurry. */
export function moreUrgent(a: Priority, b: Priority): Priority {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

/** One who wants to come in; the priority may rise while it waits. */
export interface Ticket {
  priority: Priority;
}

interface Waiting {
  readonly ticket: Ticket;
  readonly enter: () => void;
}

/**
 * Lets so many in at once, the foreground before the background. The background never takes the
 * last place, so that the user need not wait for what nobody waits for.
 */
export class Limiter {
  readonly #limit: () => number;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  /** @param limit asked anew whenever somebody comes or goes; at least 2 */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /**
   * Waits for a place.
   * @returns how to leave it
   * @throws SyncError `cancelled`
   */
  async enter(ticket: Ticket, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw cancelled();
    const place = Promise.withResolvers<undefined>();
    const waiting: Waiting = { ticket, enter: () => place.resolve(undefined) };
    const giveUp = (): void => {
      if (this.#waiting.delete(waiting)) place.reject(cancelled());
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(waiting);
    this.#admit();
    try {
      await place.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return () => {
      this.#inside--;
      this.#admit();
    };
  }

  /** Somebody else waits for it too, perhaps in more of a hurry. */
  hurry(ticket: Ticket, priority: Priority): void {
    ticket.priority = moreUrgent(ticket.priority, priority);
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#waiting.delete(next);
      this.#inside++;
      next.enter();
    }
  }

  #next(): Waiting | undefined {
    const places = this.#limit() - this.#inside;
    const waiting = [...this.#waiting];
    const urgent = waiting.find(({ ticket }) => ticket.priority === 'foreground');
    if (urgent !== undefined) return places > 0 ? urgent : undefined;
    return places > 1 ? waiting[0] : undefined;
  }
}
