import assert from 'node:assert/strict';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { ModelId } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import type { FaultSet } from '../../../hub/faults.ts';
import { useAuthor } from '../../support/useAuthor.ts';
import { useHub } from '../../support/useHub.ts';

/** Has more models here than the first page of a probe holds. */
const AUTHOR = 'bartowski';

describe('A known model that a probe does not meet where it should stand', () => {
  const hub = useHub({ models: 400, seed: 3 });
  const author = useAuthor(hub, AUTHOR);
  let known: Listing;
  /** What the catalogue knows of the times, from before the change. */
  let times: ReadonlyMap<ModelId, number>;
  let order: ModelId[];
  beforeEach(async () => {
    known = await author.known();
    ({ times } = author.question());
    order = author.newestFirst();
    hub().resetStats();
  });

  /** Probes after something has happened to some repositories. */
  async function probeAfter(
    repositories: FaultSet['repositories'],
    asked: Partial<Question> = {},
  ): Promise<{ listing: Listing; lookUps: number; requests: number }> {
    hub().setFaults({ repositories: repositories ?? {} });
    const question = author.question(known.manifest, { times, ...asked });
    const listing = await author.probe(question);
    assert.ok(listing);
    const lookUps = hub().stats().routes['model']?.requests ?? 0;
    return { listing, lookUps, requests: question.http.requests };
  }

  it('is gone at once if it was deleted, or made private', async () => {
    for (const fault of [{ deleted: true }, { private: true }]) {
      const [gone] = order;
      hub().resetStats();
      const { listing, lookUps, requests } = await probeAfter({ [gone!]: fault });
      assert.deepEqual(listing.removed, [gone]);
      assert.equal(listing.complete, false);
      assert.deepEqual([lookUps, requests], [1, 2]);
    }
  });

  it('goes under its old name, and comes under the new one', async () => {
    const old = order[2]!;
    const renamed = `${old}-renamed`;
    const { listing } = await probeAfter({ [old]: { renamedTo: renamed } });
    assert.deepEqual(listing.removed, [old]);
    assert.ok(listing.manifest.has(renamed));
    const before = hub().stats().total.requests;
    const { rows } = await listing.load([renamed]);
    assert.equal(rows[0]?.record.id, renamed);
    assert.equal(hub().stats().total.requests, before, 'the look-up brought the record');
  });

  it('is gone if it moved to another author', async () => {
    const [old] = order;
    const { listing } = await probeAfter({ [old!]: { renamedTo: 'somebody-else/model' } });
    assert.deepEqual(listing.removed, [old]);
    assert.equal(listing.manifest.has('somebody-else/model'), false);
  });

  it('is not looked for below the last row, where it may stand', async () => {
    const { listing, lookUps } = await probeAfter({ [order.at(-1)!]: { deleted: true } });
    assert.deepEqual(listing.removed, []);
    assert.equal(lookUps, 0);
  });

  it('is not looked for where it changed at the time of the last row', async () => {
    const below = order[20]!;
    const last = times.get(order[15]!)!;
    const { lookUps } = await probeAfter({}, { times: new Map([...times, [below, last]]) });
    assert.equal(lookUps, 0);
    const newer = new Map([...times, [below, last + 1]]);
    const asked = await probeAfter({}, { times: newer });
    assert.equal(asked.lookUps, 1, 'this test can fail');
  });

  it('stays, with what it is now, if it only went back to an earlier commit', async () => {
    // It is known with a newer time than it has, as after a force-push.
    const back = order[25]!;
    const manifest = new Map([...known.manifest, [back, 'the fingerprint of a later commit']]);
    const asked = { manifest, times: new Map([...times, [back, times.get(order[0]!)!]]) };
    const { listing } = await probeAfter({}, asked);
    assert.deepEqual(listing.removed, []);
    assert.equal(listing.manifest.get(back), known.manifest.get(back));
    assert.equal((await listing.load([back])).rows[0]?.record.id, back);
    assert.equal(hub().stats().routes['model']?.requests, 1);
  });

  it('is asked for with all others where there are many', async () => {
    const gone = order.slice(0, 9);
    const { listing, lookUps, requests } = await probeAfter(
      Object.fromEntries(gone.map((id) => [id, { deleted: true }])),
    );
    assert.equal(lookUps, 0);
    assert.equal(requests, 2);
    assert.equal(listing.complete, true);
    assert.deepEqual([...listing.manifest.keys()].sort(), author.ids());
  });

  it('stays where an entry stood there that does not say its name', async () => {
    const [gone] = order;
    const bad = { source: `hf:${AUTHOR}`, id: order[3]!, field: 'id', value: 7 };
    hub().setFaults({ bad, repositories: { [gone!]: { deleted: true } } });
    const listing = await author.probe(author.question(known.manifest, { times }));
    assert.deepEqual(listing?.removed, []);
  });

  it('stays where its own entry cannot be read', async () => {
    const [bad] = order;
    hub().setFaults({ bad: { source: `hf:${AUTHOR}`, id: bad!, field: 'sha', value: 7 } });
    const listing = await author.probe(author.question(known.manifest, { times }));
    assert.deepEqual(listing?.removed, []);
    assert.equal(listing.manifest.get(bad!), known.manifest.get(bad!));
    assert.equal(hub().stats().routes['model'], undefined);
  });

  it('is not called gone by a hub that fails', async () => {
    const [gone] = order;
    hub().setFaults({
      repositories: { [gone!]: { deleted: true } },
      rules: [{ match: 'model', status: 500 }],
    });
    await rejectsWith(author.probe(author.question(known.manifest, { times })), 'server');
  });

  it('stays where the hub does not show it, and holds nothing else up', async () => {
    const [closed, changed] = order;
    const manifest = new Map([...known.manifest, [changed!, 'of an earlier commit']]);
    hub().setFaults({
      repositories: { [closed!]: { deleted: true } },
      rules: [{ match: `/api/models/${closed!}`, status: 403 }],
    });
    const listing = await author.probe(author.question(manifest, { times }));
    assert.deepEqual(listing?.removed, []);
    assert.equal(listing.manifest.has(closed!), false);
    assert.equal(listing.manifest.get(changed!), known.manifest.get(changed!));
    const { rows, dropped, vanished } = await listing.load([changed!, closed!]);
    assert.deepEqual([rows.length, dropped, vanished], [1, 1, []]);
    assert.match(author.logger.at('info').join(), /is not shown: it stays as it is known/);
  });
});
