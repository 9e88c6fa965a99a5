import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { PublishedCatalogue } from '../../../../src/sync/gateway/publishedCatalogue.ts';
import { sha256Of } from '../../../../src/sync/publish/compression.ts';
import { writePointer } from '../../../../src/sync/publish/pointer.ts';
import { startLocalServer } from '../../support/localServer.ts';
import type { PublishedRig } from '../../support/publishedRig.ts';
import { usePublished } from '../../support/publishedRig.ts';
import { bodyOf, newKey, publishTo } from '../../support/publishing.ts';

describe('Published catalogue', () => {
  const current = usePublished();
  let rig: PublishedRig;

  beforeEach(() => {
    rig = current();
  });

  it('lists the models of its body, with what changed in each and its counters apart', async () => {
    await publishTo(rig.out, bodyOf(1));
    const listing = await rig.ask();
    assert.equal(listing?.manifest.size, 20);
    assert.equal(listing.complete, true);
    assert.equal(listing.counters.get('acme/model-0001')?.downloads, 2);
    const { rows } = await listing.load(['acme/model-0001']);
    assert.match(rows[0]!.record.description!, /^model 1b+ 2$/);
    assert.deepEqual(Object.keys(JSON.parse(rows[0]!.content) as object), ['description', 'id']);
    assert.equal('downloads' in rows[0]!.record, false);
    rig.assertAt(1);
  });

  it('does not take counters for a change', async () => {
    const line = (downloads: number): Buffer =>
      Buffer.from(`{"downloads":${downloads},"id":"acme/one"}\n`);
    await publishTo(rig.out, line(1));
    const before = (await rig.ask())?.manifest;
    await publishTo(rig.out, line(2));
    const listing = await rig.ask();
    assert.deepEqual(listing?.manifest, before);
    assert.deepEqual(listing?.counters.get('acme/one'), { downloads: 2 });
  });

  it('costs one small request while nothing is new', async () => {
    await rig.begin(1);
    assert.equal(await rig.ask(), undefined);
    assert.equal(rig.last?.requests, 1);
    assert.ok(rig.last.bytesReceived < 600);
  });

  it('is asked for its pointer only, where the host knows no ETags', async () => {
    rig.hub.setFaults({ etags: 'none' });
    await rig.begin(1);
    const listing = await rig.ask();
    assert.equal(rig.last?.requests, 1);
    assert.equal(listing?.manifest.size, 20);
    assert.deepEqual(await listing.load([]), { rows: [], dropped: 0 });
    rig.assertAt(1);
  });

  it('is followed by one delta, from up to 30 versions behind', async () => {
    await rig.begin(...Array.from({ length: 31 }, (_, index) => index + 1));
    await rig.ask();
    rig.assertAt(31);
    assert.equal(rig.last?.requests, 2);
    const { size } = rig.pointer();
    assert.ok(rig.last.bytesReceived < size / 4, `${rig.last.bytesReceived} bytes of ${size}`);
  });

  it('is fetched as a whole from 31 versions behind', async () => {
    await rig.begin(...Array.from({ length: 32 }, (_, index) => index + 1));
    await rig.ask();
    rig.assertAt(32);
    assert.equal(rig.last?.requests, 3);
  });

  it('is fetched as a whole where the host calls a delta that is not there forbidden', async () => {
    await rig.begin(1, 2);
    rig.hub.setFaults({ match: `/published/${sha256Of(bodyOf(1))}`, status: 403 });
    await rig.ask();
    rig.assertAt(2);
    assert.equal(rig.last?.requests, 3);
  });

  it('is fetched as a whole where zstd dictionaries are not known, and the log says why', async () => {
    await rig.begin(1, 2);
    await rig.ask({ dictionaries: false });
    rig.assertAt(2);
    assert.equal(rig.last?.requests, 2);
    assert.match(rig.logger.at('info').join(), /no zstd dictionaries/);
  });

  it('is fetched as a whole where the body that was kept is lost or damaged', async () => {
    for (const spoiled of [undefined, Buffer.from('rust')]) {
      await publishTo(rig.out, bodyOf(1));
      rig.kept = { manifest: new Map(), validators: {}, body: undefined };
      await rig.ask();
      await publishTo(rig.out, bodyOf(spoiled === undefined ? 2 : 3));
      rig.kept.body = spoiled && { ...rig.kept.body!, bytes: spoiled };
      await rig.ask();
      rig.assertAt(spoiled === undefined ? 2 : 3);
      assert.equal(rig.last?.requests, 2);
    }
  });

  it('is not fetched at all for rows that can be read again from the body that was kept', async () => {
    await rig.begin(1);
    rig.kept = { ...rig.kept, manifest: new Map(), validators: {} };
    const listing = await rig.ask();
    assert.equal(rig.last?.requests, 1);
    assert.equal(listing?.manifest.size, 20);
  });

  it('follows a host that sends on to another address', async () => {
    await publishTo(rig.out, bodyOf(1));
    const other = await startLocalServer();
    try {
      other.answer(({ url = '' }, response) =>
        response.writeHead(302, { location: rig.hub.url + url }).end(),
      );
      const url = `${other.url}/published/`;
      const source = new PublishedCatalogue(`published:${url}`, url);
      const listing = await source.sweep(rig.question());
      assert.equal(listing?.manifest.size, 20);
    } finally {
      await other.close();
    }
  });

  it('drops lines that are no models, keeps what is known of them, and lives', async () => {
    await publishTo(
      rig.out,
      Buffer.from('{"id":"acme/one"}\n{"id":"acme/two"}\n{"id":"acme/three"}\n'),
    );
    await rig.ask();
    const known = rig.kept.manifest;
    await publishTo(
      rig.out,
      Buffer.from('{"id":"acme/one"}\n{"id":"acme/two","variants":7}\nno json\n{"id":"../x"}\n'),
    );
    const listing = await rig.ask();
    assert.equal(listing?.dropped, 3);
    assert.equal(listing.complete, false, 'a line that cannot be read might be any model');
    assert.equal(listing.manifest.get('acme/two'), known.get('acme/two'));
  });

  it('does not care for a signature where no key was given', async () => {
    await publishTo(rig.out, bodyOf(1));
    const [line] = [writePointer({ ...rig.pointer() }, newKey().privateKey)];
    writeFileSync(rig.path('catalogue.json'), line);
    await rig.ask();
    rig.assertAt(1);
  });
});
