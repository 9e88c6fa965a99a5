import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Location } from '../../../../src/download/file/location.ts';
import type { Transport } from '../../../../src/sync/http/transport.ts';
import type { LocalServer } from '../../support/localServer.ts';
import { startLocalServer, useLocalServer } from '../../support/localServer.ts';
import { fileServer } from './fileServer.ts';
import { COMMIT, failsWith, MODEL, planned, useFileRig } from './rig.ts';

const MIB = 1024 * 1024;

describe('The way to the bytes of a file', () => {
  const home = useLocalServer();
  const rig = useFileRig();
  let edge: LocalServer;
  const bytes = randomBytes(20 * MIB);
  const file = planned(bytes);
  /** How the Hub answers: with a signed address, a new one each time. */
  let addresses = 0;

  before(async () => {
    edge = await startLocalServer();
  });
  after(() => edge.close());
  beforeEach(() => {
    addresses = 0;
    edge.requests.splice(0);
    home().answer((_request, response) => {
      response
        .writeHead(302, {
          location: `${edge.url}/signed?number=${++addresses}`,
          'x-linked-size': file.size,
          'x-linked-etag': `"${file.digest.hex}"`,
          'x-repo-commit': COMMIT,
        })
        .end();
    });
  });

  const numberOf = ({ url = '' }: IncomingMessage): number => Number(url.split('=')[1]);

  it('is asked for once, and again when the address is refused', async () => {
    let count = 0;
    const { listener } = fileServer(bytes, {
      // Expired after the second request, for all connections alike.
      instead: (request, response) => {
        if (numberOf(request) > 1 || ++count <= 2) return false;
        response.writeHead(403).end('<Error>Request has expired</Error>');
        return true;
      },
    });
    edge.answer(listener);
    const { download, assertInstalled } = rig();
    await download(home().url, file);
    assertInstalled(bytes);
    assert.equal(home().requests.length, 2);
  });

  it('stays known though who asked for it has left before any bytes came', async () => {
    const asked: string[] = [];
    const leaving = new AbortController();
    const send: Transport = ({ url, headers, signal }) => {
      asked.push(`${url.hostname} ${headers['range'] ?? ''}`);
      const body = Readable.from([]) as AsyncIterable<Uint8Array>;
      if (url.hostname === 'hub.example') {
        const location = 'https://edge.example/signed';
        return Promise.resolve({ status: 302, headers: { location }, body, decoded: false });
      }
      if (signal === leaving.signal) leaving.abort();
      signal.throwIfAborted();
      return Promise.resolve({ status: 206, headers: {}, body, decoded: false });
    };
    const source = { endpoint: new URL('https://hub.example/'), model: MODEL, revision: COMMIT };
    const location = new Location(source, file, { ...rig().services, send }, undefined);
    await assert.rejects(location.ask({ start: 0, end: 10 }, leaving.signal));
    await location.ask({ start: 0, end: 10 }, new AbortController().signal);
    assert.deepEqual(asked, [
      'hub.example bytes=0-9',
      'edge.example bytes=0-9',
      'edge.example bytes=0-9',
    ]);
  });

  it('is no older one again because an answer from there was long on its way', async () => {
    const late = Promise.withResolvers<undefined>();
    const asked: string[] = [];
    const send: Transport = async ({ url, headers }) => {
      asked.push(url.href);
      const body = Readable.from([]) as AsyncIterable<Uint8Array>;
      const number = Number(url.searchParams.get('number'));
      if (number === 0) {
        const location = `https://edge.example/signed?number=${++addresses}`;
        return { status: 302, headers: { location }, body, decoded: false };
      }
      const range = headers['range'] ?? '';
      if (range === 'bytes=10-19') await late.promise;
      const isRefused = number === 1 && range === 'bytes=20-29';
      return { status: isRefused ? 403 : 206, headers: {}, body, decoded: false };
    };
    const source = { endpoint: new URL('https://hub.example/'), model: MODEL, revision: COMMIT };
    const location = new Location(source, file, { ...rig().services, send }, undefined);
    const ask = (start: number) =>
      location.ask({ start, end: start + 10 }, new AbortController().signal);
    await ask(0);
    const slow = ask(10);
    await ask(20);
    late.resolve(undefined);
    await slow;
    asked.splice(0);
    await ask(30);
    assert.deepEqual(asked, ['https://edge.example/signed?number=2']);
  });

  it('is asked for again when the address is an hour old', async () => {
    const { listener } = fileServer(bytes);
    edge.answer(listener);
    const { download, assertInstalled, services } = rig();
    const clock = {
      ...services.clock,
      now: () => services.clock.now() + edge.requests.length * 30 * 60_000,
    };
    await download(home().url, file, {}, { clock });
    assertInstalled(bytes);
    assert.ok(home().requests.length >= 2);
    assert.ok(home().requests.length < edge.requests.length);
  });

  it('leads nowhere when fresh addresses are refused too', async () => {
    edge.answer((_request, response) => response.writeHead(403).end());
    const { download } = rig();
    await failsWith(download(home().url, file), 'server', /refuses the address/);
  });

  it('may change its name for the bytes with the address, if the Hub vouches for them', async () => {
    let count = 0;
    const { listener } = fileServer(bytes, {
      etag: () => `"edge ${numberOf(edge.requests.at(-1)!)}"`,
      instead: (request, response) => {
        if (numberOf(request) > 1 || ++count <= 1) return false;
        response.writeHead(403).end();
        return true;
      },
    });
    edge.answer(listener);
    const { download, assertInstalled } = rig();
    await download(home().url, file);
    assertInstalled(bytes);
  });

  it('is given the token at home only', async () => {
    edge.answer(fileServer(bytes).listener);
    const asked: string[] = [];
    const tokenFor = (origin: string): string => {
      asked.push(origin);
      return 'hf_secret';
    };
    const { download, assertInstalled, logger } = rig();
    await download(home().url, file, {}, { tokenFor });
    assertInstalled(bytes);
    assert.equal(home().requests[0]?.headers.authorization, 'Bearer hf_secret');
    for (const { headers } of edge.requests) assert.equal(headers.authorization, undefined);
    assert.deepEqual(new Set(asked), new Set([home().url]));
    assert.doesNotMatch(logger.lines.join('\n'), /hf_secret|signed/);
  });

  it('gets no token at home either, once it has led away from there', async () => {
    const { listener } = fileServer(bytes);
    home().answer((request, response) => {
      if (request.url === '/back') listener(request, response);
      else response.writeHead(302, { location: `${edge.url}/away` }).end();
    });
    edge.answer((_request, response) => {
      response.writeHead(302, { location: `${home().url}/back` }).end();
    });
    const { download, assertInstalled } = rig();
    await download(home().url, file, {}, { tokenFor: () => 'hf_secret' });
    assertInstalled(bytes);
    for (const { url, headers } of home().requests) {
      assert.equal(headers.authorization === undefined, url === '/back', url);
    }
  });

  it('stays at home with the token where the redirect does', async () => {
    const { listener } = fileServer(bytes);
    home().answer((request, response) => {
      if (request.url === '/api/cache') listener(request, response);
      else response.writeHead(307, { location: '/api/cache' }).end();
    });
    const { download, assertInstalled } = rig();
    await download(home().url, file, {}, { tokenFor: () => 'hf_secret' });
    assertInstalled(bytes);
    for (const { headers } of home().requests) assert.ok(headers.authorization);
  });

  it('ends where it leads in a circle, or to nowhere', async () => {
    home().answer((request, response) => {
      response.writeHead(302, { location: request.url }).end();
    });
    const { download } = rig();
    await failsWith(download(home().url, file), 'badAnswer', /circle/);
    home().answer((_request, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    });
    await failsWith(download(home().url, file), 'badAnswer', /nowhere/);
  });

  it('leads to no other commit than the planned one', async () => {
    home().answer((_request, response) => {
      const location = `${edge.url}/signed`;
      response.writeHead(302, { location, 'x-repo-commit': 'f'.repeat(40) }).end();
    });
    await failsWith(rig().download(home().url, file), 'changed');
    assert.equal(edge.requests.length, 0);
  });

  it('has the path of the file in it, whatever its characters', async () => {
    const { listener } = fileServer(bytes);
    home().answer(listener);
    const { download } = rig();
    await download(`${home().url}/mirror/`, { ...file, path: 'a b/ü#?%.gguf' });
    assert.equal(
      home().requests[0]?.url,
      `/mirror/janhq/Jan-v1-4B-GGUF/resolve/${COMMIT}/a%20b/%C3%BC%23%3F%25.gguf`,
    );
  });
});
