import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { PublishedCatalogue } from '../../../../src/sync/gateway/publishedCatalogue.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { HttpSession } from '../../../../src/sync/http/httpClient.ts';
import type { StoredBody, Validators } from '../../../../src/sync/model.ts';
import type { Manifest } from '../../../../src/sync/fingerprint.ts';
import { sha256Of } from '../../../../src/sync/publish/compression.ts';
import { writePointer } from '../../../../src/sync/publish/pointer.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { startLocalServer } from '../../support/localServer.ts';
import { bodyOf, newKey, publishTo, readPointer } from '../../support/publishing.ts';
import type { RawPointer } from '../../support/publishing.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

/** What the engine keeps of the source between two questions. */
interface Kept {
  manifest: Manifest;
  validators: Validators;
  body: StoredBody | undefined;
}

describe('Published catalogue', () => {
  const folder = useTemporaryFolder();
  const out = (): string => join(folder(), 'out');
  const hub = useHub(() => ({ models: 1, versions: 1, published: out() }));
  const session = useSession();
  let kept: Kept;
  let logger: CollectingLogger;
  let last: HttpSession;
  beforeEach(() => {
    kept = { manifest: new Map(), validators: {}, body: undefined };
    logger = collectingLogger();
  });

  const path = (name: string): string => join(out(), name);
  const pointer = (): RawPointer => readPointer({ read: (name) => readFileSync(path(name)) });
  const deltaName = (from: Buffer, to: Buffer): string => `${sha256Of(from)}-${sha256Of(to)}.dcz`;

  function question(): Question {
    last = session();
    return {
      ...{ manifest: kept.manifest, times: new Map(), validators: kept.validators },
      ...{ first: kept.manifest.size === 0, counters: false, pageRows: 1_000 },
      ...{ http: last, logger, body: () => kept.body },
    };
  }

  /** Asks, and takes over what is answered as the engine does. */
  async function ask({ key, dictionaries }: { key?: string; dictionaries?: boolean } = {}): Promise<
    Listing | undefined
  > {
    const url = `${hub().url}/published`;
    const source = new PublishedCatalogue(`published:${url}`, url, key, dictionaries);
    const listing = await source.sweep(question());
    if (listing !== undefined) {
      const { manifest, validators, body = kept.body } = listing;
      kept = { manifest, validators, body };
    }
    return listing;
  }

  /** Publishes versions, the client being at the first of them. */
  async function begin(...versions: readonly number[]): Promise<void> {
    const [first = 1, ...others] = versions;
    await publishTo(out(), bodyOf(first));
    await ask();
    for (const version of others) await publishTo(out(), bodyOf(version));
  }

  const assertAt = (version: number): void =>
    assert.equal(kept.body?.sha256, sha256Of(bodyOf(version)));

  it('lists the models of its body, with what changed in each and its counters apart', async () => {
    await publishTo(out(), bodyOf(1));
    const listing = await ask();
    assert.equal(listing?.manifest.size, 20);
    assert.equal(listing.complete, true);
    assert.equal(listing.counters.get('acme/model-0001')?.downloads, 2);
    const { rows } = await listing.load(['acme/model-0001']);
    assert.match(rows[0]!.record.description!, /^model 1b+ 2$/);
    assert.deepEqual(Object.keys(JSON.parse(rows[0]!.content) as object), ['description', 'id']);
    assert.equal('downloads' in rows[0]!.record, false);
    assertAt(1);
  });

  it('does not take counters for a change', async () => {
    const line = (downloads: number): Buffer =>
      Buffer.from(`{"downloads":${downloads},"id":"acme/one"}\n`);
    await publishTo(out(), line(1));
    const before = (await ask())?.manifest;
    await publishTo(out(), line(2));
    const listing = await ask();
    assert.deepEqual(listing?.manifest, before);
    assert.deepEqual(listing?.counters.get('acme/one'), { downloads: 2 });
  });

  it('costs one small request while nothing is new', async () => {
    await begin(1);
    assert.equal(await ask(), undefined);
    assert.equal(last.requests, 1);
    assert.ok(last.bytesReceived < 600);
  });

  it('is asked for its pointer only, where the host knows no ETags', async () => {
    hub().setFaults({ etags: 'none' });
    await begin(1);
    const listing = await ask();
    assert.equal(last.requests, 1);
    assert.equal(listing?.manifest.size, 20);
    assert.deepEqual(await listing.load([]), { rows: [], dropped: 0 });
    assertAt(1);
  });

  it('is followed by one delta, from up to 30 versions behind', async () => {
    await begin(...Array.from({ length: 31 }, (_, index) => index + 1));
    await ask();
    assertAt(31);
    assert.equal(last.requests, 2);
    const { size } = pointer();
    assert.ok(last.bytesReceived < size / 4, `${last.bytesReceived} bytes of ${size}`);
  });

  it('is fetched as a whole from 31 versions behind', async () => {
    await begin(...Array.from({ length: 32 }, (_, index) => index + 1));
    await ask();
    assertAt(32);
    assert.equal(last.requests, 3);
  });

  it('is fetched as a whole where the host calls a delta that is not there forbidden', async () => {
    await begin(1, 2);
    hub().setFaults({ match: `/published/${sha256Of(bodyOf(1))}`, status: 403 });
    await ask();
    assertAt(2);
    assert.equal(last.requests, 3);
  });

  it('is fetched as a whole where zstd dictionaries are not known, and the log says why', async () => {
    await begin(1, 2);
    await ask({ dictionaries: false });
    assertAt(2);
    assert.equal(last.requests, 2);
    assert.match(logger.at('info').join(), /no zstd dictionaries/);
  });

  it('is fetched as a whole where the body that was kept is lost or damaged', async () => {
    for (const spoiled of [undefined, Buffer.from('rust')]) {
      await publishTo(out(), bodyOf(1));
      kept = { manifest: new Map(), validators: {}, body: undefined };
      await ask();
      await publishTo(out(), bodyOf(spoiled === undefined ? 2 : 3));
      kept.body = spoiled && { ...kept.body!, bytes: spoiled };
      await ask();
      assertAt(spoiled === undefined ? 2 : 3);
      assert.equal(last.requests, 2);
    }
  });

  it('is not fetched at all for rows that can be read again from the body that was kept', async () => {
    await begin(1);
    kept = { ...kept, manifest: new Map(), validators: {} };
    const listing = await ask();
    assert.equal(last.requests, 1);
    assert.equal(listing?.manifest.size, 20);
  });

  it('follows a host that sends on to another address', async () => {
    await publishTo(out(), bodyOf(1));
    const other = await startLocalServer();
    try {
      other.answer(({ url = '' }, response) =>
        response.writeHead(302, { location: hub().url + url }).end(),
      );
      const url = `${other.url}/published/`;
      const source = new PublishedCatalogue(`published:${url}`, url);
      const listing = await source.sweep(question());
      assert.equal(listing?.manifest.size, 20);
    } finally {
      await other.close();
    }
  });

  it('drops lines that are no models, keeps what is known of them, and lives', async () => {
    await publishTo(
      out(),
      Buffer.from('{"id":"acme/one"}\n{"id":"acme/two"}\n{"id":"acme/three"}\n'),
    );
    await ask();
    const known = kept.manifest;
    await publishTo(
      out(),
      Buffer.from('{"id":"acme/one"}\n{"id":"acme/two","variants":7}\nno json\n{"id":"../x"}\n'),
    );
    const listing = await ask();
    assert.equal(listing?.dropped, 3);
    assert.equal(listing.complete, false, 'a line that cannot be read might be any model');
    assert.equal(listing.manifest.get('acme/two'), known.get('acme/two'));
  });

  describe('accepts nothing', () => {
    /** Refused, and what is kept is what was kept. */
    async function refuses(message: RegExp, key?: string): Promise<void> {
      const before = kept;
      await rejectsWith(ask(key === undefined ? {} : { key }), 'badAnswer', message);
      assert.equal(kept, before);
    }
    const flip = (name: string, at: number): void => {
      const bytes = readFileSync(path(name));
      const index = at < 0 ? bytes.length + at : at;
      bytes[index] = bytes[index]! ^ 0x10;
      writeFileSync(path(name), bytes);
    };
    const point = (fields: object): void =>
      writeFileSync(path('catalogue.json'), JSON.stringify({ ...pointer(), ...fields }));

    it('from a delta with any byte changed', async () => {
      await begin(1, 2);
      const name = deltaName(bodyOf(1), bodyOf(2));
      const good = readFileSync(path(name));
      const begun = kept;
      let refused = 0;
      for (let at = 0; at < good.length; at++) {
        kept = begun;
        writeFileSync(path(name), good);
        flip(name, at);
        const outcome = await ask().catch((error: unknown) => error);
        // A few bits of a zstd frame mean nothing: what comes out is the body all the same.
        if (outcome instanceof Error) assert.match(outcome.message, /came damaged/, `byte ${at}`);
        else assertAt(2);
        refused += Number(outcome instanceof Error);
      }
      assert.ok(refused > good.length - 10, `${refused} of ${good.length} were refused`);
    });

    it('from a damaged body', async () => {
      await publishTo(out(), bodyOf(1));
      for (const at of [0, 5, 100, -1]) {
        flip(`${pointer().sha256}.zst`, at);
        await refuses(/came damaged/);
        flip(`${pointer().sha256}.zst`, at);
      }
      await ask();
      assertAt(1);
    });

    it('from another body under the same name', async () => {
      await publishTo(out(), bodyOf(1));
      writeFileSync(path(`${pointer().sha256}.zst`), zstdCompressSync(bodyOf(2)));
      await refuses(/its sha256 is another one/);
    });

    it('from a body that unpacks to more than the pointer says', async () => {
      await publishTo(out(), bodyOf(1));
      const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
      assert.ok(bomb.length < pointer().size);
      writeFileSync(path(`${pointer().sha256}.zst`), bomb);
      await refuses(/came damaged/);
    });

    it('from a frame that claims a window of 128 MB', async () => {
      await publishTo(out(), bodyOf(1));
      // Of a stream the length is not known at its begin, so the frame says how far it looks back.
      const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
      stream.write(bodyOf(1));
      stream.flush(() => stream.end());
      writeFileSync(path(`${pointer().sha256}.zst`), await buffer(stream));
      await refuses(/came damaged/);
    });

    it('from a file that is longer than its content could need', async () => {
      await publishTo(out(), bodyOf(1));
      writeFileSync(path(`${pointer().sha256}.zst`), Buffer.alloc(pointer().size * 2));
      await refuses(/longer than/);
    });

    it('from a pointer that says more than 256 MB, or more than 512 bytes', async () => {
      await publishTo(out(), bodyOf(1));
      const good = readFileSync(path('catalogue.json'));
      point({ size: 300 * 1024 * 1024 });
      await refuses(/is not the catalogue.json/);
      writeFileSync(path('catalogue.json'), good);
      point({ note: 'x'.repeat(500) });
      await refuses(/longer than 512 bytes/);
    });

    it('from a pointer that is none', async () => {
      await publishTo(out(), bodyOf(1));
      for (const text of ['', 'null', '[]', '{}', '{"format":1}', '<html>', '{"format":"1"}']) {
        writeFileSync(path('catalogue.json'), text);
        await refuses(/is not the catalogue.json.*Check the address/);
      }
      for (const fields of [{ sequence: 0 }, { sequence: 1.5 }, { sha256: 'x' }, { size: -1 }]) {
        point({ ...{ format: 1, sequence: 1, sha256: 'a'.repeat(64), size: 1 }, ...fields });
        await refuses(/is not the catalogue.json/);
      }
    });

    it('of a newer format', async () => {
      await begin(1, 2);
      point({ format: 2 });
      await refuses(/Update Model Hub/);
    });

    it('older than what it has', async () => {
      await publishTo(out(), bodyOf(1));
      cpSync(out(), join(folder(), 'old'), { recursive: true });
      await publishTo(out(), bodyOf(2));
      await ask();
      rmSync(out(), { recursive: true });
      cpSync(join(folder(), 'old'), out(), { recursive: true });
      await refuses(/is older than/);
      kept.body = undefined;
      await refuses(/is older than/);
    });

    it('of the same sequence with another body', async () => {
      await begin(1);
      rmSync(out(), { recursive: true });
      await publishTo(out(), bodyOf(2));
      await refuses(/or made anew.*needs a new address/);
    });

    it('where the body is missing', async () => {
      await begin(1, 2);
      rmSync(path(deltaName(bodyOf(1), bodyOf(2))));
      rmSync(path(`${pointer().sha256}.zst`));
      const before = kept;
      await rejectsWith(ask(), 'notFound');
      assert.equal(kept, before);
    });

    it('where the folder is not there, or is no folder of this kind', async () => {
      await rejectsWith(ask(), 'notFound');
    });

    it('that broke off', async () => {
      await begin(1, 2);
      for (const match of ['/published/catalogue.json', `/published/${sha256Of(bodyOf(1))}`]) {
        hub().setFaults({ match, truncate: true });
        await refuses(/broke off/);
      }
      hub().setFaults({});
      await ask();
      assertAt(2);
    });

    it('of an error, or of a page in the place of a file', async () => {
      await begin(1, 2);
      hub().setFaults({ status: 503 });
      await rejectsWith(ask(), 'server');
      hub().setFaults({ offline: true });
      await rejectsWith(ask(), 'offline');
      hub().setFaults({ wrongType: 'html' });
      await refuses(/is not the catalogue.json/);
      hub().setFaults({ match: `/published/${sha256Of(bodyOf(1))}`, wrongType: 'html' });
      await refuses(/came damaged/);
      hub().setFaults({});
      await ask();
      assertAt(2);
    });

    it('that is empty', async () => {
      const body = Buffer.from('\n');
      await publishTo(out(), body);
      await refuses(/holds no models/);
    });

    describe('with a key', () => {
      it('but what is signed with it', async () => {
        const [right, wrong] = [newKey(), newKey()];
        await publishTo(out(), bodyOf(1), { key: right.privateKey });
        await refuses(/is signed with another key/, wrong.text);
        await ask({ key: right.text });
        assertAt(1);
      });

      it('that is not signed', async () => {
        await publishTo(out(), bodyOf(1));
        await refuses(/is not signed/, newKey().text);
      });

      it('where anything that was signed is another', async () => {
        const { privateKey, text } = newKey();
        await publishTo(out(), bodyOf(1), { key: privateKey });
        const good = pointer();
        const { sequence, size, signature = '' } = good;
        const flipped = signature.startsWith('A') ? 'B' : 'A';
        for (const fields of [
          { sequence: sequence + 1 },
          { size: size + 1 },
          { sha256: 'a'.repeat(64) },
          { signature: flipped + signature.slice(1) },
        ]) {
          point({ ...good, ...fields });
          await refuses(/is signed with another key/, text);
        }
      });

      it('old, though it was signed once', async () => {
        const { privateKey, text } = newKey();
        await publishTo(out(), bodyOf(1), { key: privateKey });
        const old = readFileSync(path('catalogue.json'));
        await publishTo(out(), bodyOf(2), { key: privateKey });
        await ask({ key: text });
        writeFileSync(path('catalogue.json'), old);
        await refuses(/is older than/, text);
      });
    });
  });

  it('does not care for a signature where no key was given', async () => {
    await publishTo(out(), bodyOf(1));
    const [line] = [writePointer({ ...pointer() }, newKey().privateKey)];
    writeFileSync(path('catalogue.json'), line);
    await ask();
    assertAt(1);
  });
});
