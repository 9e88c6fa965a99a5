import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';
import type { SyncError, SyncErrorKind } from './errors.ts';

/** How long a refusal is believed, in ms: what is gone or closed now may be there in a while. */
export const NEGATIVE_TTL = 5 * 60_000;
/** Failures that are remembered. */
const MOST = 1_000;

const REFUSALS: readonly SyncErrorKind[] = ['notFound', 'unauthorised', 'forbidden'];

/** Whether asking again soon would be answered in the same way. */
export function isRefusal({ kind }: SyncError): boolean {
  return REFUSALS.includes(kind);
}

const GENERAL: readonly SyncErrorKind[] = [
  'offline',
  'rateLimited',
  'storage',
  'outdated',
  'conflict',
  'cancelled',
];

/** Whether whoever asks for several models would meet the same with the next. */
export function isGeneral({ kind }: SyncError): boolean {
  return GENERAL.includes(kind);
}

/** What could not be had the last time it was asked for, and why. */
export class Failures {
  readonly #clock: Clock;
  readonly #failures = new LRUCache<string, { readonly error: SyncError; readonly at: number }>({
    max: MOST,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the last question failed, if it did. */
  last(key: string): SyncError | undefined {
    return this.#failures.get(key)?.error;
  }

  /** The same, if asking again so soon would be answered in the same way. */
  refusal(key: string): SyncError | undefined {
    const failure = this.#failures.get(key);
    if (failure === undefined || !isRefusal(failure.error)) return undefined;
    const age = this.#clock.now() - failure.at;
    return age >= 0 && age < NEGATIVE_TTL ? failure.error : undefined;
  }

  note(key: string, error: SyncError): void {
    if (error.kind !== 'cancelled') this.#failures.set(key, { error, at: this.#clock.now() });
  }

  /** @returns false if there was nothing to forget */
  forget(key: string): boolean {
    return this.#failures.delete(key);
  }

  clear(): void {
    this.#failures.clear();
  }
}
