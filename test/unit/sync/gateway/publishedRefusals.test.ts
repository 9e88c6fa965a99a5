import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { sha256Of } from '../../../../src/sync/publish/compression.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import type { PublishedRig } from '../../support/publishedRig.ts';
import { usePublished } from '../../support/publishedRig.ts';
import { bodyOf, newKey, publishTo } from '../../support/publishing.ts';

describe('Published catalogue', () => {
  const current = usePublished();
  let rig: PublishedRig;

  beforeEach(() => {
    rig = current();
  });

  describe('accepts nothing', () => {
    /** Refused, and what is kept is what was rig.kept. */
    async function refuses(message: RegExp, key?: string): Promise<void> {
      const before = rig.kept;
      await rejectsWith(rig.ask(key === undefined ? {} : { key }), 'badAnswer', message);
      assert.equal(rig.kept, before);
    }
    const flip = (name: string, at: number): void => {
      const bytes = readFileSync(rig.path(name));
      const index = at < 0 ? bytes.length + at : at;
      bytes[index] = bytes[index]! ^ 0x10;
      writeFileSync(rig.path(name), bytes);
    };
    const point = (fields: object): void =>
      writeFileSync(rig.path('catalogue.json'), JSON.stringify({ ...rig.pointer(), ...fields }));

    it('from a delta with any byte changed', async () => {
      await rig.begin(1, 2);
      const name = rig.deltaName(bodyOf(1), bodyOf(2));
      const good = readFileSync(rig.path(name));
      const begun = rig.kept;
      let refused = 0;
      for (let at = 0; at < good.length; at++) {
        rig.kept = begun;
        writeFileSync(rig.path(name), good);
        flip(name, at);
        const outcome = await rig.ask().catch((error: unknown) => error);
        // A few bits of a zstd frame mean nothing: what comes out is the body all the same.
        if (outcome instanceof Error) assert.match(outcome.message, /came damaged/, `byte ${at}`);
        else rig.assertAt(2);
        refused += Number(outcome instanceof Error);
      }
      assert.ok(refused > good.length - 10, `${refused} of ${good.length} were refused`);
    });

    it('from a damaged body', async () => {
      await publishTo(rig.out, bodyOf(1));
      for (const at of [0, 5, 100, -1]) {
        flip(`${rig.pointer().sha256}.zst`, at);
        await refuses(/came damaged/);
        flip(`${rig.pointer().sha256}.zst`, at);
      }
      await rig.ask();
      rig.assertAt(1);
    });

    it('from another body under the same name', async () => {
      await publishTo(rig.out, bodyOf(1));
      writeFileSync(rig.path(`${rig.pointer().sha256}.zst`), zstdCompressSync(bodyOf(2)));
      await refuses(/its sha256 is another one/);
    });

    it('from a body that unpacks to more than the pointer says', async () => {
      await publishTo(rig.out, bodyOf(1));
      const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
      assert.ok(bomb.length < rig.pointer().size);
      writeFileSync(rig.path(`${rig.pointer().sha256}.zst`), bomb);
      await refuses(/came damaged/);
    });

    it('from a frame that claims a window of 128 MB', async () => {
      await publishTo(rig.out, bodyOf(1));
      // Of a stream the length is not known at its begin, so the frame says how far it looks back.
      const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
      stream.write(bodyOf(1));
      stream.flush(() => stream.end());
      writeFileSync(rig.path(`${rig.pointer().sha256}.zst`), await buffer(stream));
      await refuses(/came damaged/);
    });

    it('from a file that is longer than its content could need', async () => {
      await publishTo(rig.out, bodyOf(1));
      writeFileSync(rig.path(`${rig.pointer().sha256}.zst`), Buffer.alloc(rig.pointer().size * 2));
      await refuses(/longer than/);
    });

    it('from a pointer that says more than 256 MB, or more than 512 bytes', async () => {
      await publishTo(rig.out, bodyOf(1));
      const good = readFileSync(rig.path('catalogue.json'));
      point({ size: 300 * 1024 * 1024 });
      await refuses(/is not the catalogue.json/);
      writeFileSync(rig.path('catalogue.json'), good);
      point({ note: 'x'.repeat(500) });
      await refuses(/longer than 512 bytes/);
    });

    it('from a pointer that is none', async () => {
      await publishTo(rig.out, bodyOf(1));
      for (const text of ['', 'null', '[]', '{}', '{"format":1}', '<html>', '{"format":"1"}']) {
        writeFileSync(rig.path('catalogue.json'), text);
        await refuses(/is not the catalogue.json.*Check the address/);
      }
      for (const fields of [{ sequence: 0 }, { sequence: 1.5 }, { sha256: 'x' }, { size: -1 }]) {
        point({ ...{ format: 1, sequence: 1, sha256: 'a'.repeat(64), size: 1 }, ...fields });
        await refuses(/is not the catalogue.json/);
      }
    });

    it('of a newer format', async () => {
      await rig.begin(1, 2);
      point({ format: 2 });
      await refuses(/Update Model Hub/);
    });

    it('older than what it has', async () => {
      await publishTo(rig.out, bodyOf(1));
      cpSync(rig.out, join(rig.folder, 'old'), { recursive: true });
      await publishTo(rig.out, bodyOf(2));
      await rig.ask();
      rmSync(rig.out, { recursive: true });
      cpSync(join(rig.folder, 'old'), rig.out, { recursive: true });
      await refuses(/is older than/);
      rig.kept.body = undefined;
      await refuses(/is older than/);
    });

    it('of the same sequence with another body', async () => {
      await rig.begin(1);
      rmSync(rig.out, { recursive: true });
      await publishTo(rig.out, bodyOf(2));
      await refuses(/or made anew.*needs a new address/);
    });

    it('where the body is missing', async () => {
      await rig.begin(1, 2);
      rmSync(rig.path(rig.deltaName(bodyOf(1), bodyOf(2))));
      rmSync(rig.path(`${rig.pointer().sha256}.zst`));
      const before = rig.kept;
      await rejectsWith(rig.ask(), 'notFound');
      assert.equal(rig.kept, before);
    });

    it('where the folder is not there, or is no folder of this kind', async () => {
      await rejectsWith(rig.ask(), 'notFound');
    });

    it('that broke off', async () => {
      await rig.begin(1, 2);
      for (const match of ['/published/catalogue.json', `/published/${sha256Of(bodyOf(1))}`]) {
        rig.hub.setFaults({ match, truncate: true });
        await refuses(/broke off/);
      }
      rig.hub.setFaults({});
      await rig.ask();
      rig.assertAt(2);
    });

    it('of an error, or of a page in the place of a file', async () => {
      await rig.begin(1, 2);
      rig.hub.setFaults({ status: 503 });
      await rejectsWith(rig.ask(), 'server');
      rig.hub.setFaults({ offline: true });
      await rejectsWith(rig.ask(), 'offline');
      rig.hub.setFaults({ wrongType: 'html' });
      await refuses(/is not the catalogue.json/);
      rig.hub.setFaults({ match: `/published/${sha256Of(bodyOf(1))}`, wrongType: 'html' });
      await refuses(/came damaged/);
      rig.hub.setFaults({});
      await rig.ask();
      rig.assertAt(2);
    });

    it('that is empty', async () => {
      const body = Buffer.from('\n');
      await publishTo(rig.out, body);
      await refuses(/holds no models/);
    });

    describe('with a key', () => {
      it('but what is signed with it', async () => {
        const [right, wrong] = [newKey(), newKey()];
        await publishTo(rig.out, bodyOf(1), { key: right.privateKey });
        await refuses(/is signed with another key/, wrong.text);
        await rig.ask({ key: right.text });
        rig.assertAt(1);
      });

      it('that is not signed', async () => {
        await publishTo(rig.out, bodyOf(1));
        await refuses(/is not signed/, newKey().text);
      });

      it('where anything that was signed is another', async () => {
        const { privateKey, text } = newKey();
        await publishTo(rig.out, bodyOf(1), { key: privateKey });
        const good = rig.pointer();
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
        await publishTo(rig.out, bodyOf(1), { key: privateKey });
        const old = readFileSync(rig.path('catalogue.json'));
        await publishTo(rig.out, bodyOf(2), { key: privateKey });
        await rig.ask({ key: text });
        writeFileSync(rig.path('catalogue.json'), old);
        await refuses(/is older than/, text);
      });
    });
  });
});
