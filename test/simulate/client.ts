import { SyncError } from '../../src/sync/errors.ts';
import { Quotas, retryDelay } from '../../src/sync/http/quota.ts';
import { whySkip } from '../../src/sync/strategy/admission.ts';
import type { Failure } from '../../src/sync/strategy/backoff.ts';
import { retryTime } from '../../src/sync/strategy/backoff.ts';
import type { NextSync, ScheduleState, SyncReason } from '../../src/sync/strategy/policy.ts';
import { nextSync, spreadStart, syncOnReturn } from '../../src/sync/strategy/policy.ts';
import type { Plan } from '../../src/sync/strategy/questions.ts';
import { planQuestions, planWithoutQuota } from '../../src/sync/strategy/questions.ts';
import type { Phase } from './habits.ts';
import type { AddressQuota, Upstream } from './upstream.ts';

/** What a source costs, as it was measured (docs/benchmarks.md), in bytes. */
export interface SourceCost {
  readonly unchanged: number;
  readonly whole: number;
  /** When it changes, in ms since the simulation began, in its order. */
  readonly changes: readonly number[];
}

export interface SimulatedSource extends SourceCost {
  readonly upstream: Upstream;
  readonly address: URL;
  /** What a change brings: a list request down to it, or the file anew. */
  readonly changed: number;
  /** Counters and removals are asked for once a day, and come with the records. */
  readonly isSwept: boolean;
}

/** What one machine knows of one source. */
interface Known {
  lastAttempt: number | undefined;
  lastSuccess: number | undefined;
  lastSweep: number | undefined;
  lastCounters: number | undefined;
  failure: Failure | undefined;
  retryAt: number | undefined;
  failures: number;
  /** How many changes it has seen. */
  seen: number;
}

/** The same clock for all, so that times are what they are in the policies: none is before 1970. */
const BEGIN = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;

/** One machine with one window: its user's week, and what the policies make of it. */
export class Client {
  readonly #phases: readonly Phase[];
  readonly #sources: readonly SimulatedSource[];
  readonly #known: readonly Known[];
  readonly #random: () => number;
  /** Absent: nobody shares the address, so that its quota is out of reach. */
  readonly #shared: { readonly quota: AddressQuota; readonly quotas: Quotas } | undefined;
  #place = 0;
  #phase: Phase = { at: 0, awake: false, active: false, visible: false };
  #notBefore = 0;
  #lastRun: number | undefined;
  #retryAt: number | undefined;
  #next: NextSync | undefined;
  #now = 0;

