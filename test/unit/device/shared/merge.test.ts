import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SharedDocument } from '../../../../src/device/shared/document.ts';
import { EMPTY, isIn, keysOf, valueOf } from '../../../../src/device/shared/document.ts';
import { collect, put, remove, TOLD_FOR } from '../../../../src/device/shared/edit.ts';
import { merge } from '../../../../src/device/shared/merge.ts';
import { canonicalJson } from '../../../../src/sync/canonicalJson.ts';
import { seedOfRun } from '../../support/random.ts';

const NOW = Date.UTC(2026, 2, 16);
const DAY = 24 * 60 * 60 * 1000;
const on = (machine: string, now = NOW): { machine: string; now: number } => ({ machine, now });

const time = fc.integer({ min: 1, max: 9 });
const name = fc.constantFrom('a', 'b', 'constructor');
const dot = fc.oneof(
  fc.record({ at: time }),
  fc.record({ at: time, value: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ at: time, removed: time }),
  fc.record({ at: time, newer: fc.boolean() }),
);
/** Any dot of few machines in few entries: enough for all ways in which two documents can differ. */
const anyDocument: fc.Arbitrary<SharedDocument> = fc
  .record({
    dots: fc.array(fc.tuple(name, name, dot), { maxLength: 5 }),
    collected: fc.array(fc.tuple(name, time), { maxLength: 2 }),
    newer: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ dots, collected, newer }) => {
    const entries = Map.groupBy(dots, ([key]) => key);
    const set = [...entries].map(
      ([key, members]) =>
        [key, Object.fromEntries(members.map(([, machine, one]) => [machine, one]))] as const,
    );
    return {
      format: 1,
      sets: { pins: Object.fromEntries(set) },
      collected: Object.fromEntries(collected),
      newer,
    };
  })
  // What another document can be: nothing in it that merging would leave out.
  .map((document) => merge(EMPTY, document));

const same = (a: SharedDocument, b: SharedDocument): boolean =>
  canonicalJson(a) === canonicalJson(b);

/** Checks a law with random documents; a failure tells the seed. */
function holds(law: (a: SharedDocument, b: SharedDocument, c: SharedDocument) => boolean): void {
  fc.assert(fc.property(anyDocument, anyDocument, anyDocument, law), {
    ...{ seed: seedOfRun(), numRuns: 1_000 },
  });
}

describe('Documents that machines share', () => {
  it('say the same together, whichever is which, in which order and how often', () => {
    holds((a, b) => same(merge(a, b), merge(b, a)));
    holds((a, b, c) => same(merge(merge(a, b), c), merge(a, merge(b, c))));
    holds((a) => same(merge(a, a), a));
    holds((a, b) => same(merge(merge(a, b), b), merge(a, b)));
  });

  it('lose nothing to a machine that knows nothing', () => {
    holds((a) => same(merge(a, EMPTY), a));
  });

  it('lose an entry that one machine removes, on all that knew of it', () => {
    const both = put(EMPTY, 'favourites', 'a/b', on('one'));
    const removed = remove(both, 'favourites', 'a/b', NOW + 1);
    assert.equal(isIn(merge(both, removed), 'favourites', 'a/b'), false);
    assert.equal(isIn(merge(removed, both), 'favourites', 'a/b'), false);
  });

  it('keep an entry that somebody adds while another, who does not know, removes it', () => {
    const both = put(EMPTY, 'favourites', 'a/b', on('one'));
    const removed = remove(both, 'favourites', 'a/b', NOW + DAY);
    const added = put(both, 'favourites', 'a/b', on('two', NOW));
    assert.ok(isIn(merge(removed, added), 'favourites', 'a/b'));
  });

  it('have an entry again that is added again, though the clock has gone back', () => {
    const removed = remove(put(EMPTY, 'pins', 'a/b', on('one')), 'pins', 'a/b', NOW);
    const again = put(removed, 'pins', 'a/b', on('one', NOW - 300 * DAY));
    assert.ok(isIn(merge(removed, again), 'pins', 'a/b'));
  });

  it('have the value that was put in last by who knew of the others', () => {
    const first = put(EMPTY, 'names', 'x', on('one', NOW + 50 * 366 * DAY), 'of a wrong clock');
    const second = put(first, 'names', 'x', on('two'), 'right');
    assert.equal(valueOf(merge(first, second), 'names', 'x'), 'right');
  });

  it('list what was added last first', () => {
    const first = put(EMPTY, 'pins', 'a/b', on('one'));
    const document = put(
      put(first, 'pins', 'c/d', on('two', NOW + 1)),
      'pins',
      'e/f',
      on('one', NOW + 2),
    );
    assert.deepEqual(keysOf(document, 'pins'), ['e/f', 'c/d', 'a/b']);
    assert.deepEqual(keysOf(document, 'constructor'), []);
    assert.equal(isIn(document, 'pins', 'constructor'), false);
  });

  it('do not get back with a machine that was away for longer what was removed meanwhile', () => {
    const away = put(put(EMPTY, 'pins', 'a/b', on('one')), 'pins', 'kept/one', on('one'));
    const removed = remove(away, 'pins', 'a/b', NOW + DAY);
    assert.ok(same(collect(removed, NOW + TOLD_FOR), removed));
    const later = collect(removed, NOW + DAY + TOLD_FOR + 1);
    assert.deepEqual(keysOf(later, 'pins'), ['kept/one']);
    assert.equal(JSON.stringify(later).includes('a/b'), false);
    assert.ok(same(merge(away, later), later));
  });

  it('keep what only the machine knows that was away, however long', () => {
    const shared = put(EMPTY, 'pins', 'a/b', on('one'));
    const away = put(shared, 'pins', 'c/d', on('two', NOW - 500 * DAY));
    const later = collect(remove(shared, 'pins', 'a/b', NOW), NOW + TOLD_FOR + 1);
    assert.deepEqual(keysOf(merge(away, later), 'pins'), ['c/d']);
  });

  it('forget removals by a clock that is years ahead at once, and nothing else', () => {
    const document = put(put(EMPTY, 'pins', 'a/b', on('one')), 'pins', 'c/d', on('one'));
    const removed = remove(document, 'pins', 'a/b', NOW + 1000 * DAY);
    const collected = collect(removed, NOW);
    assert.equal(JSON.stringify(collected).includes('a/b'), false);
    assert.deepEqual(keysOf(merge(collected, document), 'pins'), ['c/d']);
  });
});
