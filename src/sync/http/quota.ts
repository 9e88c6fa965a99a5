import { t } from '@vscode/l10n';
import type { Clock } from '../clock.ts';
import { SyncError } from '../errors.ts';
import type { FieldMember } from './fieldMembers.ts';
import { fieldMembers } from './fieldMembers.ts';
import type { Priority } from './limiter.ts';

type Headers = Readonly<Record<string, string>>;

/** What one answer says of one quota. */
export interface QuotaReport {
  readonly bucket: string;
  /** Requests that are left in the window. */
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly seconds: number;
  /** Requests in a whole window, if the server says so. */
  readonly quota: number | undefined;
}

/** A server that names a later time has slipped, and is asked again after that many ms. */
const LONGEST_WAIT = 3_600_000;
const DEFAULT_WAIT = 60_000;
/** Ends of a window that are closer than that many ms are the same: `t` is in whole seconds. */
const SAME_WINDOW = 5_000;

/**
 * Reads `RateLimit` and `RateLimit-Policy`
 * (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-09). The Hub names
 * the bucket of a policy as a parameter of it: `"fixed window";"api";q=500;w=300`.
 */
export function quotaReports(headers: Headers): QuotaReport[] {
  const policies = fieldMembers(headers['ratelimit-policy']);
  return fieldMembers(headers['ratelimit']).flatMap((limit) => {
    const { value: bucket } = limit;
    const remaining = wholeNumber(limit, 'r');
    if (remaining === undefined) return [];
    const policy =
      policies.find(({ marks }) => marks.includes(bucket)) ??
      policies.find(({ value }) => value === bucket);
    const seconds = wholeNumber(limit, 't') ?? wholeNumber(policy, 'w') ?? 0;
    return [{ bucket, remaining, seconds, quota: wholeNumber(policy, 'q') }];
  });
}

/** Milliseconds to wait after a 429: the end of a used-up window, else `Retry-After`, else a minute. */
export function retryDelay(headers: Headers, now: number): number {
  const usedUp = quotaReports(headers).filter(({ remaining }) => remaining === 0);
  const delay =
    usedUp.length > 0
      ? Math.max(...usedUp.map(({ seconds }) => (seconds + 1) * 1_000))
      : retryAfter(headers['retry-after'], now);
  return Math.min(delay, LONGEST_WAIT);
}

/** RFC 9110 10.2.3: seconds or a date. */
function retryAfter(value: string | undefined, now: number): number {
  if (value === undefined) return DEFAULT_WAIT;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = parseHttpDate(value);
  return Number.isNaN(date) ? DEFAULT_WAIT : Math.max(0, date - now);
}

/** RFC 9110 5.6.7: the one form that is sent, and the two of old that are read all the same. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/** Ms since 1970; NaN if it is none: `Date.parse` alone makes a date of whatever holds a number. */
function parseHttpDate(text: string): number {
  if (!HTTP_DATES.some((form) => form.test(text))) return NaN;
  // The oldest form names no zone, and means the same one.
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
}

