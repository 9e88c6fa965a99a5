import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { withFolder } from '../../../../src/sync/publish/folder.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import {
  bodyOf,
  MemoryFolder,
  newKey,
  publish,
  publishTo,
  readPointer,
  undoDelta,
} from '../../support/publishing.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const shaOf = (version: number): string => sha256(bodyOf(version));
const delta = (from: number, to: number): string => `${shaOf(from)}-${shaOf(to)}.dcz`;

describe('Publisher', () => {
  let folder: MemoryFolder;
  beforeEach(() => {
    folder = new MemoryFolder();
  });

  /** Publishes these versions one after the other. */
  async function versions(from: number, to: number): Promise<void> {
    for (let version = from; version <= to; version++) await publish(folder, bodyOf(version));
  }

  it('begins with a pointer and a whole body', async () => {
    const body = bodyOf(1);
    const done = await publish(folder, body);
    assert.deepEqual([done.changed, done.sequence, done.deltaBytes.length], [true, 1, 0]);
    const pointer = { format: 1, sequence: 1, sha256: sha256(body), size: body.length };
    assert.deepEqual(readPointer(folder), pointer);
    assert.ok(zstdDecompressSync(folder.read(`${sha256(body)}.zst`)!).equals(body));
    assert.ok(folder.read('catalogue.json')!.length <= 512);
  });

  it('leads from each of the last 30 versions straight to the newest, in the form of RFC 9842', async () => {
    await versions(1, 33);
    for (let version = 3; version <= 32; version++) {
      const bytes = folder.read(delta(version, 33))!;
      const header = `5e2a4d1820000000${shaOf(version)}28b52ffd`;
      assert.equal(bytes.subarray(0, 44).toString('hex'), header);
      assert.ok(undoDelta(bodyOf(version), bytes).equals(bodyOf(33)));
    }
    assert.equal(folder.read(delta(2, 33)), undefined);
  });

  it('keeps what the pointer before led to for one more publication, and nothing older', async () => {
    await versions(1, 33);
    assert.ok(folder.read(delta(2, 32)), 'somebody may just have read the pointer before');
    const names = folder.names().filter((name) => name.endsWith('.dcz'));
    const targets = new Set(names.map((name) => name.slice(65, 129)));
    assert.deepEqual([...targets].sort(), [shaOf(32), shaOf(33)].sort());
    const bodies = folder.names().filter((name) => name.endsWith('.zst'));
    assert.deepEqual(
      bodies.sort(),
      Array.from({ length: 31 }, (_, index) => `${shaOf(index + 3)}.zst`).sort(),
    );
  });

  it('makes as many deltas as it is told', async () => {
    await versions(1, 4);
    const done = await publish(folder, bodyOf(5), { deltas: 2, parallel: 3 });
    assert.equal(done.deltaBytes.length, 2);
    assert.equal(folder.read(delta(2, 5)), undefined);
    assert.ok(folder.read(delta(3, 5)));
    assert.ok(folder.read(delta(4, 5)));
  });

  it('writes nothing where nothing is new', async () => {
    await versions(1, 2);
    folder.changes = 0;
    const done = await publish(folder, bodyOf(2));
    assert.deepEqual([done.changed, done.sequence, folder.changes], [false, 2, 0]);
  });

  it('writes the same bytes for the same history', async () => {
    await versions(1, 5);
    const first = folder.files;
    folder = new MemoryFolder();
    await versions(1, 5);
    assert.deepEqual([...folder.files].sort(), [...first].sort());
  });

  it('leaves the files of others alone', async () => {
    folder.files.set('index.html', Buffer.from('hello'));
    folder.files.set('notes.zst', Buffer.from('mine'));
    await versions(1, 3);
    assert.equal(String(folder.read('index.html')), 'hello');
    assert.equal(String(folder.read('notes.zst')), 'mine');
  });

  it('goes back to an older content with a new sequence', async () => {
    await versions(1, 2);
    const done = await publish(folder, bodyOf(1));
    assert.equal(done.sequence, 3);
    assert.equal(readPointer(folder).sha256, shaOf(1));
    assert.ok(undoDelta(bodyOf(2), folder.read(delta(2, 1))!).equals(bodyOf(1)));
    assert.equal(folder.read(delta(1, 1)), undefined);
  });

  it('publishes no empty catalogue', async () => {
    await rejectsWith(publish(folder, Buffer.alloc(0)), 'storage', /at least one model/);
    assert.deepEqual(folder.names(), []);
  });

  it('goes on without a delta where an old body is damaged, and says so', async () => {
    await versions(1, 3);
    folder.files.set(`${shaOf(2)}.zst`, Buffer.from('rust'));
    const logger = collectingLogger();
    const done = await publish(folder, bodyOf(4), { logger });
    assert.equal(done.deltaBytes.length, 2);
    assert.equal(folder.read(delta(2, 4)), undefined);
    assert.match(logger.at('warn').join(), /Version 2 is damaged/);
  });

  describe('that dies', () => {
    /** Everything a reader of the folder, new or of any version, may fetch must be what it says. */
    function assertServes(expected: readonly number[]): void {
      const { sha256: newest } = readPointer(folder);
      const version = expected.find((one) => shaOf(one) === newest);
      assert.ok(version !== undefined, 'the pointer names neither the old nor the new version');
      assert.ok(zstdDecompressSync(folder.read(`${newest}.zst`)!).equals(bodyOf(version)));
      for (const from of [1, 2, 3]) {
        const bytes = folder.read(`${shaOf(from)}-${newest}.dcz`);
        if (bytes) assert.ok(undoDelta(bodyOf(from), bytes).equals(bodyOf(version)));
        else assert.ok(from >= version, `no delta from ${from} to ${version}`);
      }
    }

    it('at any step leaves the old version or the new one, and the next one goes on', async () => {
      let died = 0;
      for (let steps = 0; ; steps++) {
        folder = new MemoryFolder();
        await versions(1, 3);
        folder.left = steps;
        const outcome = await publish(folder, bodyOf(4)).catch((error: unknown) => error);
        folder.left = Infinity;
        assertServes([3, 4]);
        const { sequence } = readPointer(folder);
        if (!(outcome instanceof Error)) break;
        died++;

        await publish(folder, bodyOf(5));
        assertServes([5]);
        assert.ok(readPointer(folder).sequence > sequence);
        assert.deepEqual(
          folder.names().filter((name) => name.endsWith('.zst.unfinished')),
          [],
        );
      }
      // History, body, three deltas, pointer, and the removal of what led to the version before.
      assert.ok(died >= 7, `it died ${died} times only`);
    });

    it('before its first pointer leaves a folder to begin in', async () => {
      for (let steps = 0; steps < 3; steps++) {
        folder = new MemoryFolder();
        folder.left = steps;
        await assert.rejects(publish(folder, bodyOf(1)), /killed/);
        assert.equal(folder.read('catalogue.json'), undefined);
        folder.left = Infinity;
        const { changed } = await publish(folder, bodyOf(2));
        assert.equal(changed, true);
        assert.equal(readPointer(folder).sha256, shaOf(2));
      }
    });

    it('never lets a sequence come twice', async () => {
      await versions(1, 3);
      folder.left = 2;
      await assert.rejects(publish(folder, bodyOf(4)), /killed/);
      folder.left = Infinity;
      const done = await publish(folder, bodyOf(5));
      assert.equal(done.sequence, 5);
      assert.equal(done.deltaBytes.length, 3, 'nobody has the version that was never pointed to');
    });
  });

  describe('with a key', () => {
    it('signs what the pointer says', async () => {
      const { privateKey, text } = newKey();
      await publish(folder, bodyOf(1), { key: privateKey });
      const { signature, sequence, sha256: sha, size } = readPointer(folder);
      const publicKey = createPublicKey({
        key: { kty: 'OKP', crv: 'Ed25519', x: text },
        format: 'jwk',
      });
      const signed = `model-hub published catalogue\n{"format":1,"sequence":${sequence},"sha256":"${sha}","size":${size}}`;
      assert.ok(verify(null, Buffer.from(signed), publicKey, Buffer.from(signature!, 'base64url')));
      assert.ok(folder.read('catalogue.json')!.length <= 512);
    });

    it('does not go on unsigned where it was signed', async () => {
      await publish(folder, bodyOf(1), { key: newKey().privateKey });
      folder.changes = 0;
      await rejectsWith(publish(folder, bodyOf(2)), 'storage', /signed.*--key/);
      assert.equal(folder.changes, 0);
    });

    it('signs anew with another key, and the sequence goes on', async () => {
      const [first, second] = [newKey(), newKey()];
      await publish(folder, bodyOf(1), { key: first.privateKey });
      const { signature } = readPointer(folder);
      const resigned = await publish(folder, bodyOf(1), { key: second.privateKey });
      assert.deepEqual([resigned.changed, resigned.sequence], [true, 1]);
      assert.notEqual(readPointer(folder).signature, signature);
      const next = await publish(folder, bodyOf(2), { key: second.privateKey });
      assert.equal(next.sequence, 2);
    });
  });

  describe('in a folder it cannot go on with', () => {
    beforeEach(() => versions(1, 3));
    afterEach(() => assert.equal(folder.changes, 0));

    const cases: readonly [string, () => void, 'storage' | 'badAnswer', RegExp][] = [
      ['without its pointer', () => folder.files.delete('catalogue.json'), 'storage', /is gone/],
      [
        'without its pointer and its history',
        () => {
          folder.files.delete('catalogue.json');
          folder.files.delete('history.json');
        },
        'storage',
        /is gone/,
      ],
      [
        'with a pointer that is none',
        () => folder.files.set('catalogue.json', Buffer.from('{"format":1}')),
        'badAnswer',
        /is not the catalogue.json/,
      ],
      [
        'of a newer format',
        () => folder.files.set('catalogue.json', Buffer.from('{"format":2}')),
        'badAnswer',
        /Update Model Hub/,
      ],
    ];
    for (const [name, spoil, kind, message] of cases) {
      it(`${name} changes nothing`, async () => {
        spoil();
        folder.changes = 0;
        await rejectsWith(publish(folder, bodyOf(4)), kind, message);
      });
    }
  });

  it('goes on without its history, from the newest version', async () => {
    await versions(1, 3);
    folder.files.set('history.json', Buffer.from('?'));
    const done = await publish(folder, bodyOf(4));
    assert.deepEqual([done.sequence, done.deltaBytes.length], [4, 1]);
  });

  describe('on the disk', () => {
    const path = useTemporaryFolder();

    it('does not meet another one: the second fails and changes nothing', async () => {
      const out = join(path(), 'out');
      await publishTo(out, bodyOf(1));
      const before = readdirSync(out);
      await withFolder(out, async () => {
        await rejectsWith(publishTo(out, bodyOf(2)), 'conflict', /Somebody else is publishing/);
      });
      assert.deepEqual(readdirSync(out), before);
      assert.equal((await publishTo(out, bodyOf(2))).sequence, 2);
    });

    it('writes over what a run before left unfinished', async () => {
      const name = `${shaOf(1)}.zst`;
      writeFileSync(join(path(), `${name}.unfinished`), 'half');
      await publishTo(path(), bodyOf(1));
      assert.ok(zstdDecompressSync(readFileSync(join(path(), name))).equals(bodyOf(1)));
      assert.deepEqual(
        readdirSync(path()).filter((file) => file.endsWith('.unfinished')),
        [],
      );
    });
  });
});
