import { SyncError } from '../../src/sync/errors.ts';
import { Quotas, retryDelay } from '../../src/sync/http/quota.ts';
import { whySkip } from '../../src/sync/strategy/admission.ts';
import type { Failure } from '../../src/sync/strategy/backoff.ts';
import { retryTime } from '../../src/sync/strategy/backoff.ts';
import type { SyncReason } from '../../src/sync/strategy/policy.ts';
import type { Plan } from '../../src/sync/strategy/questions.ts';
import { planQuestions, planWithoutQuota } from '../../src/sync/strategy/questions.ts';
import { DAY } from './habits.ts';
import type { AddressQuota, Asker, Upstream } from './upstream.ts';

/** The same clock for all, so that times are what they are in the policies: none is before 1970. */
export const BEGIN = Date.UTC(2026, 0, 5);

/** A source, and what it costs, as it was measured (docs/benchmarks.md). Sizes are bytes. */
export interface SimulatedSource {
  readonly upstream: Upstream;
  readonly address: URL;
  readonly unchanged: number;
  readonly whole: number;
  /** What a change brings. */
  readonly changed: number;
  /** The answer that tells of a change brings it too; else it is asked for in a second request. */
  readonly bringsNews: boolean;
  /** When it changes, in ms since the simulation began, in its order. */
  readonly changes: readonly number[];
  /** Counters and removals are asked for once a day, and come with the records. */
  readonly isSwept: boolean;
}

/** An address that others share, and what one client knows of its quota. */
export class SharedAddress {
  readonly #quota: AddressQuota;
  readonly #quotas: Quotas;

  /** @param now ms since 1970 */
  constructor(quota: AddressQuota, now: () => number) {
    this.#quota = quota;
    this.#quotas = new Quotas({ now, after: () => ({ dispose: () => undefined }) });
  }

  /** @throws SyncError if nothing is left for it, as far as is known here */
  take(now: number, address: URL, { priority }: Plan): void {
    if (!this.#quota.isFar(now)) this.#quotas.take(address, undefined, priority);
  }

  /** The server's answer. @returns the failure that it is */
  answer(now: number, address: URL): Failure | undefined {
    const isRefused = this.#quota.take(now);
    if (this.#quota.isFar(now)) return undefined;
    const headers = this.#quota.headers(now);
    this.#quotas.learn(address, undefined, isRefused ? 429 : 200, headers);
    if (!isRefused) return undefined;
    return { kind: 'rateLimited', retryAt: BEGIN + now + retryDelay(headers, BEGIN + now) };
  }
}

/** One source as one client follows it. Its own times are ms since 1970. */
export class Followed {
  readonly #source: SimulatedSource;
  readonly #asker: Asker;
  readonly #shared: SharedAddress | undefined;
  readonly #random: () => number;
  #lastAttempt: number;
  #lastSuccess: number;
  #lastSweep: number;
  #lastCounters: number;
  #failure: Failure | undefined;
  #failures = 0;
  #retryAt: number | undefined;
  /** Of its changes, those that were made by now, and those that were seen. */
  #made = 0;
  #seen = 0;

  /** @param shared the address, if it has a quota that others share */
  constructor(
    source: SimulatedSource,
    asker: Asker,
    shared: SharedAddress | undefined,
    random: () => number,
  ) {
    this.#source = source;
    this.#asker = asker;
    this.#shared = source.upstream.isMetered ? shared : undefined;
    this.#random = random;
    // It was used before: last evening all was as it is, and the daily sweep was some time ago.
    const before = BEGIN - random() * DAY;
    this.#lastAttempt = this.#lastSuccess = this.#lastSweep = this.#lastCounters = before;
  }

  get lastAttempt(): number {
    return this.#lastAttempt;
  }

  /**
   * Asks it, if a run with this reason does.
   * @param at ms since the simulation began
   */
  attempt(reason: SyncReason, at: number): void {
    const now = BEGIN + at;
    const [lastAttempt, failure, retryAt] = [this.#lastAttempt, this.#failure, this.#retryAt];
    if (whySkip(reason, { lastAttempt, failure, retryAt, spent: false }, now)) return;
    const [lastSuccess, lastSweep] = [this.#lastSuccess, this.#lastSweep];
    const answered = { lastSuccess, lastSweep, lastCounters: this.#lastCounters };
    const plan = planQuestions(answered, reason, now);
    if (!this.#ask(plan, at)) {
      const instead = planWithoutQuota(plan, lastSuccess, now);
      if (instead !== undefined) this.#ask(instead, at);
    }
  }

  /** @returns false if our own quotas leave nothing for it */
  #ask(plan: Plan, at: number): boolean {
    const { changes, isSwept, bringsNews, unchanged, whole, changed } = this.#source;
    while ((changes[this.#made] ?? Infinity) <= at) this.#made++;
    const isNew = this.#made > this.#seen;
    const isWhole = plan.counters && isSwept;
    this.#lastAttempt = BEGIN + at;
    const probe = isNew && bringsNews ? changed : unchanged;
    let failure = this.#send(isWhole ? whole : probe, plan, at);
    if (failure === undefined && isNew && !isWhole && !bringsNews) {
      failure = this.#send(changed, plan, at, true);
    }
    if (failure === 'keptBack') return false;
    if (failure === undefined) this.#succeeded(plan, at);
    else this.#failed(failure, at);
    return true;
  }

  #succeeded({ sweep, counters }: Plan, at: number): void {
    this.#failure = this.#retryAt = undefined;
    this.#failures = 0;
    this.#seen = this.#made;
    this.#lastSuccess = BEGIN + at;
    if (sweep) this.#lastSweep = BEGIN + at;
    if (counters) this.#lastCounters = BEGIN + at;
  }

  #failed(failure: Failure, at: number): void {
    this.#failure = failure;
    this.#failures++;
    this.#retryAt = retryTime(this.#failures, failure, BEGIN + at, this.#random());
  }

  #send(bytes: number, plan: Plan, at: number, isNews = false): Failure | 'keptBack' | undefined {
    const { address } = this.#source;
    try {
      this.#shared?.take(at, address, plan);
    } catch (error) {
      if (plan.priority === 'background') return 'keptBack';
      return { kind: 'rateLimited', retryAt: SyncError.is(error) ? error.retryAt : undefined };
    }
    const failure = this.#asker.ask(at, bytes, isNews);
    return failure ?? this.#shared?.answer(at, address);
  }
}
