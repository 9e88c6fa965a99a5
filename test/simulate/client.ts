import type { NextSync, ScheduleState, SyncReason } from '../../src/sync/strategy/policy.ts';
import { nextSync, spreadStart, syncOnReturn } from '../../src/sync/strategy/policy.ts';
import type { SimulatedSource } from './followed.ts';
import { BEGIN, Followed, SharedAddress } from './followed.ts';
import type { Phase } from './habits.ts';
import type { AddressQuota } from './upstream.ts';
import { Asker } from './upstream.ts';

/** One machine with one window: its user's week, and what the policies make of it. */
export class Client {
  readonly #phases: readonly Phase[];
  readonly #followed: readonly Followed[];
  readonly #random: () => number;
  #place = 0;
  #phase: Phase = { at: 0, awake: false, active: false, visible: false };
  #notBefore = 0;
  #lastRun = 0;
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
    this.#random = random;
    const shared = quota && new SharedAddress(quota, () => BEGIN + this.#now);
    const upstreams = new Set(sources.map(({ upstream }) => upstream));
    this.#followed = [...upstreams].flatMap((upstream) => {
      const asker = new Asker(upstream);
      const itsSources = sources.filter((source) => source.upstream === upstream);
      return itsSources.map((source) => new Followed(source, asker, shared, random));
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
    const next = (returned ? syncOnReturn(state, 'focus', now) : undefined) ?? nextSync(state);
    this.#next = next && { at: Math.max(next.at, now), reason: next.reason };
  }

  #state(): ScheduleState {
    let attempted = Infinity;
    for (const { lastAttempt } of this.#followed) attempted = Math.min(attempted, lastAttempt);
    return {
      followed: this.#followed.length,
      lastAttempt: Math.max(attempted, this.#lastRun),
      visible: this.#phase.visible,
      active: this.#phase.active,
      notBefore: this.#notBefore,
      backgroundSync: true,
    };
  }

  #run(reason: SyncReason): void {
    this.#lastRun = BEGIN + this.#now;
    for (const one of this.#followed) one.attempt(reason, this.#now);
    this.#follow(false);
  }
}
