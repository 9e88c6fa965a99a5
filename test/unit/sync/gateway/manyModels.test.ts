import assert from 'node:assert/strict';
import type { Listing } from '../../../../src/sync/gateway/source.ts';
import type { ModelId } from '../../../../src/sync/model.ts';
import type { Asked } from '../../support/useAuthor.ts';
import { useAuthor } from '../../support/useAuthor.ts';
import { useHub } from '../../support/useHub.ts';

/** Has more models here than the Hub sends as one page. */
const AUTHOR = 'mradermacher';

describe('An author of more than a thousand models', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 7_300, seed: 5, versions: 4 });
  const author = useAuthor(hub, AUTHOR);

  /** Does something after the first answer to a question. */
  function afterFirst(asked: Asked, happens: () => void): Asked {
    const { http } = asked;
    const getJson = http.getJson.bind(http);
    let times = 0;
    http.getJson = async (...question) => {
      const answer = await getJson(...question);
      if (times++ === 0) happens();
      return answer;
    };
    return asked;
  }

  async function contents(listing: Listing, ids: readonly ModelId[]): Promise<[string, unknown][]> {
    const { rows } = await listing.load(ids);
    return rows
      .map((row): [string, unknown] => [row.record.id, JSON.parse(row.content)])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
  const truth = (): [string, unknown][] => author.truth().map(({ id, content }) => [id, content]);

  it('is listed in pages, with all records, and without asking for one twice', async () => {
    const asked = author.question();
    const listing = await author.sweep(asked);
    assert.ok(listing!.manifest.size > 1_000, `${listing!.manifest.size} models are too few`);
    assert.equal(listing!.complete, true);
    assert.deepEqual(listing!.validators, {}, 'the ETag of a page says nothing of the others');
    assert.deepEqual(await contents(listing!, author.ids()), truth());
    // Two pages, and a look at what moved meanwhile.
    assert.equal(asked.http.requests, 3);
  });

  it('is right though models come, go and move up between the pages', async () => {
    const asked = afterFirst(author.question(), () => assert.ok(hub().advance()));
    const listing = await author.sweep(asked);
    for (const id of author.ids()) assert.ok(listing!.manifest.has(id), id);
    assert.deepEqual(await contents(listing!, author.ids()), truth());
  });

  it('has the newest of what changed after its page was read', async () => {
    const [changing] = author.newestFirst();
    const repositories = { [changing!]: { gated: 'auto' } } as const;
    const asked = afterFirst(author.question(), () => hub().setFaults({ repositories }));
    const listing = await author.sweep(asked);
    assert.deepEqual(await contents(listing!, author.ids()), truth());
    // The pages, the look at what moved, down to a page without news, and the record of the one.
    assert.equal(asked.http.requests, 5);
  });

  it('tells its counters in pages, and the records of what changed besides', async () => {
    const before = await author.known();
    assert.ok(hub().advance());
    const asked = author.question(before.manifest, { counters: true });
    const listing = await author.sweep(asked);
    assert.equal(listing?.counted, true);
    assert.deepEqual([...listing.counters.keys()].sort(), author.ids());
    const changed = [...listing.manifest]
      .filter(([id, fingerprint]) => before.manifest.get(id) !== fingerprint)
      .map(([id]) => id);
    assert.ok(changed.length > 0);
    const expected = truth().filter(([id]) => changed.includes(id));
    assert.deepEqual(await contents(listing, changed), expected);
    assert.equal(asked.http.requests, 4);
  });
});
