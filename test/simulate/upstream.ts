import { MINUTE } from './habits.ts';

/** A time in which an upstream answers nobody, in ms since the simulation began. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** The windows of the Hub's quota are as long, and an address has so many requests in each. */
const WINDOW = 5 * MINUTE;
const QUOTA = 500;

/** What one upstream is asked, minute by minute. */
export class Upstream {
  readonly name: string;
  readonly isMetered: boolean;
  readonly outage: Outage;
  readonly requests: Float64Array;
  bytes = 0;
  refused = 0;
  /** The most requests of one address in one window of its quota. */
  fullest = 0;

  /** @param isMetered it has a quota for each address */
  constructor(name: string, outage: Outage, minutes: number, isMetered: boolean) {
    this.name = name;
    this.isMetered = isMetered;
    this.outage = outage;
    this.requests = new Float64Array(minutes);
  }

  /** Counts a request. @returns whether anybody answers */
  ask(now: number, bytes: number): boolean {
    this.requests[Math.floor(now / MINUTE)]! += 1;
    const isUp = now < this.outage.from || now >= this.outage.to;
    if (isUp) this.bytes += bytes;
    return isUp;
  }
}

/** How much of the quota of one address is left, as the server counts. */
export class AddressQuota {
  readonly #upstream: Upstream;
  #window = -1;
  #used = 0;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Takes one request. @returns the headers of the answer, and whether it is refused */
  take(now: number): { readonly status: 200 | 429; readonly headers: Record<string, string> } {
    const window = Math.floor(now / WINDOW);
    if (window !== this.#window) this.#used = 0;
    this.#window = window;
    this.#used++;
    this.#upstream.fullest = Math.max(this.#upstream.fullest, this.#used);
    const left = Math.max(0, QUOTA - this.#used);
    const seconds = Math.ceil(((window + 1) * WINDOW - now) / 1_000);
    const isRefused = this.#used > QUOTA;
    if (isRefused) this.#upstream.refused++;
    return {
      status: isRefused ? 429 : 200,
      headers: {
        ratelimit: `"api";r=${left};t=${seconds}`,
        'ratelimit-policy': `"fixed window";"api";q=${QUOTA};w=300`,
      },
    };
  }
}
