import assert from 'node:assert/strict';
import { wholeListing } from '../../../../src/sync/gateway/wholeListing.ts';
import { row } from '../../support/rows.ts';

const rows = [
  { ...row({ id: 'a/one' }), fingerprint: 'f1', counters: { likes: 1 } },
  { ...row({ id: 'a/two' }), fingerprint: 'f2', counters: { likes: 2 } },
];
const idOf = (raw: unknown) => (typeof raw === 'string' ? raw : undefined);
const list = (unreadable: readonly unknown[] = [], known: readonly [string, string][] = []) =>
  wholeListing(rows, unreadable, new Map(known), idOf, { etag: 'x' });

describe('A list that came as a whole', () => {
  it('names each model with its fingerprint and counters, and hides nothing', () => {
    const listing = list();
    assert.deepEqual(
      [...listing.manifest],
      [
        ['a/one', 'f1'],
        ['a/two', 'f2'],
      ],
    );
    assert.deepEqual(listing.counters.get('a/two'), { likes: 2 });
    assert.deepEqual(listing.validators, { etag: 'x' });
    assert.deepEqual([listing.complete, listing.counted, listing.dropped], [true, true, 0]);
  });

  it('brings the rows that are asked for', async () => {
    assert.deepEqual(await list().load(['a/two', 'a/none']), { rows: [rows[1]], dropped: 0 });
  });

  it('keeps what is known of an entry that cannot be read, and counts it', () => {
    const listing = list(['a/three'], [['a/three', 'f3']]);
    assert.equal(listing.manifest.get('a/three'), 'f3');
    assert.deepEqual([listing.complete, listing.dropped], [true, 1]);
  });

  it('may lack something where an entry has not even a name', () => {
    const listing = list([7], [['a/three', 'f3']]);
    assert.deepEqual([listing.complete, listing.dropped], [false, 1]);
    assert.ok(!listing.manifest.has('a/three'));
  });
});