/** RFC 9651 3.3.1: such a number has no more digits. */
function wholeNumber(member: FieldMember | undefined, name: string): number | undefined {
  const value = member?.parameters.get(name) ?? '';
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** A quota of a server, for those who want to show it. */
export interface QuotaStatus {
  readonly host: string;
  /** Its name; absent where the server asked to slow down without naming one. */
  readonly bucket?: string;
  /** Requests that are left until `until`. */
  readonly remaining: number;
  /** Requests in a whole window; 0 where nobody said. */
  readonly quota: number;
  /** Ms since 1970. */
  readonly until: number;
}

/** A quota as far as it is known. Times are ms since 1970. */
interface Window {
  readonly host: string;
  readonly bucket: string;
  readonly learnt: number;
  readonly until: number;
  readonly quota: number;
  remaining: number;
}

/** What each leaves of a quota to those who are in more of a hurry. */
const LEFT: Readonly<Record<Priority, number>> = { foreground: 0, background: 1 / 2, ahead: 3 / 4 };

/** A refusal that names no quota. */
const UNNAMED = '';

/**
 * What servers let us ask for, by origin, token and bucket. Which bucket an address falls in is
 * learnt from the answers, for listings and for files apart.
 */
export class Quotas {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();
  readonly #buckets = new Map<string, readonly string[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a request from the quotas it falls in. What nobody waits for leaves half of each, what is
   * fetched ahead three quarters.
   * @throws SyncError `rateLimited` if nothing is left for it
   */
  take(url: URL, token: string | undefined, priority: Priority): void {
    const group = groupOf(url, token);
    const names = [UNNAMED, ...(this.#buckets.get(group) ?? [])];
    const windows = names.flatMap((name) => this.#window(keyOf(url, token, group, name)) ?? []);
    for (const { remaining, quota, until } of windows) {
      if (remaining <= 0) throw slowDown(url, until);
      if (priority !== 'foreground' && remaining <= quota * LEFT[priority])
        throw keptBack(url, until, priority);
    }
    for (const window of windows) window.remaining--;
  }

  /** Learns from an answer to a request that was taken. */
  learn(url: URL, token: string | undefined, status: number, headers: Headers): void {
    const now = this.#clock.now();
    const group = groupOf(url, token);
    const reports = quotaReports(headers);
    if (reports.length > 0) {
      const names = reports.map(({ bucket }) => bucket);
      this.#buckets.set(group, names);
    }
    for (const report of reports) {
      this.#learn(keyOf(url, token, group, report.bucket), url.host, report, now);
    }
    if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
      const until = now + retryDelay(headers, now);
      const of = { host: url.host, bucket: UNNAMED };
      const refusal = { ...of, learnt: now, until, quota: 0, remaining: 0 };
      this.#windows.set(keyOf(url, token, group, UNNAMED), refusal);
    }
  }

  /** The quotas whose windows are not over. */
  list(): QuotaStatus[] {
    return [...this.#windows.keys()].flatMap((key) => {
      const window = this.#window(key);
      if (window === undefined) return [];
      const { host, bucket, remaining, quota, until } = window;
      return [{ host, remaining, quota, until, ...(bucket !== UNNAMED && { bucket }) }];
    });
  }

  #learn(key: string, host: string, report: QuotaReport, now: number): void {
    const { bucket, remaining, seconds, quota } = report;
    const known = this.#window(key);
    const until = now + Math.min((seconds + 1) * 1_000, LONGEST_WAIT);
    // Answers overtake each other, and do not know of the requests that are on their way.
    const isSame = known !== undefined && Math.abs(known.until - until) <= SAME_WINDOW;
    this.#windows.set(key, {
      ...{ host, bucket },
      learnt: now,
      until,
      quota: quota ?? Math.max(known?.quota ?? 0, remaining),
      remaining: isSame ? Math.min(known.remaining, remaining) : remaining,
    });
  }

  /** A window that is not over. One from the future was learnt before the clock was set back. */
  #window(key: string): Window | undefined {
    const window = this.#windows.get(key);
    const now = this.#clock.now();
    if (window !== undefined && window.learnt <= now && now < window.until) return window;
    this.#windows.delete(key);
    return undefined;
  }
}

/** Addresses that fall in the same buckets. */
function groupOf(url: URL, token: string | undefined): string {
  const kind = /\/(?:resolve|resolve-cache|raw)\//.test(url.pathname) ? 'files' : 'listings';
  return JSON.stringify([url.origin, token, kind]);
}

/** A refusal without a name holds for its group, a named quota for all who fall in it. */
function keyOf(url: URL, token: string | undefined, group: string, name: string): string {
  return name === UNNAMED ? group : JSON.stringify([url.origin, token, name, 'quota']);
}

/** The error of a request for which the server's quota is used up. */
export function slowDown({ host }: URL, retryAt: number, status?: number): SyncError {
  return new SyncError('rateLimited', t('{0} asks to slow down. It is tried again later.', host), {
    retryAt,
    ...(status !== undefined && { status }),
  });
}

function keptBack(
  { host }: URL,
  retryAt: number,
  priority: Exclude<Priority, 'foreground'>,
): SyncError {
  const message =
    priority === 'background'
      ? t(
          'Half of what {0} allows is used up; the rest is kept for what you ask for. It is tried again later.',
          host,
        )
      : t(
          'A quarter of what {0} allows is used up; the rest is kept for what somebody waits for. It is tried again later.',
          host,
        );
  return new SyncError('rateLimited', message, { retryAt });
}
