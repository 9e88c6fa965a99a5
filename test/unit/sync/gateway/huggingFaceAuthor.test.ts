import assert from 'node:assert/strict';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { SourceRow } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import type { Asked } from '../../support/useAuthor.ts';
import { useAuthor } from '../../support/useAuthor.ts';
import type { DumpLine } from '../../support/useHub.ts';
import { useHub } from '../../support/useHub.ts';

/** Has more models here than the first page of a probe holds. */
const AUTHOR = 'bartowski';
/** The page of a question without counters, for these models. */
const IDENTITY_PAGE = 6_000;

describe('A Hugging Face author', () => {
  const hub = useHub({ models: 400, seed: 3 });
  const author = useAuthor(hub, AUTHOR);
  const nobody = useAuthor(hub, 'nobody-at-all');

  describe('asked what is new', () => {
    it('reads one small page where nothing is', async () => {
      const { manifest } = await author.known();
      assert.ok(manifest.size > 30, `${manifest.size} models are too few for this test`);
      const asked = author.question(manifest);
      const listing = await author.probe(asked);
      assert.equal(listing?.manifest.size, 16);
      assert.equal(listing.complete, false);
      assert.equal(asked.http.requests, 1);
    });

    it('says that nothing is new to the same ETag', async () => {
      const { manifest } = await author.known();
      const listing = await author.probe(author.question(manifest));
      assert.ok(listing?.validators['probe']);
      const asked = author.question(manifest, { validators: listing.validators });
      assert.equal(await author.probe(asked), undefined);
      assert.ok(asked.http.bytesReceived < 600, `${asked.http.bytesReceived} bytes`);
    });

    for (const etags of [false, 'none'] as const) {
      it(`finds the same where ETags are ${etags || 'not honoured'}`, async () => {
        const { manifest } = await author.known();
        hub().setFaults({ etags });
        const validators = (await author.probe(author.question(manifest)))?.validators ?? {};
        const listing = await author.probe(author.question(manifest, { validators }));
        for (const [id, fingerprint] of listing!.manifest) {
          assert.equal(manifest.get(id), fingerprint);
        }
        const before = hub().truth(`hf:${AUTHOR}`);
        while (hub().truth(`hf:${AUTHOR}`) === before) assert.ok(hub().advance());
        const after = await author.probe(author.question(manifest, { validators }));
        const changed = [...after!.manifest].filter(([id, print]) => manifest.get(id) !== print);
        const sweep = await author.known();
        const expected = [...sweep.manifest].filter(([id, print]) => manifest.get(id) !== print);
        assert.deepEqual(changed.sort(), expected.sort());
        assert.ok(expected.length > 0);
      });
    }

    it('walks on as long as pages hold news, and no further', async () => {
      const { manifest } = await author.known();
      const order = author.newestFirst();
      const without = new Map(manifest);
      for (const id of order.slice(0, 20)) without.delete(id);
      const asked = author.question(without);
      const listing = await author.probe(asked);
      for (const id of order.slice(0, 20)) assert.ok(listing?.manifest.has(id), id);
      // 16 rows of news, then 64 of which four are news, then a page without any, if there is one.
      assert.equal(asked.http.requests, order.length > 80 ? 3 : 2);
    });

    it('notices who may see it, though nothing was committed', async () => {
      const { manifest } = await author.known();
      const [newest] = author.newestFirst();
      for (const change of [{ gated: 'auto' }, { disabled: true }] as const) {
        hub().setFaults({ repositories: { [newest!]: change } });
        const listing = await author.probe(author.question(manifest));
        assert.notEqual(listing?.manifest.get(newest!), manifest.get(newest!));
      }
    });
  });

  describe('asked what there is', () => {
    it('tells all of it', async () => {
      const { manifest, complete, dropped } = await author.known();
      assert.deepEqual([...manifest.keys()].sort(), author.ids().sort());
      assert.equal(complete, true);
      assert.equal(dropped, 0);
    });

    it('says that nothing has changed to the same ETag', async () => {
      const { manifest } = await author.known();
      const { validators } = (await author.sweep(author.question(manifest)))!;
      const asked = author.question(manifest, { validators });
      assert.equal(await author.sweep(asked), undefined);
      assert.ok(asked.http.bytesReceived < 600, `${asked.http.bytesReceived} bytes`);
    });

    it('lacks what is gone, and has what became public with an old date', async () => {
      const [gone, hidden] = author.ids();
      hub().setFaults({ repositories: { [hidden!]: { private: true } } });
      assert.equal((await author.known()).manifest.has(hidden!), false);
      hub().setFaults({ repositories: { [gone!]: { deleted: true } } });
      const { manifest } = await author.known();
      assert.equal(manifest.has(gone!), false);
      assert.equal(manifest.has(hidden!), true);
    });

    it('drops a bad entry, counts it, logs it, and does not call it gone', async () => {
      const { manifest } = await author.known();
      const [bad] = author.ids();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'sha', value: 7 } });
      const listing = await author.sweep(author.question(manifest));
      assert.equal(listing?.dropped, 1);
      assert.equal(listing.complete, true);
      assert.equal(listing.manifest.get(bad!), manifest.get(bad!));
      assert.match(author.logger.at('warn').join('\n'), /hf:bartowski: dropped an entry: sha/);
    });

    it('does not take a bad entry for a model', async () => {
      const [bad] = author.ids();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'sha', value: 7 } });
      const { manifest, complete } = await author.known();
      assert.equal(manifest.has(bad!), false);
      assert.equal(complete, true);
    });

    it('calls nothing gone where an entry does not even say its name', async () => {
      const { manifest } = await author.known();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}` } });
      const listing = await author.sweep(author.question(manifest));
      assert.equal(listing?.dropped, 1);
      assert.equal(listing.complete, false);
    });

    it('does not know an author of whom there is nothing', async () => {
      await rejectsWith(
        nobody.known(),
        'notFound',
        /no models of "nobody-at-all".*Check how the author is spelt/,
      );
    });

    it('knows that an author of whom there was something has nothing left', async () => {
      const listing = await nobody.sweep(nobody.question(new Map([['nobody-at-all/x', '1']])));
      assert.equal(listing?.complete, true);
      assert.equal(listing.manifest.size, 0);
    });
  });

  describe('asked for the counters of all', () => {
    const daily = (manifest: Listing['manifest'], asked: Partial<Question> = {}): Asked =>
      author.question(manifest, { counters: true, ...asked });

    it('tells everything at once where the models are few', async () => {
      const { manifest } = await author.known();
      hub().advance();
      const asked = daily(manifest);
      const listing = await author.sweep(asked);
      assert.equal(listing?.counted, true);
      assert.equal(listing.complete, true);
      assert.deepEqual([...listing.counters.keys()].sort(), author.ids());
      const { rows } = await listing.load(author.ids());
      assert.equal(asked.http.requests, 1);
      assert.deepEqual(contentsOf(rows), contentsOf(author.truth()));
      const [row] = rows;
      assert.deepEqual(listing.counters.get(row!.record.id), row!.counters);
    });

    it('says that nothing has changed to the same ETag', async () => {
      const { manifest, validators } = await author.known();
      const asked = daily(manifest, { validators });
      assert.equal(await author.sweep(asked), undefined);
      assert.ok(asked.http.bytesReceived < 600);
    });

    it('does not send the records where the models are many', async () => {
      const { manifest, validators } = await author.known();
      const many = new Map(manifest);
      for (let index = 0; index < 300; index++) many.set(`${AUTHOR}/gone-${index}`, 'x');
      const [changed] = author.newestFirst();
      hub().setFaults({ repositories: { [changed!]: { gated: 'auto' } } });
      const asked = daily(many, { validators });
      const listing = await author.sweep(asked);
      assert.equal(listing?.counted, true);
      assert.deepEqual([...listing.counters.keys()].sort(), author.ids());
      assert.ok(asked.http.bytesReceived < IDENTITY_PAGE, `${asked.http.bytesReceived} bytes`);
      const { rows } = await listing.load([changed!]);
      assert.equal(asked.http.requests, 2);
      assert.deepEqual(listing.counters.get(changed!), rows[0]?.counters);
    });

    it('does not take less for an answer than all of them', async () => {
      const { manifest } = await author.known();
      const listing = await author.probe(daily(manifest));
      assert.equal(listing?.counted, true);
      assert.equal(listing.counters.size, manifest.size);
    });

    it('leaves out one whose counter is bad, and keeps that as it is known', async () => {
      const { manifest } = await author.known();
      const [bad] = author.ids();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'likes', value: 'many' } });
      const listing = await author.sweep(daily(manifest));
      assert.equal(listing?.dropped, 1);
      assert.equal(listing.counters.has(bad!), false);
      assert.equal(listing.manifest.get(bad!), manifest.get(bad!));
    });

    it('is not answered by what a manual refresh asks', async () => {
      const { manifest } = await author.known();
      const asked = author.question(manifest);
      const listing = await author.sweep(asked);
      assert.equal(listing?.counted, false);
      assert.equal(listing.counters.size, 0);
      assert.ok(asked.http.bytesReceived < IDENTITY_PAGE, `${asked.http.bytesReceived} bytes`);
    });
  });
});

/** What rows, or lines of a dump, say, by id. */
function contentsOf(rows: readonly (SourceRow | DumpLine)[]): Record<string, unknown> {
  return Object.fromEntries(
    rows.map((row) =>
      'record' in row ? [row.record.id, JSON.parse(row.content) as unknown] : [row.id, row.content],
    ),
  );
}
