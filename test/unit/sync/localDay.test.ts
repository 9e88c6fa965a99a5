import assert from 'node:assert/strict';
import { localDay } from '../../../src/sync/localDay.ts';

describe('The local day', () => {
  it('is that of the calendar of the machine, in figures of equal length', () => {
    assert.equal(localDay(new Date(2026, 0, 2, 0, 0).getTime()), '2026-01-02');
    assert.equal(localDay(new Date(2026, 11, 31, 23, 59, 59, 999).getTime()), '2026-12-31');
  });

  it('sorts as days follow one another', () => {
    const days = Array.from({ length: 400 }, (_, day) =>
      localDay(new Date(2026, 8, day).getTime()),
    );
    assert.deepEqual(days.toSorted(), days);
    assert.equal(new Set(days).size, 400);
  });
});
