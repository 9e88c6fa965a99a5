import type { Failure } from '../../src/sync/strategy/backoff.ts';
import { MINUTE } from './habits.ts';

/** A time in which an upstream gives nobody what they ask for, in ms since the simulation began. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  /** How that looks: it answers with an error of its own, or cannot even be reached. */
  readonly kind: 'server' | 'offline';
}

/** Rates are taken over such a time: as long as the windows of the Hub's quota. */
export const STRETCH = 5 * MINUTE;
/** An address has so many requests in each. */
const QUOTA = 500;
/**
 * As long as an address has used less, whatever its clients know leaves them more than half (each
 * takes at most some ten in a window), so that nobody is refused or kept back.
 */
const FAR_FROM_QUOTA = 200;

/** What one upstream was asked: numbers that add up over those who ask. */
export interface Asked {
  readonly name: string;
  /** By stretch. */
  readonly requests: Float64Array;
  /** Of these, the ones that only what had changed brought about. */
  readonly news: Float64Array;
  /** By minute. */
  readonly minutes: Float64Array;
  /** Over all clients and stretches, the square of the requests of one in one. */
  squares: number;
  bytes: number;
  /** Requests that the quota of an address refused. */
  refused: number;
  /** The most requests of one address in one window of its quota. */
  fullest: number;
}

/** A server that many clients ask. */
export class Upstream {
  readonly isMetered: boolean;
  readonly asked: Asked;
  readonly #outage: Outage;

  /**
   * @param length of the simulation, in ms
   * @param isMetered it has a quota for each address
   */
  constructor(name: string, outage: Outage, length: number, isMetered: boolean) {
    this.isMetered = isMetered;
    this.#outage = outage;
    this.asked = {
      ...{ name, squares: 0, bytes: 0, refused: 0, fullest: 0 },
      requests: new Float64Array(length / STRETCH),
      news: new Float64Array(length / STRETCH),
      minutes: new Float64Array(length / MINUTE),
    };
  }

  /** What is wrong with it; undefined if it answers. */
  trouble(now: number): Failure | undefined {
    const { from, to, kind } = this.#outage;
    return now >= from && now < to ? { kind, retryAt: undefined } : undefined;
  }
}

/** One client, as one upstream sees it. */
export class Asker {
  readonly #upstream: Upstream;
  #stretch = -1;
  #count = 0;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /**
   * Counts a request.
   * @param isNews whether it asks for what another one has found to be changed
   * @returns the failure if nobody answers
   */
  ask(now: number, bytes: number, isNews: boolean): Failure | undefined {
    const { asked } = this.#upstream;
    const stretch = Math.floor(now / STRETCH);
    if (stretch !== this.#stretch) [this.#stretch, this.#count] = [stretch, 0];
    asked.requests[stretch]! += 1;
    if (isNews) asked.news[stretch]! += 1;
    asked.minutes[Math.floor(now / MINUTE)]! += 1;
    // From the square of a number to that of the next.
    asked.squares += 2 * this.#count++ + 1;
    const trouble = this.#upstream.trouble(now);
    if (trouble === undefined) asked.bytes += bytes;
    return trouble;
  }
}

/** How much of the quota of one address is left, as the server counts. */
export class AddressQuota {
  readonly #asked: Asked;
  #window = -1;
  #used = 0;

  constructor({ asked }: Upstream) {
    this.#asked = asked;
  }

  /** Whether so little is used that no client needs to know of it. */
  isFar(now: number): boolean {
    return Math.floor(now / STRETCH) !== this.#window || this.#used < FAR_FROM_QUOTA;
  }

  /** Takes one request. @returns whether the server refuses it */
  take(now: number): boolean {
    const window = Math.floor(now / STRETCH);
    if (window !== this.#window) [this.#window, this.#used] = [window, 0];
    this.#used++;
    this.#asked.fullest = Math.max(this.#asked.fullest, this.#used);
    const isRefused = this.#used > QUOTA;
    if (isRefused) this.#asked.refused++;
    return isRefused;
  }

  /** What the server's answer says of it. */
  headers(now: number): Record<string, string> {
    const left = Math.max(0, QUOTA - this.#used);
    const seconds = Math.ceil(((this.#window + 1) * STRETCH - now) / 1_000);
    return {
      ratelimit: `"api";r=${left};t=${seconds}`,
      'ratelimit-policy': `"fixed window";"api";q=${QUOTA};w=${STRETCH / 1_000}`,
    };
  }
}