  /** @param quota of an address that is shared with others */
  constructor(
    phases: readonly Phase[],
    sources: readonly SimulatedSource[],
    random: () => number,
    quota?: AddressQuota,
  ) {
    this.#phases = phases;
    this.#sources = sources;
    this.#random = random;
    const clock = { now: () => BEGIN + this.#now, after: () => ({ dispose: () => undefined }) };
    this.#shared = quota && { quota, quotas: new Quotas(clock) };
    // They have used it before: last evening all was as it is, and the daily sweep was some time ago.
    this.#known = sources.map(() => {
      const before = BEGIN - random() * DAY;
      return {
        ...{ lastAttempt: before, lastSuccess: before, lastSweep: before, lastCounters: before },
        ...{ failure: undefined, retryAt: undefined, failures: 0, seen: 0 },
      };
    });
  }

  /** When something happens next, in ms since the simulation began; Infinity once the week is over. */
  get at(): number {
    const phase = this.#phases[this.#place]?.at ?? Infinity;
    return Math.min(phase, this.#next === undefined ? Infinity : this.#next.at - BEGIN);
  }

  /** Lets that happen. */
  step(): void {
    const now = (this.#now = Math.max(this.#now, this.at));
    const phase = this.#phases[this.#place];
    if (phase !== undefined && phase.at <= now) {
      this.#place++;
      this.#change(phase);
    } else if (this.#next !== undefined) {
      this.#run(this.#next.reason);
    }
  }

  #change(phase: Phase): void {
    const woke = phase.awake && !this.#phase.awake;
    const returned = woke || (phase.active && !this.#phase.active);
    this.#phase = phase;
    if (woke) this.#notBefore = spreadStart(BEGIN + this.#now, this.#random());
    if (!phase.awake) this.#next = undefined;
    else this.#follow(returned);
  }

  #follow(returned: boolean): void {
    const state = this.#state();
    const now = BEGIN + this.#now;
    const next = (returned && syncOnReturn(state, 'focus', now)) || nextSync(state);
    this.#next = next && { ...next, at: Math.max(next.at, now) };
  }

  #state(): ScheduleState {
    const attempts = this.#known.map(({ lastAttempt }) => lastAttempt ?? 0);
    const lastAttempt = Math.max(Math.min(...attempts), this.#lastRun ?? 0);
    const { visible, active } = this.#phase;
    const followed = this.#sources.length;
    return {
      ...{ followed, lastAttempt, retryAt: this.#retryAt, visible, active },
      ...{ notBefore: this.#notBefore, backgroundSync: true },
    };
  }

  #run(reason: SyncReason): void {
    this.#lastRun = BEGIN + this.#now;
    this.#retryAt = undefined;
    for (const [index, source] of this.#sources.entries()) {
      const known = this.#known[index];
      if (known !== undefined) this.#attempt(source, known, reason);
    }
    this.#follow(false);
  }

  #attempt(source: SimulatedSource, known: Known, reason: SyncReason): void {
    const now = BEGIN + this.#now;
    const skip = whySkip(reason, { ...known, spent: false }, now);
    if (skip === undefined) {
      const plan = planQuestions(known, reason, now);
      if (!this.#ask(source, known, plan)) {
        const instead = planWithoutQuota(plan, known.lastSuccess, now);
        if (instead !== undefined) this.#ask(source, known, instead);
      }
    }
    if (known.retryAt !== undefined && (skip === undefined || skip === 'backoff')) {
      this.#retryAt = Math.min(this.#retryAt ?? Infinity, known.retryAt);
    }
  }

  /** @returns false if our own quotas leave nothing for it */
  #ask(source: SimulatedSource, known: Known, plan: Plan): boolean {
    const now = BEGIN + this.#now;
    const changes = source.changes.filter((at) => at <= this.#now).length;
    const isSweep = plan.counters && source.isSwept;
    const cost = isSweep ? source.whole : source.unchanged;
    const requests = changes > known.seen && !isSweep ? [cost, source.changed] : [cost];
    known.lastAttempt = now;
    for (const bytes of requests) {
      const failure = this.#send(source, bytes, plan);
      if (failure === 'keptBack') return false;
      if (failure !== undefined) {
        known.failure = failure;
        known.failures++;
        known.retryAt = retryTime(known.failures, failure, now, this.#random());
        return true;
      }
    }
    Object.assign(known, { failure: undefined, failures: 0, retryAt: undefined, seen: changes });
    known.lastSuccess = now;
    if (plan.sweep) known.lastSweep = now;
    if (plan.counters) known.lastCounters = now;
    return true;
  }

  #send(source: SimulatedSource, bytes: number, plan: Plan): Failure | 'keptBack' | undefined {
    const { upstream, address } = source;
    const shared = upstream.isMetered ? this.#shared : undefined;
    try {
      shared?.quotas.take(address, undefined, plan.priority);
    } catch (error) {
      if (plan.priority === 'background') return 'keptBack';
      return { kind: 'rateLimited', retryAt: SyncError.is(error) ? error.retryAt : undefined };
    }
    if (!upstream.ask(this.#now, bytes)) return { kind: 'server', retryAt: undefined };
    const answer = shared?.quota.take(this.#now);
    if (shared === undefined || answer === undefined) return undefined;
    const { status, headers } = answer;
    shared.quotas.learn(address, undefined, status, headers);
    const now = BEGIN + this.#now;
    return status === 429
      ? { kind: 'rateLimited', retryAt: now + retryDelay(headers, now) }
      : undefined;
  }
}
