import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { DetailsStore } from '../../../../src/sync/cache/detailsStore.ts';
import { NOON } from '../../support/fakeClock.ts';
import { exact, file } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HOUR = 3_600_000;
const SHA = 'a'.repeat(40);

function details(bytes: number): { files: []; readme: string; fetchedAt: number } {
  const empty = JSON.stringify({ files: [], readme: '', fetchedAt: NOON }).length;
  return { files: [], readme: 'x'.repeat(bytes - empty), fetchedAt: NOON };
}

describe('The store of details', () => {
  const catalogue = useCatalogue();

  it('gives back what it was given, by model and revision', () => {
    const store = new DetailsStore(catalogue().database);
    const kept = { files: [file('m-Q4_0.gguf', exact(5))], readme: '# é', fetchedAt: NOON };
    store.put('a/b', SHA, kept, NOON);
    assert.deepEqual(store.get('a/b', SHA, NOON), kept);
    assert.equal(store.get('a/b', 'main', NOON), undefined);
    assert.equal(store.get('a/c', SHA, NOON), undefined);
  });

  it('replaces what it had of a revision', () => {
    const store = new DetailsStore(catalogue().database);
    store.put('a/b', 'main', details(100), NOON);
    store.put('a/b', 'main', details(200), NOON + 1);
    assert.equal(store.get('a/b', 'main', NOON)?.readme?.length, details(200).readme.length);
  });

  it('drops what was not used for the longest time, once there are too many bytes', () => {
    const store = new DetailsStore(catalogue().database, 3_000);
    for (const [index, id] of ['a/0', 'a/1', 'a/2'].entries()) {
      store.put(id, SHA, details(1_000), NOON + index);
    }
    assert.ok(store.get('a/0', SHA, NOON + 2 * HOUR), 'is used again');
    store.put('a/3', SHA, details(1_000), NOON + 3 * HOUR);
    const kept = ['a/0', 'a/1', 'a/2', 'a/3'].filter((id) => store.get(id, SHA, NOON + 3 * HOUR));
    assert.deepEqual(kept, ['a/0', 'a/2', 'a/3']);
  });

  it('counts bytes, not characters', () => {
    const store = new DetailsStore(catalogue().database, 3_000);
    const wide = { files: [], readme: 'é'.repeat(1_000), fetchedAt: NOON };
    store.put('a/0', SHA, wide, NOON);
    store.put('a/1', SHA, wide, NOON + 1);
    assert.equal(store.get('a/0', SHA, NOON), undefined);
    assert.deepEqual(store.get('a/1', SHA, NOON), wide);
  });

  it('does not write to the disk at every look', () => {
    const { database, path } = catalogue();
    const store = new DetailsStore(database);
    store.put('a/b', SHA, details(100), NOON);
    const other = new DatabaseSync(path, { readOnly: true });
    const version = (): unknown => other.prepare('PRAGMA data_version').get()!['data_version'];
    const before = version();
    store.get('a/b', SHA, NOON + HOUR / 2);
    assert.equal(version(), before);
    store.get('a/b', SHA, NOON + HOUR);
    assert.notEqual(version(), before);
    other.close();
  });

  it('can still be read where nothing can be written', () => {
    const { database, path } = catalogue();
    new DetailsStore(database).put('a/b', SHA, details(100), NOON);
    const readOnly = new DatabaseSync(path, { readOnly: true });
    assert.ok(new DetailsStore(readOnly).get('a/b', SHA, NOON + 5 * HOUR));
    readOnly.close();
  });
});
