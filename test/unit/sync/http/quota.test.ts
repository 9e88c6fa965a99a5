import assert from 'node:assert/strict';
import type { SyncError } from '../../../../src/sync/errors.ts';
import type { Priority } from '../../../../src/sync/http/limiter.ts';
import { quotaReports, Quotas, retryDelay } from '../../../../src/sync/http/quota.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { FakeClock, NOON } from '../../support/fakeClock.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';

const HUB = {
  ratelimit: '"api";r=499;t=293',
  'ratelimit-policy': '"fixed window";"api";q=500;w=300',
};

describe('What an answer says of quotas', () => {
  for (const [name, headers, expected] of [
    ['as the Hub says it', HUB, [{ bucket: 'api', remaining: 499, seconds: 293, quota: 500 }]],
    [
      'with the policy by its name, as the draft has it',
      { ratelimit: '"burst";r=5;t=9', 'ratelimit-policy': '"burst";q=10;w=60' },
      [{ bucket: 'burst', remaining: 5, seconds: 9, quota: 10 }],
    ],
    [
      'of several quotas',
      { ratelimit: '"a,b";r=1;t=2, daily;t=60;r=3' },
      [
        { bucket: 'a,b', remaining: 1, seconds: 2, quota: undefined },
        { bucket: 'daily', remaining: 3, seconds: 60, quota: undefined },
      ],
    ],
    [
      'without an end, which is then that of a whole window',
      { ratelimit: '"api";r=4', 'ratelimit-policy': '"api";q=10;w=60' },
      [{ bucket: 'api', remaining: 4, seconds: 60, quota: 10 }],
    ],
    ['in an older form, which is not understood', { ratelimit: 'limit=100, remaining=50' }, []],
    ['as nonsense', { ratelimit: ';;,"', 'ratelimit-policy': '"' }, []],
    ['as nothing', {}, []],
  ] as const) {
    it(`is read ${name}`, () => assert.deepEqual(quotaReports(headers), expected));
  }

  it('is read of the policy of its bucket, among several', () => {
    const headers = { ratelimit: '"b";r=1;t=2', 'ratelimit-policy': '"a";q=1, "b";q=2' };
    assert.equal(quotaReports(headers)[0]?.quota, 2);
  });

  for (const remaining of ['', 'x1', '1x', '-1', '1.5', '9'.repeat(16)]) {
    it(`is not read where "${remaining}" is left`, () => {
      assert.deepEqual(quotaReports({ ratelimit: `"api";r=${remaining};t=2` }), []);
    });
  }

  it('makes a 429 wait for the last of the windows that are used up', () => {
    const ratelimit = '"a";r=0;t=5, "b";r=0;t=60, "c";r=1;t=300';
    assert.equal(retryDelay({ ratelimit }, NOON), 61_000);
  });

  it('makes a 429 wait for a minute where Retry-After only begins like a number', () => {
    assert.equal(retryDelay({ 'retry-after': '7 minutes' }, NOON), 60_000);
  });

  for (const date of [
    'Sun, 22 Nov 2026 12:01:30 GMT',
    'Sunday, 22-Nov-26 12:01:30 GMT',
    'Sun Nov 22 12:01:30 2026',
  ]) {
    it(`makes a 429 wait until ${date}`, () => {
      const now = Date.UTC(2026, 10, 22, 12);
      assert.equal(retryDelay({ 'retry-after': date }, now), 90_000);
      assert.equal(retryDelay({ 'retry-after': date }, now + 100_000), 0);
    });
  }

  for (const text of [
    'in 7',
    '7, 7',
    '2026-11-22T12:01:30Z',
    'Sun, 22 Nov 2026 12:01:30 CET',
    'Sun, 22 Nov 2026 25:01:30 GMT',
    'Sun, 22 Foo 2026 12:01:30 GMT',
    '',
  ]) {
    it(`makes a 429 wait for a minute where Retry-After is "${text}", which is no date`, () => {
      const now = Date.UTC(2026, 10, 22, 12);
      assert.equal(retryDelay({ 'retry-after': text }, now), 60_000);
    });
  }

  it('makes a 429 of the edge wait as Retry-After says, though quota is left', () => {
    assert.equal(retryDelay({ ...HUB, 'retry-after': '7' }, NOON), 7_000);
  });

  it('never makes anybody wait for more than an hour', () => {
    assert.equal(retryDelay({ 'retry-after': '99999999' }, NOON), 3_600_000);
    assert.equal(retryDelay({ ratelimit: '"api";r=0;t=99999999' }, NOON), 3_600_000);
  });
});

