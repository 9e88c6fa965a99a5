import assert from 'node:assert/strict';
import { ConnectionCount } from '../../../../src/download/file/connectionCount.ts';

const MB = 1_000_000;

/** Runs for so many seconds on a line that gives `speedOf(connections)` bytes a second. */
function run(
  count: ConnectionCount,
  from: number,
  seconds: number,
  speedOf: (connections: number) => number,
): number[] {
  const counts: number[] = [];
  for (let now = from; now < from + seconds * 1_000; now += 100) {
    count.received(speedOf(count.count) / 10);
    count.decide(now + 100, count.count);
    counts.push(count.count);
  }
  return counts;
}

describe('The number of connections', () => {
  it('begins low and grows while each brings more, up to eight', () => {
    const count = new ConnectionCount(0);
    assert.equal(count.count, 2);
    const counts = run(count, 0, 10, (connections) => connections * 5 * MB);
    assert.equal(count.count, 8);
    assert.equal(Math.max(...counts), 8);
  });

  it('stays where more bring nothing, and tries again after a while', () => {
    const count = new ConnectionCount(0);
    const line = (connections: number): number => Math.min(4, connections) * 5 * MB;
    const counts = run(count, 0, 14, line);
    assert.equal(count.count, 4);
    assert.equal(Math.max(...counts), 5);
    assert.ok(run(count, 14_000, 10, line).includes(5));
    assert.equal(count.count, 4);
  });

  it('is decided by half a second at least', () => {
    const count = new ConnectionCount(1_000_000);
    count.received(MB);
    count.decide(1_000_499, 2);
    assert.equal(count.count, 2);
    count.decide(1_000_500, 2);
    assert.equal(count.count, 3);
  });

  /** What each of three half seconds brings, and how many are used then. */
  const after = (...seconds: readonly (readonly [megabytes: number, used: number])[]): number => {
    const count = new ConnectionCount(0);
    seconds.forEach(([megabytes, used], index) => {
      count.received(megabytes * MB);
      count.decide((index + 1) * 500, used);
    });
    return count.count;
  };

  it('does not grow where nothing comes', () => assert.equal(after([0, 2], [0, 2]), 2));
  it('grows where a tenth more comes, and shrinks where it is less', () => {
    assert.equal(after([10, 2], [11, 3]), 4);
    assert.equal(after([10, 2], [10.9, 3]), 2);
  });
  it('is judged by what comes while all are used', () => {
    assert.equal(after([10, 2], [1, 2], [11, 3]), 4, 'the second half second tells nothing');
  });
  it('is not judged by what came before all turned out to be used', () => {
    assert.equal(after([10, 2], [5, 3], [1, 2]), 2, 'while it rests, less is no reason to shrink');
  });

  for (const [name, now] of [
    ['a clock that was set back', -1],
    ['a sleep', 5_001],
  ] as const) {
    it(`learns nothing across ${name}, and begins to measure anew`, () => {
      const count = new ConnectionCount(0);
      count.received(10 * MB);
      count.decide(now, 2);
      assert.equal(count.count, 2);
      count.received(1);
      count.decide(now + 500, 2);
      count.received(1);
      count.decide(now + 1_000, 3);
      assert.equal(count.count, 2, 'what came before is not counted');
    });
  }

  it('learns from five seconds as well', () => {
    const count = new ConnectionCount(0);
    count.received(MB);
    count.decide(5_000, 2);
    assert.equal(count.count, 3);
  });

  it('rests for fifteen seconds after a failure', () => {
    const count = new ConnectionCount(0);
    count.failed(0);
    const grown: number[] = [];
    for (let now = 500; now <= 16_000; now += 500) {
      count.received(MB);
      count.decide(now, count.count);
      if (count.count > 1) grown.push(now);
    }
    assert.equal(grown[0], 15_000);
  });

  it('falls when connections fail, never below one', () => {
    const count = new ConnectionCount(0);
    run(count, 0, 10, (connections) => connections * 5 * MB);
    count.failed(10_000);
    assert.equal(count.count, 4);
    for (let times = 0; times < 5; times++) count.failed(10_000);
    assert.equal(count.count, 1);
    run(count, 10_000, 10, (connections) => connections * 5 * MB);
    assert.equal(count.count, 1, 'it rests first');
    run(count, 20_000, 20, (connections) => connections * 5 * MB);
    assert.notEqual(count.count, 1);
  });

  it('learns nothing while fewer are used, and survives a clock that is set', () => {
    const count = new ConnectionCount(0);
    for (let now = 0; now < 10_000; now += 500) {
      count.received(5 * MB);
      count.decide(now, 1);
    }
    assert.equal(count.count, 2);
    count.failed(100_000_000);
    run(count, 1_000, 10, (connections) => connections * 5 * MB);
    assert.notEqual(count.count, 1);
  });
});
