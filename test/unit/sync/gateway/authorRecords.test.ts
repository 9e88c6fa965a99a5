import assert from 'node:assert/strict';
import type { Listing } from '../../../../src/sync/gateway/source.ts';
import type { ModelId, SourceRow } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import type { Asked } from '../../support/useAuthor.ts';
import { useAuthor } from '../../support/useAuthor.ts';
import { useHub } from '../../support/useHub.ts';

const AUTHOR = 'bartowski';

describe('The records of an author', () => {
  const hub = useHub({ models: 400, seed: 3 });
  const author = useAuthor(hub, AUTHOR);

  /** A listing of names and fingerprints, as a manual refresh gets it. */
  async function listed(): Promise<{ listing: Listing; asked: Asked }> {
    const asked = author.question(new Map(), { first: false });
    const listing = await author.sweep(asked);
    assert.ok(listing);
    return { listing, asked };
  }
  const load = async (listing: Listing, wanted: readonly ModelId[]): Promise<SourceRow[]> =>
    [...(await listing.load(wanted)).rows].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));

  it('come with the first listing, in one request', async () => {
    const asked = author.question();
    const listing = await author.sweep(asked);
    const rows = await load(listing!, [...listing!.manifest.keys()]);
    assert.equal(asked.http.requests, 1);
    assert.deepEqual(
      rows.map(({ record, content }) => [record.id, JSON.parse(content) as unknown]),
      author.truth().map(({ id, content }) => [id, content]),
    );
    for (const row of rows) {
      assert.equal(row.fingerprint, listing!.manifest.get(row.record.id));
      assert.equal(typeof row.counters.downloads, 'number');
    }
  });

  it('come in one list request where all are wanted', async () => {
    const { listing, asked } = await listed();
    const rows = await load(listing, author.ids());
    assert.equal(asked.http.requests, 2);
    assert.deepEqual(
      rows.map(({ content }) => JSON.parse(content) as unknown),
      author.truth().map(({ content }) => content),
    );
  });

  it('come in a short list where the newest few are wanted', async () => {
    const { listing, asked } = await listed();
    const wanted = author.newestFirst().slice(0, 3);
    const before = asked.http.bytesReceived;
    assert.deepEqual(
      (await load(listing, wanted)).map(({ record }) => record.id),
      wanted.toSorted(),
    );
    assert.equal(asked.http.requests, 2);
    assert.ok(asked.http.bytesReceived - before < 20_000);
  });

  it('come one by one where they lie deep', async () => {
    const { listing } = await listed();
    const oldest = author.newestFirst().at(-1)!;
    const [row] = await load(listing, [oldest]);
    assert.deepEqual(
      JSON.parse(row!.content),
      author.truth().find(({ id }) => id === oldest)?.content,
    );
    assert.equal(hub().stats().routes['model']?.requests, 1);
  });

  it('come in pages no longer than the link bears', async () => {
    const asked = author.question(new Map(), { first: false, pageRows: 10 });
    const listing = await author.sweep(asked);
    const pages = Math.ceil(author.ids().length / 10);
    assert.equal(listing?.manifest.size, author.ids().length);
    // The pages, and one look at what moved meanwhile.
    assert.equal(asked.http.requests, pages + 1);
    assert.equal((await load(listing, author.ids())).length, author.ids().length);
    assert.equal(asked.http.requests, 2 * pages + 1);
  });

  it('come though they slid out of the list meanwhile', async () => {
    const { listing } = await listed();
    const wanted = author.newestFirst().slice(0, 2);
    // What changes now moves in above them.
    hub().advance();
    const stillThere = wanted.filter((id) => author.ids().includes(id));
    assert.deepEqual(
      (await load(listing, wanted)).map(({ record }) => record.id),
      stillThere.sort(),
    );
  });

  it('lack what vanished meanwhile, and say so', async () => {
    const { listing } = await listed();
    const [gone, renamed, stays] = author.newestFirst();
    hub().setFaults({
      repositories: { [gone!]: { deleted: true }, [renamed!]: { renamedTo: `${renamed!}-new` } },
    });
    const { rows, dropped, vanished } = await listing.load([gone!, renamed!, stays!]);
    assert.deepEqual(
      rows.map(({ record }) => record.id),
      [stays],
    );
    assert.equal(dropped, 0);
    assert.deepEqual(vanished, [gone, renamed]);
    assert.match(author.logger.at('info').join('\n'), /vanished.*\n.*is called .*-new now/);
  });

  it('lack one that is bad, and only that', async () => {
    const { listing } = await listed();
    const wanted = author.newestFirst().slice(0, 3);
    for (const [id, field] of [
      [wanted[1]!, 'siblings'],
      [wanted[0]!, 'sha'],
    ] as const) {
      hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id, field, value: 'none' } });
      const { rows, dropped, vanished } = await listing.load(wanted);
      assert.equal(rows.length, 2);
      assert.equal(dropped, 1);
      assert.deepEqual(vanished, []);
    }
  });

  it('are not had in part where the answer breaks off', async () => {
    const { listing } = await listed();
    hub().setFaults({ rules: [{ match: 'models', truncate: true }] });
    await rejectsWith(listing.load(author.ids()), 'badAnswer', /broke off/);
  });
});
