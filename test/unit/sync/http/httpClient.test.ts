import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { HttpClient } from '../../../../src/sync/http/httpClient.ts';
import type { HttpSession } from '../../../../src/sync/http/httpClient.ts';
import type { OpenTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { selfSigned } from '../../../hub/tls.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { until } from '../../support/until.ts';
import type { LocalServer } from '../../support/localServer.ts';
import { startLocalServer, useLocalServer } from '../../support/localServer.ts';

describe('The HTTP client', () => {
  const server = useLocalServer();
  let other: LocalServer;
  let own: OpenTransport;
  /** What the client of the test uses. */
  let pool: OpenTransport;
  let tokens: Record<string, string>;
  let tokenCommand: string | undefined;
  let client: HttpClient;

  before(async () => {
    other = await startLocalServer();
    pool = own = undiciTransport();
  });
  after(async () => {
    await own.close();
    await other.close();
  });
  beforeEach(() => {
    tokens = {};
    tokenCommand = undefined;
    other.requests.splice(0);
    client = new HttpClient({
      transport: (request) => pool.transport(request),
      tokenFor: (origin) => tokens[origin],
      tokenCommand: () => tokenCommand,
      userAgent: 'model-hub/test',
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  });

  const session = (signal = new AbortController().signal): HttpSession => client.session(signal);
  const address = (path: string): URL => new URL(path, server().url);

  it('says who it is and what it understands', async () => {
    server().answer((_request, response) => response.end('[]'));
    await session().getJson(address('/list'));
    const [request] = server().requests;
    assert.equal(request?.method, 'GET');
    assert.equal(request.headers['user-agent'], 'model-hub/test');
    assert.equal(request.headers.accept, 'application/json');
    assert.equal(request.headers['accept-encoding'], 'br, gzip, zstd, deflate');
    assert.equal(request.headers.authorization, undefined);
    assert.equal(request.headers['if-none-match'], undefined);
  });

  it('gives the body, decoded, and the headers', async () => {
    server().answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', ETag: '"a"' });
      response.end(gzipSync('{"answer":42}'));
    });
    const answer = await session().getJson(address('/'));
    assert.ok(!answer.unchanged);
    assert.deepEqual(answer.json, { answer: 42 });
    assert.equal(answer.headers['etag'], '"a"');
  });

  it('asks with an ETag and takes the word that nothing changed', async () => {
    server().answer((request, response) => {
      const same = request.headers['if-none-match'] === 'W/"a"';
      response.writeHead(same ? 304 : 200, { ETag: 'W/"a"' }).end(same ? undefined : '[]');
    });
    assert.deepEqual(await session().getJson(address('/'), { etag: 'W/"a"' }), { unchanged: true });
    assert.equal((await session().getJson(address('/'), { etag: 'W/"b"' })).unchanged, false);
  });

  it('does not believe that nothing changed where it asked for all', async () => {
    server().answer((_request, response) => response.writeHead(304).end());
    await rejectsWith(session().getJson(address('/')), 'badAnswer', /nothing has changed/);
  });

  it('counts requests and the bytes of headers and encoded bodies', async () => {
    const body = gzipSync('x'.repeat(10_000));
    server().answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(body);
    });
    const run = session();
    await run.get(address('/'));
    await run.get(address('/'));
    assert.equal(run.requests, 2);
    const perAnswer = run.bytesReceived / 2;
    assert.ok(perAnswer > body.length && perAnswer < body.length + 300, `${perAnswer} bytes`);
  });

  it('uses connections again, also after errors, redirects and 304s', async () => {
    const statuses = [200, 404, 304, 302, 200, 500, 404, 304];
    const ports = new Set<number | undefined>();
    server().answer((request, response) => {
      ports.add(request.socket.remotePort);
      const status = request.url === '/end' ? 200 : (statuses[server().requests.length - 1] ?? 200);
      response.writeHead(status, status === 302 ? { Location: '/end' } : {});
      response.end(status === 304 ? undefined : 'x'.repeat(2_000));
    });
    for (let count = 0; count < 12; count++) {
      await session()
        .get(address('/'), { etag: '"a"' })
        .catch(() => undefined);
    }
    // The pool may open a second one while the first is about to become free.
    assert.ok(ports.size <= 2, `${ports.size} connections`);
  });

  describe('with redirects', () => {
    it('follows them, relative ones too', async () => {
      server().answer((request, response) => {
        if (request.url === '/end') response.end('[1]');
        else response.writeHead(307, { Location: request.url === '/a' ? 'b' : '/end' }).end();
      });
      const run = session();
      const answer = await run.getJson(address('/a'));
      assert.deepEqual(!answer.unchanged && answer.json, [1]);
      assert.deepEqual(
        server().requests.map(({ url }) => url),
        ['/a', '/b', '/end'],
      );
      assert.equal(run.requests, 3);
    });

    it('gives up on those that lead in a circle', async () => {
      server().answer((_request, response) => response.writeHead(302, { Location: '/' }).end());
      await rejectsWith(session().get(address('/')), 'badAnswer', /circle/);
      assert.ok(server().requests.length < 10);
    });

    it('calls one that leads nowhere a bad answer', async () => {
      server().answer((_request, response) =>
        response.writeHead(302, { Location: 'http://[' }).end(),
      );
      await rejectsWith(session().get(address('/')), 'badAnswer', /redirects to nowhere/);
    });

    it('calls one without an address an error of the server', async () => {
      server().answer((_request, response) => response.writeHead(301).end());
      await rejectsWith(session().get(address('/')), 'server', /301/);
    });
  });

  describe('with a token', () => {
    it('sends it to the origin it was given for, and to no other', async () => {
      tokens[server().url] = 'secret';
      server().answer((_request, response) => response.end('[]'));
      other.answer((_request, response) => response.end('[]'));
      await session().get(address('/'));
      await session().get(new URL(other.url));
      assert.equal(server().requests[0]?.headers.authorization, 'Bearer secret');
      assert.equal(other.requests[0]?.headers.authorization, undefined);
    });

    it('does not send it along with a redirect to another origin', async () => {
      tokens[server().url] = 'secret';
      server().answer((_request, response) =>
        response.writeHead(302, { Location: `${other.url}/elsewhere` }).end(),
      );
      other.answer((_request, response) => response.end('[]'));
      await session().get(address('/'));
      assert.equal(other.requests[0]?.url, '/elsewhere');
      assert.equal(other.requests[0].headers.authorization, undefined);
    });

    it('does not send it to a mirror that it was not given for', async () => {
      tokens['https://huggingface.co'] = 'secret';
      server().answer((_request, response) => response.end('[]'));
      await session().get(address('/api/models'));
      assert.equal(server().requests[0]?.headers.authorization, undefined);
    });

    it('does not send it to a mirror that the answer leads to', async () => {
      tokens[server().url] = 'secret';
      const mirror = `http://localhost:${new URL(other.url).port}`;
      server().answer((request, response) =>
        response.writeHead(308, { Location: `${mirror}${request.url}` }).end(),
      );
      other.answer((_request, response) => response.end('[]'));
      await session().get(address('/a?b=c'));
      assert.equal(other.requests[0]?.url, '/a?b=c');
      assert.equal(other.requests[0].headers.authorization, undefined);
    });

    it('sends each origin its own', async () => {
      tokens[server().url] = 'secret';
      tokens[other.url] = 'another';
      server().answer((_request, response) =>
        response.writeHead(302, { Location: other.url }).end(),
      );
      other.answer((_request, response) => response.end('[]'));
      await session().get(address('/'));
      assert.equal(other.requests[0]?.headers.authorization, 'Bearer another');
    });

    it('does not send it from https to http, though the host is the same', async () => {
      const identity = selfSigned(Date.now());
      const secure = await startLocalServer(identity);
      const trusting = undiciTransport({ systemCertificates: () => [identity.certificate] });
      try {
        tokens[secure.url] = 'secret';
        secure.answer((_request, response) =>
          response.writeHead(301, { Location: `${other.url}/plain` }).end(),
        );
        other.answer((_request, response) => response.end('[]'));
        pool = trusting;
        await session().get(secure.url);
        assert.equal(secure.requests[0]?.headers.authorization, 'Bearer secret');
        assert.equal(other.requests[0]?.url, '/plain');
        assert.equal(other.requests[0].headers.authorization, undefined);
      } finally {
        pool = own;
        await trusting.close();
        await secure.close();
      }
    });

    it('does not follow a redirect that leaves the web', async () => {
      tokens[server().url] = 'secret';
      server().answer((_request, response) =>
        response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
      );
      await rejectsWith(session().get(address('/')), 'badAnswer', /redirects to nowhere/);
    });

    it('sends it again when a redirect leads back', async () => {
      tokens[server().url] = 'secret';
      server().answer((request, response) => {
        if (request.url === '/back') response.end('[]');
        else response.writeHead(302, { Location: other.url }).end();
      });
      other.answer((_request, response) =>
        response.writeHead(302, { Location: `${server().url}/back` }).end(),
      );
      await session().get(address('/'));
      assert.equal(server().requests[1]?.headers.authorization, 'Bearer secret');
    });

    it('says so when it was rejected', async () => {
      tokens[server().url] = 'secret';
      tokenCommand = 'Set the Token';
      server().answer((_request, response) => response.writeHead(401).end());
      await rejectsWith(
        session().get(address('/')),
        'unauthorised',
        /rejected the token.*"Set the Token"/,
      );
    });
  });

  describe('with answers that are none', () => {
    it('calls a web page instead of data a bad answer', async () => {
      server().answer((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html' });
        response.end('\n<!doctype html><title>Log in to the hotel</title>');
      });
      await rejectsWith(session().getJson(address('/')), 'badAnswer', /web page.*log-in page/);
    });

    for (const text of ['', 'OK', '{"a":1', '[1,2']) {
      it(`calls ${JSON.stringify(text)} a bad answer`, async () => {
        server().answer((_request, response) => response.end(text));
        await rejectsWith(session().getJson(address('/')), 'badAnswer', /not JSON/);
      });
    }

    it('calls a body that breaks off a bad answer', async () => {
      server().answer((_request, response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('[1,', () => response.destroy());
      });
      await rejectsWith(session().getJson(address('/')), 'badAnswer', /broke off/);
    });

    it('calls a body that is longer than the caller wants a bad answer', async () => {
      server().answer((_request, response) => response.end('x'.repeat(2_000)));
      await rejectsWith(session().get(address('/'), { maxBytes: 1_000 }), 'badAnswer', /1000/);
    });

    it('lets go of the connection of an answer in an unknown encoding', async () => {
      const ended = Promise.withResolvers<boolean>();
      server().answer((_request, response) => {
        response.writeHead(200, { 'Content-Encoding': 'compress' });
        response.write('x'.repeat(1_000));
        response.on('close', () => ended.resolve(true));
      });
      await rejectsWith(session().get(address('/')), 'badAnswer', /unknown encoding/);
      assert.ok(await ended.promise);
    });

    it('is offline where nobody listens', async () => {
      const gone = await startLocalServer();
      await gone.close();
      await rejectsWith(session().get(gone.url), 'offline', /ECONNREFUSED/);
    });
  });

  describe('with something to send', () => {
    it('sends JSON and gives the JSON that comes back', async () => {
      tokens[server().url] = 'secret';
      let body = '';
      server().answer((request, response) => {
        request.on('data', (piece: Buffer) => (body += piece.toString()));
        request.on('end', () => response.end('{"done":true}'));
      });
      const run = session();
      const answer = await run.sendJson('POST', address('/sources'), { source: 'a/b' });
      assert.deepEqual(answer.json, { done: true });
      assert.equal(body, '{"source":"a/b"}');
      const [request] = server().requests;
      assert.equal(request?.headers['content-type'], 'application/json');
      assert.equal(request.headers.authorization, 'Bearer secret');
      assert.ok(run.bytesSent > body.length);
    });

    it('does not follow a redirect', async () => {
      server().answer((_request, response) =>
        response.writeHead(307, { Location: other.url }).end(),
      );
      await rejectsWith(session().sendJson('DELETE', address('/'), {}), 'server', /307/);
      assert.equal(other.requests.length, 0);
    });
  });

  describe('with a caller who gives up', () => {
    it('ends before the answer', async () => {
      const asked = Promise.withResolvers<undefined>();
      const ended = Promise.withResolvers<undefined>();
      server().answer((_request, response) => {
        response.on('close', () => ended.resolve(undefined));
        asked.resolve(undefined);
      });
      const leaving = new AbortController();
      const answer = session(leaving.signal).get(address('/'));
      await asked.promise;
      leaving.abort();
      await rejectsWith(answer, 'cancelled');
      await ended.promise;
    });

    it('ends in the middle of a body', async () => {
      const ended = Promise.withResolvers<undefined>();
      server().answer((_request, response) => {
        response.on('close', () => ended.resolve(undefined));
        response.writeHead(200, { 'Content-Encoding': 'gzip' });
        response.write(gzipSync('x'.repeat(100)).subarray(0, 15));
      });
      const leaving = new AbortController();
      const run = session(leaving.signal);
      const answer = run.get(address('/'));
      await until(() => run.bytesReceived > 0);
      leaving.abort();
      await rejectsWith(answer, 'cancelled');
      await ended.promise;
    });

    it('asks nothing at all where they had left before', async () => {
      await rejectsWith(session(AbortSignal.abort()).get(address('/')), 'cancelled');
      assert.equal(server().requests.length, 0);
    });
  });
});
