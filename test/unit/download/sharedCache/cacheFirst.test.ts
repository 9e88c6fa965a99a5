import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SharedCacheSettings } from '../../../../src/download/sharedCache/model.ts';
import { SharedCache } from '../../../../src/download/sharedCache/sharedCache.ts';
import type { FileRequest } from '../../../../src/download/file/fileDownload.ts';
import { cancelled } from '../../../../src/sync/errors.ts';
import { hurriedClock } from '../../support/hurriedClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { fileServer } from '../file/fileServer.ts';
import type { FileRig } from '../file/rig.ts';
import { failsWith, planned, useFileRig } from '../file/rig.ts';
import { useCacheServer } from './cacheServer.ts';

const MIB = 1024 * 1024;
/** What a cache may take passes sooner. */
const clock = hurriedClock(4);
const bytes = randomBytes(20 * MIB);
const file = planned(bytes);

describe('A file that a shared cache may have', function () {
  this.timeout(30_000);
  const rigOf = useFileRig();
  const hub = useLocalServer();
  const cacheServer = useCacheServer();
  let rig: FileRig;
  let served: ReturnType<typeof fileServer>['served'];
  let cache: SharedCache;

  beforeEach(() => {
    rig = rigOf();
    const origin = fileServer(bytes);
    served = origin.served;
    hub().answer(origin.listener);
    cache = open();
  });

  const open = (settings: Partial<SharedCacheSettings> = {}): SharedCache =>
    new SharedCache({
      settings: { url: `${cacheServer().url}/team`, access: 'read', ...settings },
      ...{ send: rig.services.send, store: rig.services.send, userAgent: 'model-hub/test' },
      ...{ onDidChange: () => undefined, clock, logger: rig.logger },
    });

  const services = () => ({ sharedCache: cache, clock });
  const download = (changes: Partial<FileRequest> = {}): Promise<void> =>
    rig.download(hub().url, file, { isPublic: true, ...changes }, services());

  const fromHub = (): number => served.reduce((sum, { sent }) => sum + sent, 0);
  const problem = () => cache.status?.dropped?.problem;

  it('comes from there to the last byte, in ranges, and the Hub is not asked', async () => {
    cacheServer().put(bytes);
    await download();
    rig.assertInstalled(bytes);
    assert.equal(served.length, 0);
    assert.ok(cacheServer().asked.length > 1, 'it came in one piece');
    assert.ok(cacheServer().asked.every(({ path }) => path === `/team/cas/${file.digest.hex}`));
    assert.ok((cache.status?.received ?? 0) >= bytes.length);
    assert.equal(rig.progress.at(-1)?.cached, bytes.length);
  });

  it('comes from the Hub if it is not there, which is asked once', async () => {
    await download();
    rig.assertInstalled(bytes);
    assert.deepEqual(cacheServer().methods, ['GET']);
    assert.equal(problem(), undefined);
    assert.equal(rig.progress.at(-1)?.cached, undefined);
  });

  it('is not looked for if not everybody may have it, or nobody knows its sha256', async () => {
    cacheServer().put(bytes);
    await download({ isPublic: false });
    assert.equal(cacheServer().asked.length, 0);
    const ofGit = planned(bytes, {
      path: 'other.gguf',
      digest: { algorithm: 'git', hex: 'ab'.repeat(20) },
    });
    await failsWith(rig.download(hub().url, ofGit, { isPublic: true }), 'mismatch');
    assert.equal(cacheServer().asked.length, 0);
  });

  it('comes from a cache that knows no ranges as a whole', async () => {
    cacheServer().put(bytes);
    cacheServer().ignoresRange = true;
    await download();
    rig.assertInstalled(bytes);
    assert.equal(served.length, 0);
    assert.equal(cache.status?.received, bytes.length);
  });

  it('is fetched from the Hub where the cache had wrong bytes, which it is not asked again for', async () => {
    const wrong = Buffer.from(bytes);
    wrong[3 * MIB]! ^= 1;
    cacheServer().put(bytes, wrong);
    await download();
    rig.assertInstalled(bytes);
    assert.equal(problem(), 'wrong');
    assert.match(cache.status?.dropped?.message ?? '', new RegExp(file.digest.hex));
    assert.equal(cache.isUsable, false);
    assert.equal(rig.logger.lines.filter((line) => /not used any more/.test(line)).length, 1);
  });

  it('is fetched anew when it turns out that an earlier attempt had got wrong bytes', async () => {
    const wrong = Buffer.from(bytes);
    wrong[0]! ^= 1;
    cacheServer().put(bytes, wrong);
    const stopping = new AbortController();
    const flow = {
      connections: () => 1,
      take: (more: number) => {
        if (more > 0 && (cache.status?.received ?? 0) > 4 * MIB) stopping.abort(cancelled());
        return undefined;
      },
    };
    await failsWith(download({ flow, signal: stopping.signal }), 'cancelled', /./);
    cache.configure(undefined);
    await download();
    rig.assertInstalled(bytes);
  });

  const HARMS: readonly [string, () => ReturnType<typeof harm>][] = [
    [
      'breaks off',
      () => harm(206, (part) => ({ length: part.length, sent: part.subarray(0, 100) })),
    ],
    [
      'answers fewer bytes than asked for',
      () => harm(206, (part) => ({ length: 1, sent: part.subarray(0, 1) })),
    ],
    ['fails', () => harm(500)],
    ['redirects elsewhere', () => harm(302)],
    [
      'has a file of another size',
      () => harm(206, (part) => ({ length: part.length, sent: part, total: 5 })),
    ],
    ['says nothing', () => harm()],
    [
      'says nothing after its first bytes',
      () =>
        harm(206, (part) => ({ length: part.length, sent: part.subarray(0, 100), stays: true })),
    ],
  ];
  for (const [what, make] of HARMS) {
    it(`comes from the Hub when the cache ${what}`, async () => {
      cacheServer().put(bytes);
      cacheServer().instead = make();
      await download();
      rig.assertInstalled(bytes);
      assert.ok(problem() !== undefined, 'the cache is still used');
      assert.ok(fromHub() > bytes.length - MIB);
      const before = cacheServer().asked.length;
      await rig.download(
        hub().url,
        file,
        { isPublic: true, target: `${rig.target}.other` },
        services(),
      );
      assert.equal(cacheServer().asked.length, before, 'it is asked again');
    });
  }

  it('is not waited for when the cache deals it out too slowly', async () => {
    cacheServer().put(bytes);
    cacheServer().instead = (request, response) => {
      const [, from = '0', to = '0'] =
        /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      response.writeHead(206, {
        'content-length': Number(to) + 1 - Number(from),
        'content-range': `bytes ${from}-${to}/${bytes.length}`,
      });
      let at = Number(from);
      const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 5);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    await download();
    rig.assertInstalled(bytes);
    assert.match(cache.status?.dropped?.message ?? '', /too slow/);
  });

  it('is not blamed on a cache that the user does not want more from', async () => {
    cacheServer().put(bytes);
    let taken = 0;
    const flow = {
      connections: () => 1,
      // As long as the cache may take, and longer, passes between two pieces.
      take: (more: number) =>
        (taken += more) < 200_000
          ? new Promise<void>((resolve) => setTimeout(resolve, 400))
          : undefined,
    };
    await download({ flow });
    rig.assertInstalled(bytes);
    assert.equal(problem(), undefined);
    assert.equal(served.length, 0);
  });

  it('is not refused to who says the password, which nobody else hears', async () => {
    const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
    cacheServer().put(bytes.subarray(0, 5));
    cacheServer().password = authorization;
    cache = open({ authorization });
    await download();
    assert.equal(problem(), undefined);
    assert.ok(cacheServer().asked.every((one) => one.authorization === authorization));
    assert.ok(served.every(({ request }) => request.headers.authorization === undefined));
  });

  it('comes from the Hub when the cache does not let us in, and what to do is said', async () => {
    cacheServer().put(bytes);
    cacheServer().password = 'Basic other';
    await download();
    rig.assertInstalled(bytes);
    assert.equal(problem(), 'refused');
    assert.match(
      cache.status?.dropped?.message ?? '',
      /wants a user name and a password .*"Model Hub: Set Shared Cache Password…"/,
    );
    cache.configure({ url: cacheServer().url, access: 'read', authorization: 'Basic wrong' });
    assert.equal(problem(), undefined, 'another password is not tried');
    await rig.download(
      hub().url,
      file,
      { isPublic: true, target: `${rig.target}.other` },
      services(),
    );
    assert.match(cache.status?.dropped?.message ?? '', /rejected/);
  });

  it('is looked for again when the network is another', async () => {
    cacheServer().put(bytes);
    cacheServer().instead = harm(500);
    await download();
    cacheServer().instead = undefined;
    cache.networkChanged();
    served.splice(0);
    await rig.download(
      hub().url,
      file,
      { isPublic: true, target: `${rig.target}.other` },
      services(),
    );
    assert.equal(served.length, 0);
  });

  interface Sent {
    readonly length: number;
    readonly sent: Buffer;
    readonly total?: number;
    readonly stays?: boolean;
  }

  /** @param status absent: no answer at all */
  function harm(status?: number, answer?: (part: Buffer) => Sent) {
    return (request: IncomingMessage, response: ServerResponse): boolean => {
      if (status === undefined) return true;
      const [, from = '0', to = '0'] =
        /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      const {
        length,
        sent,
        total = bytes.length,
        stays = false,
      } = answer?.(bytes.subarray(Number(from), Number(to) + 1)) ?? {
        length: 0,
        sent: Buffer.alloc(0),
      };
      response.writeHead(status, {
        'content-length': length,
        ...(status === 302 && { location: `${hub().url}/stolen` }),
        ...(status === 206 && {
          'content-range': `bytes ${from}-${Number(from) + length - 1}/${total}`,
        }),
      });
      response.write(sent, () => {
        if (!stays) response.destroy();
      });
      return true;
    };
  }
});
