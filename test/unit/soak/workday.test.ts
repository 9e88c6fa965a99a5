import assert from 'node:assert/strict';
import { Draw } from '../../faults/support/draw.ts';
import type { Happening } from '../../soak/workday.ts';
import { drawWorkday, WINDOWS } from '../../soak/workday.ts';
import { seedOfRun } from '../support/random.ts';

const MONTH = 30;

describe('A simulated workday', () => {
  const seed = seedOfRun();
  const month = (of: number) => {
    const draw = new Draw(of);
    return Array.from({ length: MONTH }, (_, day) => drawWorkday(draw, day));
  };

  it('is the same for the same seed', () => {
    assert.deepEqual(month(seed), month(seed));
    assert.notDeepEqual(month(seed), month(seed + 1));
  });

  it(`has its moments in their order, before it ends (SEED=${seed})`, () => {
    for (const { moments, length } of month(seed)) {
      const times = moments.map(({ at }) => at);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(times.every((at) => at >= 0 && at <= length));
    }
  });

  it(`leaves nothing out of a month, and the first window open (SEED=${seed})`, () => {
    const all = month(seed).flatMap(({ moments }) => moments.map(({ what }) => what));
    const kinds = new Set(all.map(({ kind }) => kind));
    const expected: readonly Happening['kind'][] = [
      ...(['work', 'pause', 'browse', 'refresh', 'download', 'reopen'] as const),
      ...(['sleep', 'clockIsSet', 'faults', 'well', 'publish', 'commit'] as const),
    ];
    for (const kind of expected) assert.ok(kinds.has(kind), kind);
    const closed = all.flatMap((what) => (what.kind === 'reopen' ? [what.window] : []));
    assert.ok(closed.every((window) => window > 0 && window < WINDOWS));
  });

  it(`makes all well again whenever something was wrong (SEED=${seed})`, () => {
    for (const { moments } of month(seed)) {
      const count = (kind: Happening['kind']): number =>
        moments.filter(({ what }) => what.kind === kind).length;
      assert.equal(count('faults'), count('well'));
    }
  });
});
