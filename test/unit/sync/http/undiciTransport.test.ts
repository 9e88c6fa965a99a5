import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { mock } from 'node:test';
import { HttpClient } from '../../../../src/sync/http/httpClient.ts';
import type { NetworkSettings } from '../../../../src/sync/http/network.ts';
import type { OpenTransport } from '../../../../src/sync/http/undiciTransport.ts';
import {
  CONNECTIONS,
  KEEP_ALIVE,
  undiciTransport,
} from '../../../../src/sync/http/undiciTransport.ts';
import { selfSigned } from '../../../hub/tls.ts';
import type { ForwardProxy, ForwardProxyOptions } from '../../../support/forwardProxy.ts';
import { startForwardProxy } from '../../../support/forwardProxy.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import type { LocalServer } from '../../support/localServer.ts';
import { startLocalServer } from '../../support/localServer.ts';
import { useSharedHub } from '../../support/useHub.ts';

const HOST = 'origin.example';
const LOGIN = 'user:pass word';
const BASIC = `Basic ${Buffer.from(LOGIN).toString('base64')}`;

/** Clients whose pools end with the test. */
function useClient(): (
  network: Partial<NetworkSettings>,
  trusted?: readonly string[],
  tokens?: Readonly<Record<string, string>>,
) => HttpClient {
  let pools: OpenTransport[] = [];
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    pools = [];
  });
  return (network, trusted = [], tokens = {}) => {
    const pool = undiciTransport({
      network: { systemCertificates: true, ...network },
      environment: {},
      systemCertificates: () => trusted,
    });
    pools.push(pool);
    return new HttpClient({
      transport: pool.transport,
      tokenFor: (origin) => tokens[origin],
      userAgent: 'test',
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  };
}

const session = (client: HttpClient) => client.session(new AbortController().signal);

describe('The connection pool', () => {
  const newClient = useClient();

  describe('with a private certificate authority', () => {
    const hub = useSharedHub({ models: 20 });
    const ask = (client: HttpClient) => session(client).getJson(`${hub().tlsUrl}/api/models`);

    it('trusts what the system trusts', async () => {
      const answer = await ask(newClient({}, [hub().caCertificate]));
      assert.ok(!answer.unchanged);
    });

    it('does not trust it otherwise', async () => {
      await rejectsWith(ask(newClient({}, [])), 'offline', /certificate is not trusted/);
    });

    it('does not trust it where the system is not to be asked', async () => {
      const client = newClient({ systemCertificates: false }, [hub().caCertificate]);
      await rejectsWith(ask(client), 'offline', /certificate is not trusted/);
    });

    it('trusts it no more because a proxy need not be trusted', async () => {
      const client = newClient({ proxy: { noProxy: ['*'], strictSsl: false } });
      await rejectsWith(ask(client), 'offline', /certificate is not trusted/);
    });
  });

  describe('to one origin', () => {
    const hub = useSharedHub({ models: 40 });
    const askMuch = async (client: HttpClient, url: string): Promise<void> => {
      const addresses = Array.from(
        { length: 24 },
        (_, index) => `${url}/api/models?limit=${index + 1}`,
      );
      await Promise.all(addresses.map((address) => session(client).getJson(address)));
    };

    it('opens at most two connections with HTTP/2', async () => {
      await askMuch(newClient({}, [hub().caCertificate]), hub().tlsUrl);
      const { requests, connections } = hub().stats().total;
      assert.equal(requests, 24);
      assert.ok(connections <= 2, `${connections} connections`);
    });

    it('opens a few connections without', async () => {
      await askMuch(newClient({}), hub().url);
      const { requests, connections } = hub().stats().total;
      assert.equal(requests, 24);
      assert.ok(connections <= CONNECTIONS, `${connections} connections`);
    });

    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    for (const [name, urlOf] of [
      ['HTTP/2', () => hub().tlsUrl],
      ['HTTP/1.1', () => hub().url],
    ] as const) {
      it(`keeps one connection for two runs that are 60 s apart, with ${name}`, async () => {
        const client = newClient({}, [hub().caCertificate]);
        const run = () => session(client).getJson(`${urlOf()}/api/models?limit=1`);
        await run();
        await passTime(60_000);
        await run();
        assert.equal(hub().stats().total.connections, 1);
      });
    }

    it('does not keep a connection for longer than a server does', async () => {
      const client = newClient({});
      const run = () => session(client).getJson(`${hub().url}/api/models?limit=1`);
      await run();
      // The hub says `Keep-Alive: timeout=65`.
      await passTime(66_000);
      await run();
      assert.equal(hub().stats().total.connections, 2);
    });

    it('does not keep a connection that nobody uses, with HTTP/2', async () => {
      const client = newClient({}, [hub().caCertificate]);
      const run = () => session(client).getJson(`${hub().tlsUrl}/api/models?limit=1`);
      await run();
      await passTime(KEEP_ALIVE + 1_000);
      await run();
      assert.equal(hub().stats().total.connections, 2);
    });
  });

  for (const [kind, secureOrigin, secureProxy] of [
    ['http through an http proxy', false, false],
    ['https through an http proxy', true, false],
    ['http through an https proxy', false, true],
    ['https through an https proxy', true, true],
  ] as const) {
    describe(`to ${kind}`, () => {
      const originIdentity = selfSigned(Date.now(), [HOST]);
      const proxyIdentity = selfSigned(Date.now());
      const all = [originIdentity.certificate, proxyIdentity.certificate];
      const port = secureOrigin ? 8443 : 8080;
      const url = `http${secureOrigin ? 's' : ''}://${HOST}:${port}`;
      let origin: LocalServer;
      let proxy: ForwardProxy;

      before(async () => {
        origin = await startLocalServer(secureOrigin ? originIdentity : undefined);
      });
      after(() => origin.close());
      beforeEach(() => {
        origin.requests.splice(0);
        origin.answer((_request, response) => response.end('[1]'));
      });
      afterEach(() => proxy.close());

      async function start(options: Partial<ForwardProxyOptions> = {}): Promise<void> {
        proxy = await startForwardProxy({
          hosts: { [`${HOST}:${port}`]: Number(new URL(origin.url).port) },
          ...(secureProxy && { credentials: proxyIdentity }),
          ...options,
        });
      }
      const settings = (
        more: Partial<NonNullable<NetworkSettings['proxy']>> = {},
      ): Partial<NetworkSettings> => ({
        proxy: { url: proxy.url, noProxy: [], strictSsl: true, ...more },
      });
      const ask = async (client: HttpClient) => {
        const answer = await session(client).getJson(`${url}/list?a=1`);
        return !answer.unchanged && answer.json;
      };

      it('asks the proxy, and tells it nothing that is meant for the origin', async () => {
        await start();
        const tokens = { [url]: 'secret' };
        assert.deepEqual(await ask(newClient(settings(), all, tokens)), [1]);
        const [asked] = proxy.requests;
        assert.equal(asked?.method, secureOrigin ? 'CONNECT' : 'GET');
        assert.equal(asked.target, secureOrigin ? `${HOST}:${port}` : `${url}/list?a=1`);
        assert.equal(origin.requests[0]?.headers.authorization, 'Bearer secret');
        assert.equal(origin.requests[0].headers.host, `${HOST}:${port}`);
        if (secureOrigin) assert.equal(asked.headers.authorization, undefined);
      });

      it('logs in as the settings say, and the origin hears nothing of it', async () => {
        await start({ login: LOGIN });
        assert.deepEqual(await ask(newClient(settings({ authorization: BASIC }), all)), [1]);
        assert.equal(proxy.requests[0]?.headers['proxy-authorization'], BASIC);
        assert.equal(origin.requests[0]?.headers['proxy-authorization'], undefined);
        assert.equal(origin.requests[0]?.headers.authorization, undefined);
      });

      it("logs in as the proxy's address says", async () => {
        await start({ login: LOGIN });
        const address = new URL(proxy.url);
        [address.username, address.password] = ['user', 'pass word'];
        assert.deepEqual(await ask(newClient(settings({ url: address.href }), all)), [1]);
        assert.equal(origin.requests[0]?.headers['proxy-authorization'], undefined);
      });

      it('says that the proxy wants a log-in, and nothing reaches the origin', async () => {
        await start({ login: LOGIN });
        const client = newClient(settings({ authorization: 'Basic bm86bm8=' }), all);
        await rejectsWith(ask(client), 'offline', /the proxy wants a log-in/);
        assert.equal(origin.requests.length, 0);
      });

      it('says that it is offline where the proxy does not know the way', async () => {
        await start({ hosts: {} });
        const kind = secureOrigin ? 'offline' : 'server';
        await rejectsWith(ask(newClient(settings(), all)), kind);
      });

      it('sends what is to be sent', async () => {
        await start();
        let body = '';
        origin.answer((request, response) => {
          request.on('data', (piece: Buffer) => (body += piece.toString()));
          request.on('end', () => response.end('{"done":true}'));
        });
        const client = newClient(settings(), all);
        const answer = await session(client).sendJson('POST', `${url}/post`, { a: 1 });
        assert.deepEqual([answer.json, body], [{ done: true }, '{"a":1}']);
      });

      it('uses a few connections for much', async () => {
        await start();
        const client = newClient(settings(), all);
        const open = new Set<number | undefined>();
        origin.answer((request, response) => {
          open.add(request.socket.remotePort);
          response.end('[]');
        });
        const addresses = Array.from({ length: 20 }, (_, index) => `${url}/${index}`);
        await Promise.all(addresses.map((address) => session(client).getJson(address)));
        if (secureOrigin) assert.ok(open.size <= CONNECTIONS, `${open.size} connections`);
        assert.equal(origin.requests.length, 20);
      });

      if (secureOrigin) {
        it('does not trust the origin because the proxy need not be trusted', async () => {
          await start();
          const client = newClient(settings({ strictSsl: false }), [proxyIdentity.certificate]);
          await rejectsWith(ask(client), 'offline', /certificate is not trusted/);
          assert.equal(origin.requests.length, 0);
        });
      }

      if (secureProxy) {
        it('does not trust a proxy that nobody vouches for', async () => {
          await start();
          const client = newClient(settings(), [originIdentity.certificate]);
          await rejectsWith(ask(client), 'offline', /certificate is not trusted/);
          assert.equal(proxy.requests.length, 0);
        });

        it('takes such a proxy where the settings say that it need not be trusted', async () => {
          await start();
          const client = newClient(settings({ strictSsl: false }), [originIdentity.certificate]);
          assert.deepEqual(await ask(client), [1]);
        });
      }
    });
  }

  it('does not ask a proxy for what is on this machine', async () => {
    const origin = await startLocalServer();
    origin.answer((_request, response) => response.end('[1]'));
    const proxy = await startForwardProxy({ hosts: {} });
    try {
      const client = newClient({ proxy: { url: proxy.url, noProxy: [], strictSsl: true } });
      await session(client).getJson(origin.url);
      assert.equal(proxy.requests.length, 0);
    } finally {
      await proxy.close();
      await origin.close();
    }
  });

  describe('to a proxy that takes connections and says nothing', () => {
    const sockets = new Set<Socket>();
    let proxy: Server;
    let pool: OpenTransport;
    let connected: Promise<unknown>;

    beforeEach(async () => {
      proxy = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
      connected = once(proxy, 'connection');
      await once(proxy.listen(0, '127.0.0.1'), 'listening');
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      pool = undiciTransport({
        network: { systemCertificates: false, proxy: { url, noProxy: [], strictSsl: true } },
        environment: {},
        connectTimeout: 1_000,
      });
    });
    afterEach(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const ask = (signal: AbortSignal) =>
      pool.transport({ method: 'GET', url: new URL(`https://${HOST}`), headers: {}, signal });

    it('ends in time', async () => {
      const answer = ask(new AbortController().signal);
      await assert.rejects(answer, { code: 'UND_ERR_HEADERS_TIMEOUT' });
    });

    it('ends at once where the caller gives up', async () => {
      const leaving = new AbortController();
      const answer = ask(leaving.signal);
      await connected;
      const start = performance.now();
      leaving.abort();
      await rejectsWith(answer, 'cancelled');
      assert.ok(performance.now() - start < 500);
    });
  });

  it('says that a proxy cannot be used, but not what its address is', async () => {
    const client = newClient({
      proxy: { url: 'gopher://user:secret@proxy.example', noProxy: [], strictSsl: true },
    });
    const answer = session(client).get(`https://${HOST}`);
    await rejectsWith(answer, 'offline', /the address of the proxy is not understood.*check/);
    await answer.catch((error: unknown) => assert.doesNotMatch(String(error), /secret/));
  });
});

/** Lets time pass for the pool, which sets timers of its own. */
async function passTime(delay: number): Promise<void> {
  // An answer that has just arrived gives its connection back in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(delay);
  await new Promise((resolve) => setImmediate(resolve));
}
