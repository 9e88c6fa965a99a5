import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheOffers } from '../../../../src/download/sharedCache/cacheOffers.ts';
import { SharedCache } from '../../../../src/download/sharedCache/sharedCache.ts';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { systemClock } from '../../../../src/sync/worker/systemClock.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { useCacheServer } from './cacheServer.ts';

const bytes = randomBytes(3_000_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

describe('What is offered to a shared cache', function () {
  this.timeout(20_000);
  const folder = useTemporaryFolder();
  const cacheServer = useCacheServer();
  const pool = undiciTransport();
  let offers: CacheOffers;
  let cache: SharedCache;
  let logger: ReturnType<typeof collectingLogger>;

  after(() => pool.close());
  beforeEach(() => open('readWrite'));
  afterEach(() => offers.close());

  function open(access: 'read' | 'readWrite'): void {
    logger = collectingLogger();
    cache = new SharedCache({
      settings: { url: cacheServer().url, access, authorization: 'Basic me' },
      ...{ send: pool.transport, store: pool.transport, userAgent: 'model-hub/test' },
      ...{ onDidChange: () => undefined, clock: systemClock, logger },
    });
    offers = new CacheOffers({ cache, clock: systemClock, logger });
  }

  function add(content = bytes): void {
    const path = join(folder(), 'model.gguf');
    writeFileSync(path, content);
    offers.add({ path, size: bytes.length, sha256 });
  }

  const stored = (): boolean => cacheServer().files.get(sha256)?.equals(bytes) ?? false;

  it('is sent while the user is away, in one go, and not again', async () => {
    add();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(cacheServer().asked.length, 0, 'the user is there');
    offers.setIdle(true);
    await until(stored);
    await until(() => cache.status?.offered === bytes.length);
    add();
    await until(() => cacheServer().methods.length === 3);
    assert.deepEqual(cacheServer().methods, ['HEAD', 'PUT', 'HEAD']);
    assert.ok(cacheServer().asked.every(({ authorization }) => authorization === 'Basic me'));
  });

  it('is nothing to a cache that is for reading only', async () => {
    open('read');
    offers.setIdle(true);
    add();
    await offers.close();
    assert.equal(cacheServer().asked.length, 0);
  });

  it('is never stored when the file has other bytes by now, and others still are', async () => {
    const other = Buffer.from(bytes);
    other[0]! ^= 1;
    offers.setIdle(true);
    add(other);
    await until(() => logger.lines.some((line) => /other bytes than were downloaded/.test(line)));
    assert.equal(cacheServer().files.has(sha256), false);
    assert.equal(cache.takesFiles, true);
    add();
    await until(stored);
  });

  it('is broken off when the user is back, and sent when they are away again', async () => {
    let isFirst = true;
    cacheServer().instead = (request) => {
      if (request.method !== 'PUT' || !isFirst) return false;
      isFirst = false;
      request.once('data', () => offers.setIdle(false));
      request.on('error', () => offers.setIdle(true));
      return true;
    };
    offers.limit(1_000_000);
    offers.setIdle(true);
    add();
    await until(() => !isFirst);
    offers.limit(undefined);
    await until(stored);
    assert.equal(cacheServer().methods.filter((method) => method === 'PUT').length, 2);
  });

  it('is no more than the cache takes: one that refuses is asked for files still', async () => {
    cacheServer().instead = (request, response) => {
      if (request.method !== 'PUT') return false;
      request.resume();
      response.writeHead(405).end();
      return true;
    };
    offers.setIdle(true);
    add();
    await until(() => cache.status?.refusesFiles !== undefined);
    assert.match(cache.status?.refusesFiles ?? '', /takes no files \(error 405\)/);
    assert.equal(cache.isUsable, true);
    assert.equal(cache.takesFiles, false);
  });

  it('keeps within what the user allows', async () => {
    offers.limit(2_000_000);
    offers.setIdle(true);
    const started = performance.now();
    add();
    await until(stored);
    // The bucket lends a quarter of a second, and the last piece.
    assert.ok(performance.now() - started > 900, 'it was faster');
  });
});
