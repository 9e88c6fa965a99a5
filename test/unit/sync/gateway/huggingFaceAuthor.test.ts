import assert from 'node:assert/strict';
import { HuggingFaceAuthor } from '../../../../src/sync/gateway/huggingFaceAuthor.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { ModelId, SourceRow, Validators } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import type { DumpLine } from '../../support/useHub.ts';
import { parseDump, useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

/** Has more models here than the first page of a probe holds. */
const AUTHOR = 'bartowski';

describe('A Hugging Face author', () => {
  const hub = useHub({ models: 400, seed: 3 });
  const session = useSession();
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });

  const source = (author = AUTHOR): HuggingFaceAuthor =>
    new HuggingFaceAuthor(author, new URL(hub().url));
  const question = (
    manifest: ReadonlyMap<ModelId, string> = new Map(),
    validators: Validators = {},
  ): Question & { http: ReturnType<typeof session> } => ({
    manifest,
    first: manifest.size === 0,
    validators,
    http: session(),
    logger,
  });
  const truth = (): DumpLine[] => parseDump(hub().truth(`hf:${AUTHOR}`));
  const ids = (): ModelId[] => truth().map(({ id }) => id);
  const newestFirst = (): ModelId[] =>
    truth()
      .sort((a, b) =>
        String(a.content['lastModified']) < String(b.content['lastModified']) ? 1 : -1,
      )
      .map(({ id }) => id);

  /** All that the source has, as a catalogue would know it. */
  async function known(): Promise<Listing> {
    const listing = await source().sweep(question());
    assert.ok(listing);
    return listing;
  }

  describe('asked what is new', () => {
    it('reads one small page where nothing is', async () => {
      const { manifest } = await known();
      assert.ok(manifest.size > 30, `${manifest.size} models are too few for this test`);
      const asked = question(manifest);
      const listing = await source().probe(asked);
      assert.equal(listing?.manifest.size, 16);
      assert.equal(listing.complete, false);
      assert.equal(asked.http.requests, 1);
    });

    it('says that nothing is new to the same ETag', async () => {
      const { manifest } = await known();
      const listing = await source().probe(question(manifest));
      assert.ok(listing?.validators['probe']);
      const asked = question(manifest, listing.validators);
      assert.equal(await source().probe(asked), undefined);
      assert.ok(asked.http.bytesReceived < 600, `${asked.http.bytesReceived} bytes`);
    });

    for (const etags of [false, 'none'] as const) {
      it(`finds the same where ETags are ${etags || 'not honoured'}`, async () => {
        const { manifest } = await known();
        hub().setFaults({ etags });
        const validators = (await source().probe(question(manifest)))?.validators ?? {};
        const listing = await source().probe(question(manifest, validators));
        for (const [id, fingerprint] of listing!.manifest) {
          assert.equal(manifest.get(id), fingerprint);
        }
        const before = hub().truth(`hf:${AUTHOR}`);
        while (hub().truth(`hf:${AUTHOR}`) === before) assert.ok(hub().advance());
        const after = await source().probe(question(manifest, validators));
        const changed = [...after!.manifest].filter(([id, print]) => manifest.get(id) !== print);
        const sweep = await known();
        const expected = [...sweep.manifest].filter(([id, print]) => manifest.get(id) !== print);
        assert.deepEqual(changed.sort(), expected.sort());
        assert.ok(expected.length > 0);
      });
    }

    it('walks on as long as pages hold news, and no further', async () => {
      const { manifest } = await known();
      const order = newestFirst();
      const without = new Map(manifest);
      for (const id of order.slice(0, 20)) without.delete(id);
      const asked = question(without);
      const listing = await source().probe(asked);
      for (const id of order.slice(0, 20)) assert.ok(listing?.manifest.has(id), id);
      // 16 rows of news, then 64 of which four are news, then a page without any, if there is one.
      assert.equal(asked.http.requests, order.length > 80 ? 3 : 2);
    });

    it('notices who may see it, though nothing was committed', async () => {
      const { manifest } = await known();
      const [newest] = newestFirst();
      for (const change of [{ gated: 'auto' }, { disabled: true }] as const) {
        hub().setFaults({ repositories: { [newest!]: change } });
        const listing = await source().probe(question(manifest));
        assert.notEqual(listing?.manifest.get(newest!), manifest.get(newest!));
      }
    });
  });

  describe('asked what there is', () => {
    it('tells all of it', async () => {
      const { manifest, complete, dropped } = await known();
      assert.deepEqual([...manifest.keys()].sort(), ids().sort());
      assert.equal(complete, true);
      assert.equal(dropped, 0);
    });

    it('says that nothing has changed to the same ETag', async () => {
      const { manifest, validators } = await known();
      assert.equal(await source().sweep(question(manifest, validators)), undefined);
    });

    it('lacks what is gone, and has what became public with an old date', async () => {
      const [gone, hidden] = ids();
      hub().setFaults({ repositories: { [hidden!]: { private: true } } });
      assert.equal((await known()).manifest.has(hidden!), false);
      hub().setFaults({ repositories: { [gone!]: { deleted: true } } });
      const { manifest } = await known();
      assert.equal(manifest.has(gone!), false);
      assert.equal(manifest.has(hidden!), true);
    });

    it('drops a bad entry, counts it, logs it, and does not call it gone', async () => {
      const { manifest } = await known();
      const [bad] = ids();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'sha', value: 7 } });
      const listing = await source().sweep(question(manifest));
      assert.equal(listing?.dropped, 1);
      assert.equal(listing.complete, true);
      assert.equal(listing.manifest.get(bad!), manifest.get(bad!));
      assert.match(logger.at('warn').join('\n'), /hf:bartowski: dropped an entry: sha/);
    });

    it('does not take a bad entry for a model', async () => {
      const [bad] = ids();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'sha', value: 7 } });
      const { manifest, complete } = await known();
      assert.equal(manifest.has(bad!), false);
      assert.equal(complete, true);
    });

    it('calls nothing gone where an entry does not even say its name', async () => {
      const { manifest } = await known();
      hub().setFaults({ bad: { source: `hf:${AUTHOR}` } });
      const listing = await source().sweep(question(manifest));
      assert.equal(listing?.dropped, 1);
      assert.equal(listing.complete, false);
    });

    it('does not know an author of whom there is nothing', async () => {
      await rejectsWith(
        source('nobody-at-all').sweep(question()),
        'notFound',
        /no models of "nobody-at-all".*Check how the author is spelt/,
      );
    });

    it('knows that an author of whom there was something has nothing left', async () => {
      const listing = await source('nobody-at-all').sweep(
        question(new Map([['nobody-at-all/x', '1']])),
      );
      assert.equal(listing?.complete, true);
      assert.equal(listing.manifest.size, 0);
    });
  });

  describe('asked for the records', () => {
    const load = async (listing: Listing, wanted: readonly ModelId[]): Promise<SourceRow[]> =>
      [...(await listing.load(wanted)).rows].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));

    it('gives all of them in one list request', async () => {
      const asked = question();
      const listing = await source().sweep(asked);
      const rows = await load(listing!, [...listing!.manifest.keys()]);
      assert.equal(asked.http.requests, 2);
      assert.deepEqual(
        rows.map(({ record, content }) => [record.id, JSON.parse(content) as unknown]),
        truth().map(({ id, content }) => [id, content]),
      );
      for (const row of rows) {
        assert.equal(row.fingerprint, listing!.manifest.get(row.record.id));
        assert.equal(typeof row.counters.downloads, 'number');
      }
    });

    it('asks for the newest few by a short list', async () => {
      const asked = question();
      const listing = await source().sweep(asked);
      const wanted = newestFirst().slice(0, 3);
      const before = asked.http.bytesReceived;
      assert.deepEqual(
        (await load(listing!, wanted)).map(({ record }) => record.id),
        wanted.toSorted(),
      );
      assert.equal(asked.http.requests, 2);
      assert.ok(asked.http.bytesReceived - before < 20_000);
    });

    it('looks up what lies deep', async () => {
      const asked = question();
      const listing = await source().sweep(asked);
      const oldest = newestFirst().at(-1)!;
      const [row] = await load(listing!, [oldest]);
      assert.deepEqual(JSON.parse(row!.content), truth().find(({ id }) => id === oldest)?.content);
      assert.equal(hub().stats().routes['model']?.requests, 1);
    });

    it('looks up what slid out of the list meanwhile', async () => {
      const asked = question();
      const listing = await source().sweep(asked);
      const wanted = newestFirst().slice(0, 2);
      // What changes now moves in above them.
      hub().advance();
      const stillThere = wanted.filter((id) => ids().includes(id));
      const rows = await load(listing!, wanted);
      assert.deepEqual(
        rows.map(({ record }) => record.id),
        stillThere.sort(),
      );
    });

    it('does without what vanished meanwhile', async () => {
      const listing = await known();
      const [gone, stays] = newestFirst();
      hub().setFaults({ repositories: { [gone!]: { deleted: true } } });
      const { rows, dropped } = await listing.load([gone!, stays!]);
      assert.deepEqual(
        rows.map(({ record }) => record.id),
        [stays],
      );
      assert.equal(dropped, 0);
      assert.match(logger.at('info').join('\n'), /vanished/);
    });

    it('drops and counts a record that is bad, and only that', async () => {
      const listing = await known();
      const wanted = newestFirst().slice(0, 3);
      hub().setFaults({
        bad: { source: `hf:${AUTHOR}`, id: wanted[1]!, field: 'siblings', value: 'none' },
      });
      const { rows, dropped } = await listing.load(wanted);
      assert.equal(rows.length, 2);
      assert.equal(dropped, 1);
    });

    it('fails as a whole where the answer breaks off', async () => {
      const listing = await known();
      hub().setFaults({ rules: [{ match: 'models', truncate: true }] });
      await rejectsWith(listing.load(ids()), 'badAnswer', /broke off/);
    });
  });
});
