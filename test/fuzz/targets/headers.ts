import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextPage } from '../../../src/sync/http/link.ts';
import { quotaReports, Quotas, retryDelay } from '../../../src/sync/http/quota.ts';
import { promisedBytes } from '../../../src/download/file/answer.ts';
import { redirectedTo, strongEtag } from '../../../src/download/file/published.ts';
import { CLOCK, ENDPOINT, NOW } from '../answers.ts';
import { orTypedError } from '../holds.ts';
import { anyText, damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';

const space = fc.constantFrom('', ' ', '\t ');
const word = fc.stringMatching(/^[a-z]{1,6}$/);
/** What may stand between the quotes of a parameter, commas and escapes among it. */
const quotable = fc
  .array(fc.constantFrom('a', ' ', ',', ';', '=', '<', '>', '\\"', '\\\\', 'rel=next', 'rel="'), {
    maxLength: 5,
  })
  .map((parts) => parts.map((part) => (part === 'rel="' ? 'rel=\\"' : part)).join(''));
const otherParameter = fc
  .tuple(
    word.filter((name) => name !== 'rel'),
    fc.oneof(
      word,
      quotable.map((text) => `"${text}"`),
    ),
  )
  .map(([name, value]) => `${name}=${value}`);
const parameters = fc.array(otherParameter, { maxLength: 3 });

interface LinkHeader {
  readonly text: string;
  /** The query of the next page; undefined if there is none, or nobody knows. */
  readonly next: string | undefined;
  readonly isDamaged: boolean;
}

const relation = fc.constantFrom('rel="next"', 'rel=next', 'REL="Next"', 'rel = "prev next"');
const otherRelation = fc.constantFrom('rel="prev"', 'rel=first', 'rel="nextish"', 'x-rel="next"');
const link = fc
  .record({
    cursor: fc.stringMatching(/^[\w,;=%-]{1,12}$/),
    isNext: fc.boolean(),
    ...{ relation, otherRelation, before: parameters, after: parameters, space },
  })
  .map(({ cursor, isNext, relation: next, otherRelation: other, before, after, space: gap }) => ({
    isNext,
    search: `?cursor=${cursor}`,
    text: [`<https://upstream.invalid/api/models?cursor=${cursor}>`]
      .concat(before, isNext ? next : other, after)
      .join(`${gap};${gap}`),
  }));
const linkHeader: fc.Arbitrary<LinkHeader> = fc
  .tuple(fc.array(link, { maxLength: 3 }), space)
  .map(([links, gap]) => ({
    text: links.map(({ text }) => text).join(`,${gap}`),
    next: links.find(({ isNext }) => isNext)?.search,
    isDamaged: false,
  }));
const damagedLink: fc.Arbitrary<LinkHeader> = damagedText(linkHeader.map(({ text }) => text)).map(
  (text) => ({ text, next: undefined, isDamaged: true }),
);

/** Where the next page of a list is. */
export const linkTarget = target({
  name: 'link',
  reads: 'the header Link',
  inputs: fc.oneof(linkHeader, damagedLink),
  size: ({ text }) => text.length,
  check: async ({ text, next, isDamaged }) => {
    const base = new URL('api/models?limit=10', ENDPOINT);
    const found = await orTypedError(() => nextPage(text, base));
    if (!isDamaged) assert.equal(found?.search, next && new URL(next, base).search);
    if (found === undefined) return;
    assert.equal(found.origin + found.pathname, base.origin + base.pathname);
    assert.ok(found.search.length > 1);
  },
});

interface RateHeaders {
  readonly limit: string;
  readonly policy: string;
  readonly after: string;
  /** What was said, as long as nothing was damaged. */
  readonly said: readonly [bucket: string, remaining: number, seconds: number, quota: number][];
}

const bucketName = fc.stringMatching(/^[a-z][a-z ;=,-]{0,8}$/);
const said = fc.uniqueArray(
  fc.tuple(bucketName, fc.nat(10_000), fc.nat(3_600), fc.integer({ min: 1, max: 10_000 })),
  { selector: ([bucket]) => bucket, maxLength: 3 },
);
const rateHeaders: fc.Arbitrary<RateHeaders> = said.map((buckets) => ({
  limit: buckets.map(([name, left, seconds]) => `"${name}";r=${left};t=${seconds}`).join(', '),
  policy: buckets.map(([name, , , quota]) => `"fixed";"${name}";q=${quota};w=300`).join(', '),
  after: '120',
  said: buckets,
}));
const retryAfter = fc.oneof(
  ...[fc.nat().map(String), fc.constantFrom('Wed, 21 Oct 2099 07:28:00 GMT', '-1', '1e3', '0')],
  anyText,
);
const damagedRate: fc.Arbitrary<RateHeaders & { readonly isDamaged: true }> = fc
  .tuple(
    damagedText(rateHeaders.map(({ limit }) => limit)),
    damagedText(rateHeaders.map(({ policy }) => policy)),
    retryAfter,
  )
  .map(([limit, policy, after]) => ({ limit, policy, after, said: [], isDamaged: true }));

/** How much a server lets us ask for, and when it wants to be left in peace. */
export const rateLimit = target<RateHeaders & { readonly isDamaged?: true }>({
  name: 'rate-limit',
  reads: 'the headers RateLimit, RateLimit-Policy and Retry-After',
  inputs: fc.oneof(rateHeaders, damagedRate),
  size: ({ limit, policy, after }) => limit.length + policy.length + after.length,
  check: async ({ limit, policy, after, said: expected, isDamaged }) => {
    const headers = { ratelimit: limit, 'ratelimit-policy': policy, 'retry-after': after };
    const reports = quotaReports(headers);
    if (isDamaged !== true) {
      const read = reports.map((one) => [one.bucket, one.remaining, one.seconds, one.quota]);
      assert.deepEqual(read, expected);
    }
    for (const { remaining, seconds, quota = 0 } of reports)
      for (const number of [remaining, seconds, quota])
        assert.ok(Number.isSafeInteger(number) && number >= 0, String(number));
    const wait = retryDelay(headers, NOW);
    assert.ok(wait >= 0 && wait <= 3_600_000, String(wait));
    for (const status of [200, 429, 503]) {
      const quotas = new Quotas(CLOCK);
      quotas.learn(ENDPOINT, undefined, status, headers);
      await orTypedError(() => quotas.take(ENDPOINT, undefined, 'background'));
      for (const { until, remaining } of quotas.list()) {
        assert.ok(until > NOW && until <= NOW + 3_600_000, String(until));
        assert.ok(Number.isSafeInteger(remaining));
      }
    }
  },
});

const FILE_SIZE = 1_000;
const contentRange = damagedText(
  fc
    .tuple(fc.nat(1_100), fc.nat(1_100))
    .map(([start, end]) => `bytes ${start}-${end}/${FILE_SIZE}`),
);

/** What the head of an answer with bytes of a file promises. */
export const fileHeaders = target({
  name: 'content-range',
  reads: 'the headers Content-Range, Location and ETag',
  inputs: fc.record({
    ...{ range: contentRange, location: damagedText(fc.webUrl()), etag: anyText },
    length: fc.oneof(fc.nat(1_100).map(String), anyText),
    status: fc.constantFrom(200, 206, 302),
  }),
  size: ({ range, location, etag, length }) =>
    range.length + location.length + etag.length + length.length,
  check: async ({ range, location, etag, length, status }) => {
    const headers = { 'content-range': range, location, etag, 'content-length': length };
    const response = { status, headers, body: nothing(), decoded: false };
    const asked = { start: 100, end: 200 };
    const answer = { url: ENDPOINT, response };
    const promised = await orTypedError(() => promisedBytes(answer, asked, FILE_SIZE));
    if (promised !== undefined) {
      assert.ok(promised.start <= asked.start && asked.start < promised.end);
      assert.ok(promised.end <= (promised.isRange ? asked.end : FILE_SIZE));
    }
    const to = await orTypedError(() => redirectedTo(ENDPOINT, response));
    assert.ok(to === undefined || /^https?:$/.test(to.protocol));
    assert.ok(strongEtag(headers)?.startsWith('"') !== false);
  },
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* [];
}
