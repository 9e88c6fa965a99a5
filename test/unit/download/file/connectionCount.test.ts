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