describe('Quotas', () => {
  const list = new URL('https://hub.example/api/models');
  const file = new URL('https://hub.example/a/b/resolve/main/README.md');
  const elsewhere = new URL('https://other.example/api/models');
  let clock: FakeClock;
  let quotas: Quotas;

  beforeEach(() => {
    clock = new FakeClock();
    quotas = new Quotas(clock);
  });

  const says = (remaining: number, bucket = 'api', url = list, token?: string, seconds = 293) =>
    quotas.learn(url, token, 200, {
      ratelimit: `"${bucket}";r=${remaining};t=${seconds}`,
      'ratelimit-policy': `"fixed window";"${bucket}";q=500;w=300`,
    });
  /** When it may be asked again, if it may not now. */
  const refusal = (url = list, priority: Priority = 'foreground', token?: string) => {
    try {
      quotas.take(url, token, priority);
      return undefined;
    } catch (error) {
      assertSyncError(error, 'rateLimited', new RegExp(url.host));
      return (error as SyncError).retryAt;
    }
  };

  it('refuse nothing that they know nothing of', () => {
    assert.equal(refusal(), undefined);
    assert.equal(refusal(list, 'background'), undefined);
  });

  it('refuse all before it is sent once nothing is left, until the window is over', () => {
    says(0);
    assert.equal(refusal(), NOON + 294_000);
    clock.advance(293_999);
    assert.equal(refusal(), NOON + 294_000);
    clock.advance(1);
    assert.equal(refusal(), undefined);
  });

  it('leave half to the user', () => {
    says(251);
    assert.equal(refusal(list, 'background'), undefined);
    assert.equal(refusal(list, 'background'), NOON + 294_000, 'the one before took its part');
    assert.equal(refusal(), undefined);
  });

  it('count what is on its way', () => {
    says(3);
    for (let count = 0; count < 3; count++) assert.equal(refusal(), undefined);
    assert.notEqual(refusal(), undefined);
  });

  it('do not believe an older answer that comes late', () => {
    says(2);
    clock.advance(1_000);
    says(400, 'api', list, undefined, 292);
    assert.equal(refusal(), undefined);
    assert.equal(refusal(), undefined);
    assert.notEqual(refusal(), undefined);
  });

  it('begin anew with the next window', () => {
    says(0);
    clock.advance(294_000);
    assert.equal(refusal(), undefined);
    says(499);
    assert.equal(refusal(list, 'background'), undefined);
  });

  it('are those of an origin', () => {
    says(0);
    assert.equal(refusal(elsewhere), undefined);
  });

  it('are those of a token', () => {
    says(0);
    assert.equal(refusal(list, 'foreground', 'token'), undefined);
    says(0, 'api', list, 'token');
    assert.notEqual(refusal(list, 'foreground', 'token'), undefined);
    assert.equal(refusal(list, 'foreground', 'other'), undefined);
  });

  it('are those of a bucket, learnt from the answers', () => {
    says(0);
    assert.equal(refusal(file), undefined);
    says(0, 'resolvers', file);
    assert.notEqual(refusal(file), undefined);
  });

  it('are one where a server puts listings and files into one bucket', () => {
    says(9, 'all', file);
    says(0, 'all', list);
    assert.notEqual(refusal(file), undefined);
  });

  it('take the fullest window for the quota where no policy is told', () => {
    quotas.learn(list, undefined, 200, { ratelimit: '"api";r=99;t=300' });
    clock.advance(10_000);
    quotas.learn(list, undefined, 200, { ratelimit: '"api";r=40;t=290' });
    assert.notEqual(refusal(list, 'background'), undefined);
    assert.equal(refusal(), undefined);
  });

  for (const [name, status, headers, delay] of [
    ['a plain 429', 429, {}, 60_000],
    ['a 429 with Retry-After', 429, { 'retry-after': '17' }, 17_000],
    ['a 503 with Retry-After', 503, { 'retry-after': '17' }, 17_000],
    ['a 429 with an empty window', 429, { ratelimit: '"api";r=0;t=9' }, 10_000],
  ] as const) {
    it(`refuse all after ${name}, and only as long as it says`, () => {
      quotas.learn(list, undefined, status, headers);
      assert.equal(refusal(), NOON + delay);
      assert.equal(refusal(file), undefined);
      assert.equal(refusal(list, 'foreground', 'token'), undefined);
      clock.advance(delay);
      assert.equal(refusal(), undefined);
    });
  }

  it('make nothing of a 503 that does not say when to come back', () => {
    quotas.learn(list, undefined, 503, {});
    assert.equal(refusal(), undefined);
  });

  for (const [name, jump] of [
    ['was set back by a year', -365 * 86_400_000],
    ['was set back by a second', -1_000],
    ['jumped ahead by a year', 365 * 86_400_000],
  ] as const) {
    it(`block nothing for ever when the clock ${name}`, () => {
      says(0);
      quotas.learn(file, undefined, 429, {});
      clock.jump(jump);
      assert.equal(refusal(), undefined);
      assert.equal(refusal(file), undefined);
    });
  }

  it('are listed while their windows last', () => {
    assert.deepEqual(quotas.list(), []);
    quotas.learn(list, undefined, 200, HUB);
    quotas.learn(elsewhere, undefined, 429, { 'retry-after': '60' });
    const hub = { host: 'hub.example', bucket: 'api', remaining: 499, quota: 500 };
    const [first, second, ...others] = quotas.list();
    assert.deepEqual(first, { ...hub, until: NOON + 294_000 });
    const refused = { host: 'other.example', remaining: 0, quota: 0, until: NOON + 60_000 };
    assert.deepEqual(second, refused, 'it has no name');
    assert.deepEqual(others, []);
    clock.advance(60_000);
    assert.deepEqual(
      quotas.list().map(({ host }) => host),
      ['hub.example'],
    );
    clock.advance(234_000);
    assert.deepEqual(quotas.list(), []);
  });

  it('of one name are those of each origin and token by itself', () => {
    quotas.learn(list, undefined, 200, { ratelimit: '"api";r=0;t=60' });
    quotas.learn(elsewhere, undefined, 200, { ratelimit: '"api";r=5;t=60' });
    quotas.learn(list, 'hf_other', 200, { ratelimit: '"api";r=7;t=60' });
    assert.deepEqual(
      quotas.list().map(({ host, remaining }) => [host, remaining]),
      [
        ['hub.example', 0],
        ['other.example', 5],
        ['hub.example', 7],
      ],
    );
  });

  it('never let more through than a server with fixed windows allows', () => {
    const seed = seedOfRun();
    const draw = randomNumbers(seed);
    let window = { end: clock.now() + 300_000, left: 50 };
    for (let turn = 0; turn < 5_000; turn++) {
      clock.advance(Math.floor(draw() * 8_000));
      if (clock.now() >= window.end) window = { end: clock.now() + 300_000, left: 50 };
      const priority = draw() < 0.5 ? 'background' : 'foreground';
      if (refusal(list, priority) !== undefined) continue;
      window.left--;
      assert.ok(window.left >= 0, `a request too many in turn ${turn}, SEED=${seed}`);
      if (priority === 'background') assert.ok(window.left >= 24, `turn ${turn}, SEED=${seed}`);
      quotas.learn(list, undefined, 200, {
        ratelimit: `"api";r=${window.left};t=${Math.ceil((window.end - clock.now()) / 1_000)}`,
        'ratelimit-policy': '"fixed window";"api";q=50;w=300',
      });
    }
  });
});
