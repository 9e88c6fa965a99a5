import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { partialBytes } from '../../../../src/download/file/fileDownload.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';
import { fileServer, rangeOf } from './fileServer.ts';
import { besides, failsWith, planned, useFileRig } from './rig.ts';

const MIB = 1024 * 1024;

describe('A file from a server that', () => {
  const server = useLocalServer();
  const rig = useFileRig();
  const bytes = randomBytes(20 * MIB + 123);
  const file = planned(bytes);

  it('answers ranges is fetched over several connections, each byte once', async () => {
    const { listener, served } = fileServer(bytes);
    server().answer(listener);
    const { download, assertInstalled, progress } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.ok(served.length >= 2, `${served.length} requests`);
    const sent = served.reduce((sum, one) => sum + one.sent, 0);
    assert.equal(sent, bytes.length);
    assert.deepEqual(progress.at(-1), { phase: 'installing', bytes: bytes.length });
  });

  it('asks for one connection only gets one', async () => {
    const { listener } = fileServer(bytes);
    let open = 0;
    let most = 0;
    server().answer((request, response) => {
      most = Math.max(most, ++open);
      response.once('close', () => open--);
      listener(request, response);
    });
    const flow = { connections: () => 1, take: () => undefined };
    const { download, assertInstalled } = rig();
    await download(server().url, file, { flow });
    assertInstalled(bytes);
    assert.equal(most, 1);
  });

  it('ignores ranges is read from the beginning, over one connection', async () => {
    const { listener, served } = fileServer(bytes, { ignoresRange: true });
    server().answer(listener);
    const { download, assertInstalled } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.equal(served.length, 1);
  });

  it('lets one connection hang has the rest of its part taken over', async () => {
    const { listener } = fileServer(bytes, {
      instead: (request, response, count) => {
        if (count !== 2) return false;
        const { start, end } = rangeOf(request, bytes.length);
        const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
        response.writeHead(206, { 'content-length': end - start, 'content-range': contentRange });
        response.write(bytes.subarray(start, start + MIB));
        return true;
      },
    });
    server().answer(listener);
    const { download, assertInstalled } = rig();
    const begin = performance.now();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.ok(performance.now() - begin < 15_000, 'it waited until the connection was given up');
  });

  it('begins to ignore ranges on the way has all taken from one whole body', async () => {
    const { promise: firstClosed, resolve: onFirstClosed } = Promise.withResolvers<undefined>();
    const { listener, served } = fileServer(bytes, {
      instead: (request, response, count) => {
        if (count === 1) {
          const { start, end } = rangeOf(request, bytes.length);
          const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
          response.writeHead(206, { 'content-length': end - start, 'content-range': contentRange });
          response.write(bytes.subarray(start, start + MIB));
          response.once('close', () => onFirstClosed(undefined));
        } else {
          response.writeHead(200, { 'content-length': bytes.length });
          response.write(bytes.subarray(0, MIB));
          void firstClosed.then(() => response.end(bytes.subarray(MIB)));
        }
        return true;
      },
    });
    server().answer(listener);
    const { download, assertInstalled } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.equal(served.length, 2);
  });

  it('breaks off every few MB brings the file, each byte about once', async () => {
    const seed = seedOfRun();
    const random = randomNumbers(seed);
    const { listener, served } = fileServer(bytes, {
      breakAfter: () => Math.floor(MIB + random() * 2 * MIB),
    });
    server().answer(listener);
    const { download, assertInstalled } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.ok(served.length > 6, `${served.length} requests, SEED=${seed}`);
  });

  it('sends less than it said is asked for the rest', async () => {
    const { listener } = fileServer(bytes, { breakAfter: () => 3 * MIB });
    server().answer(listener);
    const { download, assertInstalled } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
  });

  it('sends empty answers is given up after a few, with what is there kept', async () => {
    const { listener, served } = fileServer(bytes, {
      instead: (request, response, count) => {
        if (count === 1) return false;
        const { start, end } = rangeOf(request, bytes.length);
        const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
        response.writeHead(206, { 'content-range': contentRange, etag: '"one"' });
        response.end();
        return true;
      },
    });
    server().answer(listener);
    const { download, target } = rig();
    await failsWith(download(server().url, file), 'offline');
    assert.ok(served.length < 20, `${served.length} requests`);
    assert.ok((await partialBytes(target)) > 0);
    server().answer(fileServer(bytes).listener);
    const again = rig();
    await again.download(server().url, file);
    again.assertInstalled(bytes);
  });

  it('sends more than it said, or without end, is cut off', async () => {
    const { listener } = fileServer(bytes, {
      instead: (request, response) => {
        const { start, end } = rangeOf(request, bytes.length);
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
        response.write(bytes.subarray(start, end));
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(MIB)));
          response.once('drain', more);
        };
        more();
        return true;
      },
    });
    server().answer(listener);
    const { download, assertInstalled, logger } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.match(logger.at('debug').join(), /more bytes than it said/);
  });

  it('sends other bytes than were asked for is not believed', async () => {
    const { listener } = fileServer(bytes, {
      instead: (_request, response) => {
        response.writeHead(206, { 'content-range': `bytes 5-9/${bytes.length}` }).end('12345');
        return true;
      },
    });
    server().answer(listener);
    const { download, target } = rig();
    await failsWith(download(server().url, file), 'badAnswer');
    assert.equal(await partialBytes(target), 0);
  });

  it('compresses although it was told not to is not believed', async () => {
    server().answer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    });
    const { download } = rig();
    await failsWith(download(server().url, file), 'badAnswer', /gzip/);
  });

  it('has a file of another size has a changed one', async () => {
    server().answer(fileServer(bytes).listener);
    const { download } = rig();
    const longer = { ...file, size: file.size + 1 };
    await failsWith(download(server().url, longer), 'changed');
    server().answer(fileServer(bytes, { ignoresRange: true }).listener);
    await failsWith(download(server().url, longer), 'changed');
  });

  it('changes the file on the way has a changed one; it is then begun anew', async () => {
    let count = 0;
    const { listener } = fileServer(bytes, { etag: () => (++count === 1 ? '"one"' : '"two"') });
    server().answer(listener);
    const { download, target } = rig();
    await failsWith(download(server().url, file), 'changed');
    const left = await partialBytes(target);

    const others = randomBytes(bytes.length);
    const { served, ...other } = fileServer(others, { etag: () => '"two"' });
    server().answer(other.listener);
    const again = rig();
    await failsWith(again.download(server().url, file), 'mismatch');
    const whole = served.reduce((sum, one) => sum + one.sent, 0);
    assert.ok(whole >= others.length, `${whole} bytes, though ${left} were of another ETag`);
  });

  it('publishes another digest than its bytes have: nothing is installed or kept', async () => {
    server().answer(fileServer(bytes).listener);
    const { download, target } = rig();
    const wrong = { ...file, digest: { algorithm: 'sha256', hex: 'ab'.repeat(32) } as const };
    await failsWith(download(server().url, wrong), 'mismatch');
    for (const path of [target, ...besides(target)]) {
      assert.equal(existsSync(path), false, path);
    }
  });

  it('says when to come back is asked again then', async () => {
    const { listener, served } = fileServer(bytes, {
      instead: (_request, response, count) => {
        if (count !== 1) return false;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return true;
      },
    });
    server().answer(listener);
    const begin = performance.now();
    const { download, assertInstalled } = rig();
    await download(server().url, file);
    assertInstalled(bytes);
    assert.ok(performance.now() - begin >= 900);
    assert.ok(served.length > 1);
  });

  it('wants to be left alone for long is left alone: the caller is told until when', async () => {
    server().answer((_request, response) => {
      response.writeHead(429, { ratelimit: '"resolvers";r=0;t=600' }).end();
    });
    const { download } = rig();
    await failsWith(download(server().url, file), 'rateLimited');
    assert.equal(server().requests.length, 1);
  });

  it('refuses with 429 or 503 and no word of when is asked a few times', async () => {
    for (const [status, kind] of [
      [429, 'rateLimited'],
      [503, 'server'],
    ] as const) {
      server().requests.splice(0);
      server().answer((_request, response) => response.writeHead(status).end());
      const { download } = rig();
      await failsWith(download(server().url, file), kind);
      assert.equal(server().requests.length, 6);
    }
  });

  it('does not listen is offline after a few attempts', async () => {
    const { download } = rig();
    await failsWith(download('http://127.0.0.1:9', file), 'offline');
  });

  it('has nothing, or lets nobody in, is asked once', async () => {
    for (const [status, kind] of [
      [404, 'notFound'],
      [401, 'unauthorised'],
      [403, 'forbidden'],
    ] as const) {
      server().requests.splice(0);
      server().answer((_request, response) => response.writeHead(status).end());
      const { download } = rig();
      await failsWith(download(server().url, file), kind);
      assert.equal(server().requests.length, 1);
    }
  });

  it('says nothing any more is given up after half a minute', async () => {
    const { listener, served } = fileServer(bytes, {
      instead: (request, response, count) => {
        if (count !== 1) return false;
        const { start, end } = rangeOf(request, bytes.length);
        const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
        response.writeHead(206, { 'content-length': end - start, 'content-range': contentRange });
        response.write(bytes.subarray(start, start + MIB));
        return true;
      },
    });
    server().answer(listener);
    const { download, assertInstalled, services } = rig();
    // Time passes a hundred times as fast.
    const begin = services.clock.now();
    const clock = {
      ...services.clock,
      now: () => begin + (services.clock.now() - begin) * 100,
    };
    // With one connection, so that no other takes over what it leaves.
    const flow = { connections: () => 1, take: () => undefined };
    await download(server().url, file, { flow }, { clock });
    assertInstalled(bytes);
    assert.ok(served.length >= 3);
    assert.equal(served[1]?.start, MIB);
  });

  it('takes a file of no bytes, and one of git', async () => {
    const empty = Buffer.alloc(0);
    const first = rig();
    await first.download(server().url, planned(empty));
    first.assertInstalled(empty);
    assert.equal(server().requests.length, 0);

    const text = Buffer.from('{"a": 1}\n');
    const hex = createHash('sha1').update(`blob ${text.length}\0`).update(text).digest('hex');
    server().answer(fileServer(text).listener);
    const second = rig();
    await second.download(server().url, planned(text, { digest: { algorithm: 'git', hex } }));
    second.assertInstalled(text);
  });
});
