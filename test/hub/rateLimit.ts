import type { Exchange, Reply } from './exchange.ts';
import { plain } from './exchange.ts';

export type Bucket = 'api' | 'resolvers';

/** Requests a window and the window's length; the Hub's are 500 and 3,000 in 300 s for anonymous callers. */
export interface Quota {
  readonly api: number;
  readonly resolvers: number;
  readonly windowSeconds: number;
}

interface Window {
  startedAt: number;
  used: number;
}

/** Fixed windows for each caller (token, else address), as the Hub's rate limit page describes them. */
export class RateLimiter {
  #quota: Quota;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(quota: Quota, now: () => number) {
    this.#quota = quota;
    this.#now = now;
  }

  get quota(): Quota {
    return this.#quota;
  }

  set quota(quota: Quota) {
    this.#quota = quota;
    this.#windows.clear();
  }

  /** Counts the request. The headers go on every answer; a reply is there once the quota is gone. */
  take(bucket: Bucket, exchange: Exchange): { headers: Record<string, string>; refusal?: Reply } {
    const { windowSeconds } = this.#quota;
    const limit = this.#quota[bucket];
    const now = this.#now();
    const key = `${bucket} ${exchange.token ?? exchange.remote}`;
    let window = this.#windows.get(key);
    if (!window || now >= window.startedAt + windowSeconds * 1000) {
      window = { startedAt: now, used: 0 };
      this.#windows.set(key, window);
    }
    window.used += 1;
    const seconds = Math.ceil((window.startedAt + windowSeconds * 1000 - now) / 1000);
    const headers = {
      RateLimit: `"${bucket}";r=${Math.max(0, limit - window.used)};t=${seconds}`,
      'RateLimit-Policy': `"fixed window";"${bucket}";q=${limit};w=${windowSeconds}`,
    };
    if (window.used <= limit) return { headers };
    const message = `We had to rate limit you: you reached the quota of ${limit} ${bucket} requests per ${windowSeconds} seconds.`;
    return { headers, refusal: plain(429, { error: message }) };
  }
}
