import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { PartKey, StoredPart } from '../../../../src/sync/cache/detailsStore.ts';
import { DetailsStore } from '../../../../src/sync/cache/detailsStore.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { randomNumbers } from '../../support/random.ts';
import { exact, file } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HOUR = 3_600_000;
const SHA = 'a'.repeat(40);

const filesOf = (id: string, revision = SHA): PartKey => ({ id, revision, part: 'files' });
const readmeOf = (id: string, revision = SHA): PartKey => ({ id, revision, part: 'readme' });

/** A part that lies on the disk with about so many bytes: digits that compress to half at best. */
function part(bytes: number): StoredPart {
  const next = randomNumbers(bytes);
  const text = Array.from({ length: bytes }, () => String.fromCharCode(0x4e00 + next() * 20_000));
  return { value: text.join('').slice(0, Math.ceil(bytes / 2)), fetchedAt: NOON };
}

describe('The store of details', () => {
  const catalogue = useCatalogue();

  function open(budget?: number): DetailsStore {
    const options = budget === undefined ? {} : { budget };
    return new DetailsStore(catalogue().database, collectingLogger(), options);
  }

  const stored = (): number =>
    Number(catalogue().database.prepare('SELECT sum(bytes) AS b FROM details').get()?.['b'] ?? 0);

  it('gives back what it was given, by model, revision and part', () => {
    const store = open();
    const tree = { files: [file('m-Q4_0.gguf', exact(5))] };
    store.put(filesOf('a/b'), { value: tree, fetchedAt: NOON, etag: 'W/"1"' }, NOON);
    store.put(readmeOf('a/b'), { value: { text: '# é' }, fetchedAt: NOON + 1 }, NOON);
    assert.deepEqual(store.get(filesOf('a/b'), NOON), {
      value: tree,
      fetchedAt: NOON,
      etag: 'W/"1"',
    });
    assert.deepEqual(store.get(readmeOf('a/b'), NOON), {
      value: { text: '# é' },
      fetchedAt: NOON + 1,
    });
    assert.equal(store.get(filesOf('a/b', 'main'), NOON), undefined);
    assert.equal(store.get(filesOf('a/c'), NOON), undefined);
  });

  it('replaces what it had of a revision', () => {
    const store = open();
    store.put(readmeOf('a/b', 'main'), { value: 'one', fetchedAt: NOON, etag: '"1"' }, NOON);
    store.put(readmeOf('a/b', 'main'), { value: 'two', fetchedAt: NOON + 1 }, NOON + 1);
    assert.deepEqual(store.get(readmeOf('a/b', 'main'), NOON), {
      value: 'two',
      fetchedAt: NOON + 1,
    });
  });

  it('drops what was not used for the longest time, once there are too many bytes', () => {
    const store = open(2_900);
    for (const [index, id] of ['a/0', 'a/1', 'a/2'].entries()) {
      store.put(readmeOf(id), part(700), NOON + index);
    }
    assert.ok(stored() > 2_200, `${stored()} bytes: all had room`);
    assert.ok(store.get(readmeOf('a/0'), NOON + 2 * HOUR), 'is used again');
    store.put(readmeOf('a/3'), part(700), NOON + 3 * HOUR);
    const kept = ['a/0', 'a/1', 'a/2', 'a/3'].filter((id) =>
      store.get(readmeOf(id), NOON + 3 * HOUR),
    );
    assert.deepEqual(kept, ['a/0', 'a/2', 'a/3']);
  });

  it('drops what was fetched ahead and never opened before all that somebody opened', () => {
    const store = open(2_900);
    store.put(readmeOf('a/opened'), part(700), NOON);
    store.put(readmeOf('a/ahead'), part(700), NOON + HOUR, true);
    store.put(readmeOf('a/used'), part(700), NOON + 2 * HOUR, true);
    assert.equal(store.get(readmeOf('a/used'), undefined)?.ahead, true, 'a look is no use');
    assert.ok(store.get(readmeOf('a/used'), NOON + 3 * HOUR));
    assert.equal(store.get(readmeOf('a/used'), undefined)?.ahead, undefined);
    store.put(readmeOf('a/later'), part(700), NOON + 4 * HOUR, true);
    const kept = (): string[] =>
      ['opened', 'ahead', 'used', 'later'].filter((name) => store.has(readmeOf(`a/${name}`)));
    assert.deepEqual(kept(), ['opened', 'used', 'later']);
    store.put(readmeOf('a/own'), part(700), NOON + 5 * HOUR);
    assert.deepEqual(kept(), ['opened', 'used']);
  });

  it('never holds much more than its budget, also of parts that are small against it', () => {
    const budget = 200_000;
    const store = open(budget);
    for (let index = 0; index < 600; index++) {
      store.put(readmeOf(`a/${index}`), part(700), NOON + index);
      assert.ok(stored() < budget * 1.02, `${stored()} bytes after ${index} parts`);
    }
    assert.ok(stored() > budget * 0.97, 'and no less than it may');
  });

  it('looks after its budget at a start too', () => {
    for (let index = 0; index < 6; index++) {
      open(1_000_000).put(readmeOf(`a/${index}`), part(700), NOON + index);
    }
    open(2_500).put(readmeOf('a/6'), part(700), NOON + 6);
    assert.ok(stored() <= 2_500, `${stored()}`);
  });

  it('counts the bytes that lie on the disk', () => {
    const store = open();
    const text = 'The same words again and again. '.repeat(1_000);
    store.put(readmeOf('a/0'), { value: { text }, fetchedAt: NOON }, NOON);
    const { length } = catalogue().database.prepare('SELECT body FROM details').get()![
      'body'
    ] as Uint8Array;
    assert.equal(stored(), length);
    assert.ok(length < text.length / 20, `${length} bytes`);
  });

  for (const [name, spoil] of [
    ['whose bytes were damaged', 'body = zeroblob(length(body))'],
    ['that was cut off', 'body = substr(body, 1, length(body) / 2)'],
    ['of an encoding that nobody knows', "encoding = 'lz99'"],
    ['that is no JSON any more', "encoding = 'none', body = CAST('{' AS BLOB)"],
  ] as const) {
    it(`misses an entry ${name}, and drops it`, () => {
      const { database } = catalogue();
      const store = open();
      store.put(readmeOf('a/b'), { value: 'x'.repeat(1_000), fetchedAt: NOON }, NOON);
      database.exec(`UPDATE details SET ${spoil}`);
      assert.equal(store.get(readmeOf('a/b'), NOON), undefined);
      assert.equal(database.prepare('SELECT count(*) AS n FROM details').get()!['n'], 0);
    });
  }

  it('tells the whole tree of a commit, and nothing of one that is known in part', () => {
    const store = open();
    const files = [file('m-Q4_0.gguf', exact(5))];
    store.put(filesOf('a/b'), { value: { files }, fetchedAt: NOON }, NOON);
    store.put(filesOf('a/c'), { value: { files, partial: true }, fetchedAt: NOON }, NOON);
    assert.deepEqual(store.fileTree('a/b', SHA), files);
    assert.equal(store.fileTree('a/c', SHA), undefined);
    assert.equal(store.fileTree('a/d', SHA), undefined);
  });

  it('is emptied, and tells how many bytes that freed', () => {
    const store = open();
    assert.equal(store.clear(), 0);
    store.put(readmeOf('a/b'), part(700), NOON);
    store.put(filesOf('a/b'), part(900), NOON);
    const bytes = stored();
    assert.equal(store.clear(), bytes);
    assert.equal(store.get(readmeOf('a/b'), NOON), undefined);
    assert.equal(stored(), 0);
  });

  it('does not write to the disk at every look', () => {
    const { path } = catalogue();
    const store = open();
    store.put(readmeOf('a/b'), part(100), NOON);
    const other = new DatabaseSync(path, { readOnly: true });
    const version = (): unknown => other.prepare('PRAGMA data_version').get()!['data_version'];
    const before = version();
    store.get(readmeOf('a/b'), NOON + HOUR / 2);
    assert.equal(version(), before);
    store.get(readmeOf('a/b'), NOON + HOUR);
    assert.notEqual(version(), before);
    other.close();
  });

  it('can still be read where nothing can be written', () => {
    const { path } = catalogue();
    open().put(readmeOf('a/b'), part(100), NOON);
    const readOnly = new DatabaseSync(path, { readOnly: true });
    const store = new DetailsStore(readOnly, collectingLogger());
    assert.ok(store.get(readmeOf('a/b'), NOON + 5 * HOUR));
    readOnly.close();
  });
});
