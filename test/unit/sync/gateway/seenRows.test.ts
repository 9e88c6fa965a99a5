import assert from 'node:assert/strict';
import type { ListedModel, Projection } from '../../../../src/sync/gateway/authorList.ts';
import { SeenRows } from '../../../../src/sync/gateway/seenRows.ts';
import type { Question } from '../../../../src/sync/gateway/source.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { row } from '../../support/rows.ts';

const listed = (id: string, fingerprint = 'f', lastModified?: number): ListedModel => ({
  ...{ id, fingerprint, lastModified },
});

describe('The pages of a listing', () => {
  let seen: SeenRows;
  beforeEach(() => {
    const manifest = new Map([
      ['a/known', 'f'],
      ['a/bad', 'before'],
    ]);
    const question = { manifest, logger: collectingLogger() };
    seen = new SeenRows('hf:a', question as unknown as Question);
  });

  /** Reads a page of these models, with entries that cannot be read. */
  function read(models: readonly ListedModel[], unreadable: readonly unknown[] = []) {
    const projection: Projection = {
      fields: [],
      read: () => ({ entries: models.map((entry) => ({ entry, raw: {} })), unreadable }),
    };
    return seen.read([], projection);
  }

  it('bring news where something is not known just so', () => {
    assert.deepEqual(read([listed('a/known')]), { news: false, fresh: true });
    assert.deepEqual(read([listed('a/known', 'g')]), { news: true, fresh: true });
    assert.deepEqual(read([listed('a/known', 'g'), listed('a/new')]), { news: true, fresh: true });
  });

  it('bring news wherever on the page that stands', () => {
    const [known, other] = [listed('a/known'), listed('a/new')];
    assert.equal(read([known, other]).news, true);
    assert.equal(read([other, known]).news, true);
  });

  it('are fresh where no page before held the same', () => {
    assert.equal(read([listed('a/one')]).fresh, true);
    assert.equal(read([listed('a/one')]).fresh, false);
    assert.equal(read([listed('a/one'), listed('a/two')]).fresh, true);
    assert.equal(read([listed('a/one')], [{ id: 'a/bad' }]).fresh, true);
    assert.equal(read([listed('a/one')], [{ id: 'a/bad' }]).fresh, false);
    assert.equal(read([listed('a/one')], [{ id: 'a/bad' }, 7]).fresh, true);
  });

  it('count what cannot be read once, and keep what is known of it', () => {
    read([listed('a/one')], [{ id: 'a/bad' }]);
    read([listed('a/two')], [{ id: 'a/bad' }]);
    assert.equal(seen.dropped, 1);
    assert.equal(seen.manifest.get('a/bad'), 'before');
    assert.equal(seen.whole, true);
  });

  it('are not whole once something had no name', () => {
    read([listed('a/one')], [7]);
    read([listed('a/two')]);
    assert.equal(seen.whole, false);
    assert.equal(seen.dropped, 1);
  });

  it('are refused where nothing in the first is a model, and only there', () => {
    assert.throws(
      () => read([], [7]),
      (error) => assertSyncError(error, 'badAnswer', /hf:a answered with 1 entries/),
    );
    read([listed('a/one')]);
    read([], [8]);
  });

  it('are as old as their last row, as long as they are in order', () => {
    assert.equal(seen.oldest, undefined);
    read([listed('a/1', 'f', 30), listed('a/2', 'f', 20)]);
    assert.equal(seen.oldest, 20);
    read([listed('a/3', 'f', 20), listed('a/4', 'f', 10)]);
    assert.equal(seen.oldest, 10);
    read([listed('a/5', 'f', 15)]);
    assert.equal(seen.oldest, undefined);
    read([listed('a/6', 'f', 5)]);
    assert.equal(seen.oldest, undefined, 'nor is it known from then on');
  });

  it('are of unknown age where a row does not tell its own', () => {
    read([listed('a/1', 'f', 30), listed('a/2'), listed('a/3', 'f', 10)]);
    assert.equal(seen.oldest, undefined);
  });

  it('bring counters and rows, as far as nothing newer was seen', () => {
    const full = { ...row({ id: 'a/one' }), fingerprint: 'f' };
    seen.add({ ...listed('a/one'), counters: { likes: 1 }, row: full });
    assert.equal(seen.row('a/one'), full);
    assert.deepEqual(seen.counters.get('a/one'), { likes: 1 });
    seen.add(listed('a/one', 'g'));
    assert.equal(seen.row('a/one'), undefined, 'it has changed since');
    assert.deepEqual(seen.counters.get('a/one'), { likes: 1 });
    assert.equal(seen.manifest.get('a/one'), 'g');
    assert.equal(seen.row('a/none'), undefined);
  });
});
