import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { discardPartial, partialBytes } from '../../../../src/download/file/fileDownload.ts';
import { FileLock } from '../../../../src/download/file/fileLock.ts';
import { PartialFile } from '../../../../src/download/file/partialFile.ts';
import { partialPaths } from '../../../../src/download/file/partialPaths.ts';
import type { Transport } from '../../../../src/sync/http/transport.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';
import type { Served } from './fileServer.ts';
import { fileServer } from './fileServer.ts';
import { besides, BOOTED, COMMIT, failsWith, MODEL, planned, useFileRig } from './rig.ts';

const KB = 1_000;
const MB = 1_000_000;

describe('A download that goes on', () => {
  const server = useLocalServer();
  const rig = useFileRig();
  const small = randomBytes(300 * KB);
  const smallFile = planned(small);
  const header = {
    ...{ model: MODEL, revision: COMMIT, path: smallFile.path, bootedAt: BOOTED },
    ...{ size: smallFile.size, digest: smallFile.digest },
  };

  /** Leaves a partial file with its first 100 KB, synced, and 100 KB from 200 KB on. */
  async function leavePartial(target: string, etag?: string): Promise<void> {
    const partial = await PartialFile.open(target, header);
    if (etag !== undefined) await partial.noteEtag(etag);
    await partial.write(0, [small.subarray(0, 60 * KB), small.subarray(60 * KB, 100 * KB)]);
    await partial.sync();
    await partial.write(200 * KB, [small.subarray(200 * KB, 300 * KB)]);
    await partial.close();
  }

  function serveSmall(): Served[] {
    const { listener, served } = fileServer(small);
    server().answer(listener);
    return served;
  }

  const askedFor = (served: readonly Served[]): number[][] =>
    served.map(({ start, end }) => [start, end]).sort(([a = 0], [b = 0]) => a - b);

  const seed = seedOfRun();
  it(`fetches little twice, wherever it was stopped (SEED=${seed})`, async () => {
    const random = randomNumbers(seed);
    const bytes = randomBytes(24 * MB);
    const file = planned(bytes);
    const { listener, served } = fileServer(bytes);
    server().answer(listener);
    const { download, target, assertInstalled } = rig();
    let stops = 0;
    let left = 0;
    for (;;) {
      const abort = new AbortController();
      let taken = 0;
      const limit = random() * 8 * MB;
      const flow = {
        connections: () => 8,
        take: (count: number) => {
          if ((taken += count) > limit) abort.abort();
          return undefined;
        },
      };
      try {
        await download(server().url, file, { flow, signal: abort.signal });
        break;
      } catch (error) {
        assert.equal((error as { kind: string }).kind, 'cancelled');
        stops++;
      }
      const now = await partialBytes(target);
      assert.ok(now >= left + Math.min(taken, limit) - MB, `${now} bytes, ${taken} were taken`);
      left = now;
    }
    assertInstalled(bytes);
    assert.ok(stops > 1);
    assert.ok(served.length > stops);
  });

  it('fetches what is missing, and nothing else', async () => {
    const { download, target, assertInstalled } = rig();
    await leavePartial(target);
    assert.equal(await partialBytes(target), 200 * KB);
    const served = serveSmall();
    await download(server().url, smallFile);
    assertInstalled(small);
    assert.deepEqual(askedFor(served), [[100 * KB, 200 * KB]]);
  });

  it('reads a journal torn at any byte of its last line', async () => {
    const { download, target, assertInstalled } = rig();
    const { journal, partial } = partialPaths(target);
    await leavePartial(target);
    const text = readFileSync(journal, 'utf8');
    const data = readFileSync(partial);
    const last = text.trimEnd().lastIndexOf('\n') + 1;
    for (let length = last; length < text.length; length++) {
      writeFileSync(journal, text.slice(0, length));
      writeFileSync(partial, data);
      const served = serveSmall();
      await download(server().url, smallFile);
      assertInstalled(small);
      assert.deepEqual(askedFor(served), [[100 * KB, 300 * KB]], `torn at ${length}`);
    }
  });

  it('trusts after a start of the machine only what was synced', async () => {
    const { download, target, assertInstalled } = rig();
    await leavePartial(target);
    const served = serveSmall();
    await download(server().url, smallFile, {}, { bootedAt: BOOTED + 3_600_000 });
    assertInstalled(small);
    assert.deepEqual(askedFor(served), [[100 * KB, 300 * KB]]);
  });

  it('trusts no more than the file holds', async () => {
    const { download, target, assertInstalled } = rig();
    await leavePartial(target);
    truncateSync(partialPaths(target).partial, 50 * KB);
    assert.equal(await partialBytes(target), 50 * KB);
    const served = serveSmall();
    await download(server().url, smallFile);
    assertInstalled(small);
    assert.deepEqual(askedFor(served), [[50 * KB, 300 * KB]]);
  });

  it('cuts off what lies beyond the end of the file', async () => {
    const { download, target, assertInstalled } = rig();
    await leavePartial(target);
    appendFileSync(partialPaths(target).partial, 'more');
    serveSmall();
    await download(server().url, smallFile);
    assertInstalled(small);
  });

  it('begins anew without its journal, or without its bytes', async () => {
    for (const lost of ['partial', 'journal'] as const) {
      const { download, target, assertInstalled } = rig();
      await leavePartial(target);
      rmSync(partialPaths(target)[lost]);
      const served = serveSmall();
      await download(server().url, smallFile);
      assertInstalled(small);
      assert.deepEqual(askedFor(served), [[0, 300 * KB]]);
    }
  });

  it('begins anew where other bytes were begun, and keeps those of another commit', async () => {
    const other = randomBytes(small.length);
    const { download, target, assertInstalled } = rig();
    await leavePartial(target);
    server().answer(fileServer(other).listener);
    await download(server().url, planned(other));
    assertInstalled(other);

    const again = rig();
    await leavePartial(again.target);
    const served = serveSmall();
    const endpoint = new URL(server().url);
    const source = { endpoint, model: MODEL, revision: 'f'.repeat(40) };
    await again.download(server().url, smallFile, { source });
    again.assertInstalled(small);
    assert.deepEqual(askedFor(served), [[100 * KB, 200 * KB]]);
  });

  it('begins anew where a mirror has another ETag by now', async () => {
    const { download, target, assertInstalled, logger } = rig();
    await leavePartial(target, '"before"');
    const served = serveSmall();
    await download(server().url, smallFile);
    assertInstalled(small);
    assert.equal(served[0]?.request.headers['if-range'], '"before"');
    assert.deepEqual(askedFor(served).at(0), [0, 300 * KB]);
    assert.match(logger.at('info').join(), /another ETag/);
  });

  it('needs no network when all bytes are there, and checks them', async () => {
    const { download, target, assertInstalled, progress } = rig();
    const partial = await PartialFile.open(target, header);
    await partial.write(0, [small]);
    await partial.close();
    await download('http://127.0.0.1:9', smallFile);
    assertInstalled(small);
    assert.equal(progress.at(-1)?.phase, 'installing');

    const damaged = await PartialFile.open(target, header);
    await damaged.write(0, [Buffer.alloc(small.length)]);
    await damaged.close();
    await failsWith(download('http://127.0.0.1:9', smallFile), 'mismatch');
    assert.equal(existsSync(partialPaths(target).partial), false);
    assertInstalled(small);
  });

  it('leaves nothing when it is discarded, and no more than that', async () => {
    const { target, services } = rig();
    writeFileSync(target, 'an older edition');
    await leavePartial(target);
    await discardPartial(target, services.clock);
    for (const path of besides(target)) assert.equal(existsSync(path), false);
    assert.equal(readFileSync(target, 'utf8'), 'an older edition');
    assert.equal(await partialBytes(target), 0);
  });

  it('leaves nothing when it is discarded on a full disk', async () => {
    const { target, services } = rig();
    await leavePartial(target);
    const { partial, lock, verified } = partialPaths(target);
    writeFileSync(verified, 'whole');
    let refused = 0;
    const full: typeof open = async (path, flags, mode) => {
      const file = await open(path, flags, mode);
      if (!existsSync(partial)) return file;
      file.writeFile = () => {
        refused++;
        return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      };
      return file;
    };
    await failsWith(
      FileLock.take(lock, services.clock, () => undefined, full),
      'noSpace',
    );
    assert.equal(existsSync(lock), false, 'no lock without a name');
    await discardPartial(target, services.clock, full);
    assert.equal(refused, 2);
    for (const path of besides(target)) assert.equal(existsSync(path), false, path);
  });

  it('is not discarded while somebody else is at work on it', async () => {
    const { target, services } = rig();
    await leavePartial(target);
    const { partial, lock } = partialPaths(target);
    const held = await FileLock.take(lock, services.clock, () => undefined);
    await failsWith(discardPartial(target, services.clock), 'conflict');
    assert.ok(existsSync(partial));
    await held.release();
  });

  it('asks for leave before each request and for each byte', async () => {
    const { download, assertInstalled } = rig();
    const served = serveSmall();
    const asked: number[] = [];
    const flow = {
      connections: () => 8,
      take: async (bytes: number) => {
        asked.push(bytes);
        await Promise.resolve();
      },
    };
    await download(server().url, smallFile, { flow });
    assertInstalled(small);
    assert.equal(asked[0], 0);
    assert.equal(asked.filter((bytes) => bytes === 0).length, served.length);
    assert.equal(
      asked.reduce((sum, bytes) => sum + bytes),
      small.length,
    );
  });

  it('works where answers come in one piece, as through the editor', async () => {
    const bytes = randomBytes(20 * MB);
    server().answer(fileServer(bytes).listener);
    const { download, assertInstalled, services } = rig();
    const send: Transport = async (request) => {
      const answer = await services.send(request);
      const pieces: Uint8Array[] = [];
      for await (const piece of answer.body) pieces.push(piece);
      const body = Buffer.concat(pieces);
      assert.ok(body.length <= 64 * 1024 * 1024);
      return { ...answer, body: single(body), decoded: true };
    };
    await download(server().url, planned(bytes), {}, { send });
    assertInstalled(bytes);
  });
});

async function* single(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
