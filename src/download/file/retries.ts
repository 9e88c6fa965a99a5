import { retryTime } from '../../sync/strategy/backoff.ts';
import type { DownloadErrorKind } from '../errors.ts';
import { DownloadError } from '../errors.ts';

/** What may well be over in a moment. */
const PASSING: ReadonlySet<DownloadErrorKind> = new Set([
  'offline',
  'timeout',
  'server',
  'rateLimited',
  'badAnswer',
]);
/** So many failures in a row without progress are enough. */
const MOST_FAILURES = 6;
/** Fewer new bytes between two failures, over all connections, are no progress. */
const PROGRESS = 64 * 1024;
const PATIENCE = { base: 1_000, cap: 30_000 };
/** Longer waits, in ms, are left to whoever began the download. */
const LONGEST_WAIT = 2 * 60_000;

/** Decides whether a download goes on after a connection failed, and when. */
export class Retries {
  readonly #random: () => number;
  #bytes: number;
  #failures = 0;
  #counted = 0;
  #notBefore = 0;

  /** @param bytes that are there at the beginning */
  constructor(bytes: number, random: () => number) {
    this.#bytes = bytes;
    this.#random = random;
  }

  /** To be noted when a request is sent: those that are on their way together fail together. */
  get ticket(): number {
    return this.#counted;
  }

  /** How long nothing is to be asked for, in ms. */
  wait(now: number): number {
    // A clock that was set back would make it long.
    return Math.min(LONGEST_WAIT, Math.max(0, this.#notBefore - now));
  }

  /** Whether failures have followed one another without progress. @param bytes that are there */
  isStuck(bytes: number): boolean {
    return this.#failures > 0 && bytes - this.#bytes < PROGRESS;
  }

  /**
   * A request failed.
   * @param bytes that are there
   * @throws DownloadError the failure itself, when it makes no sense to go on
   */
  failed(error: unknown, ticket: number, bytes: number, now: number): void {
    const failure = DownloadError.from(error);
    const retryAt = failure.retryAt ?? 0;
    if (!PASSING.has(failure.kind) || retryAt - now > LONGEST_WAIT) throw failure;
    this.#notBefore = Math.max(this.#notBefore, retryAt);
    if (ticket < this.#counted) return;
    if (!this.isStuck(bytes)) this.#failures = 0;
    const hasProgress = bytes - this.#bytes >= PROGRESS;
    this.#failures++;
    this.#counted++;
    this.#bytes = bytes;
    if (this.#failures >= MOST_FAILURES) throw failure;
    // A connection that broke off on the way is taken up again at once.
    if (hasProgress) return;
    const known = { kind: 'server', retryAt: failure.retryAt } as const;
    this.#notBefore = retryTime(this.#failures, known, now, this.#random(), PATIENCE);
  }
}
