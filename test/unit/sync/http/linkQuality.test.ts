import assert from 'node:assert/strict';
import type { LinkEvidence, LinkState } from '../../../../src/sync/http/linkQuality.ts';
import { LIMITS, nextLinkState } from '../../../../src/sync/http/linkQuality.ts';

const KB = 1024;
const times = (count: number, value: number): number[] =>
  Array.from({ length: count }, () => value);

function next(before: LinkState, evidence: Partial<LinkEvidence>): LinkState {
  return nextLinkState(before, { failures: 0, latencies: [], goodputs: [], ...evidence });
}

describe('The state of a link', () => {
  for (const [name, before, evidence, expected] of [
    ['is kept without evidence', 'fast', {}, 'fast'],
    ['is kept on one failure', 'fast', { failures: 1 }, 'fast'],
    ['is offline after two failures', 'fast', { failures: 2 }, 'offline'],
    ['is normal when something comes through again', 'offline', {}, 'normal'],
    [
      'is at once what is known of it then',
      'offline',
      { goodputs: times(3, 20 * KB) },
      'constrained',
    ],
    ['is kept on two slow answers', 'normal', { latencies: times(2, 9_000) }, 'normal'],
    ['is constrained by latency', 'normal', { latencies: times(3, 2_100) }, 'constrained'],
    ['is kept on one slow body', 'normal', { goodputs: [1 * KB] }, 'normal'],
    ['is constrained by goodput', 'normal', { goodputs: times(2, 60 * KB) }, 'constrained'],
    [
      'is constrained by goodput though answers come quickly',
      'fast',
      { goodputs: times(3, 60 * KB), latencies: times(5, 40) },
      'constrained',
    ],
    [
      'is fast where bodies come quickly',
      'normal',
      { goodputs: times(3, 2_000 * KB), latencies: times(5, 40) },
      'fast',
    ],
    [
      'is not fast where bodies come quickly and answers do not',
      'normal',
      { goodputs: times(3, 2_000 * KB), latencies: times(5, 400) },
      'normal',
    ],
    ['is not fast for small answers alone', 'normal', { latencies: times(5, 5) }, 'normal'],
    ['stays fast for small answers', 'fast', { latencies: times(5, 5) }, 'fast'],
    ['is no longer fast with slow ones', 'fast', { latencies: times(5, 600) }, 'normal'],
    [
      'is not decided by one odd exchange',
      'normal',
      { goodputs: [900 * KB, 1 * KB, 900 * KB], latencies: [50, 30_000, 50] },
      'normal',
    ],
  ] as [string, LinkState, Partial<LinkEvidence>, LinkState][]) {
    it(name, () => assert.equal(next(before, evidence), expected));
  }

  for (const [name, one, other, between] of [
    ['goodput, slow', 'constrained', 'normal', { goodputs: times(3, 100 * KB) }],
    ['goodput, fast', 'fast', 'normal', { goodputs: times(3, 1_000 * KB) }],
    ['latency, slow', 'constrained', 'normal', { latencies: times(3, 1_600) }],
    [
      'latency, fast',
      'fast',
      'normal',
      { latencies: times(3, 400), goodputs: times(3, 2_000 * KB) },
    ],
  ] as [string, LinkState, LinkState, Partial<LinkEvidence>][]) {
    it(`does not flutter between two bounds: ${name}`, () => {
      assert.equal(next(one, between), one);
      assert.equal(next(other, between), other);
    });
  }

  for (const [name, before, evidence] of [
    ['slow to be called so, by goodput', 'normal', { goodputs: times(3, 64 * KB) }],
    ['slow to be called so, by latency', 'normal', { latencies: times(3, 2_000) }],
    ['quick enough to recover, by goodput', 'constrained', { goodputs: times(3, 128 * KB) }],
    ['quick enough to recover, by latency', 'constrained', { latencies: times(3, 1_200) }],
    ['not fast yet, by goodput', 'normal', { goodputs: times(3, 1_536 * KB) }],
    [
      'not fast yet, by latency',
      'normal',
      { goodputs: times(3, 2_000 * KB), latencies: times(3, 300) },
    ],
    ['not fast any more, by goodput', 'fast', { goodputs: times(3, 768 * KB) }],
    ['not fast any more, by latency', 'fast', { latencies: times(3, 500) }],
  ] as [string, LinkState, Partial<LinkEvidence>][]) {
    it(`is normal just at the bound: ${name}`, () => {
      assert.equal(next(before, evidence), 'normal');
    });
  }

  it('allows more the better it is', () => {
    const { offline, constrained, normal, fast } = LIMITS;
    for (const [worse, better] of [
      [offline, normal],
      [constrained, normal],
      [normal, fast],
    ] as const) {
      assert.ok(worse.concurrency < better.concurrency);
      assert.ok(worse.pageRows < better.pageRows);
      assert.ok(worse.prefetchBytes < better.prefetchBytes);
      assert.ok(Number(worse.remoteImages) <= Number(better.remoteImages));
      assert.ok(worse.concurrency >= 2, 'one is kept for the foreground');
    }
  });
});
