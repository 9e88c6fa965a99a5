import assert from 'node:assert/strict';
import type { Greeter } from '../../../../src/sync/gateway/cortexApi.ts';
import type { CortexAddress } from '../../../../src/sync/gateway/cortexDiscovery.ts';
import { CortexServers } from '../../../../src/sync/gateway/cortexServers.ts';
import { FakeClock } from '../../support/fakeClock.ts';

describe('The Cortex server to speak to', () => {
  let url: string | undefined;
  let found: CortexAddress | undefined;
  let searches: number;
  let servers: CortexServers;
  beforeEach(() => {
    [url, found, searches] = [undefined, undefined, 0];
    servers = new CortexServers({
      settings: () => ({ url, addSources: [] }),
      discover: () => {
        searches++;
        return Promise.resolve(found);
      },
      clock: new FakeClock(),
    });
  });
  const says = (text: string): Greeter => ({
    signal: new AbortController().signal,
    get: (_address, options) => {
      assert.equal(options?.isAnonymous, true);
      return Promise.resolve({ unchanged: false, body: Buffer.from(text), headers: {} });
    },
  });
  const connect = () => servers.connect(says('cortex-cpp is alive!!!'));
  const host = async () => (await connect()).api.host;

  it('is the one that the user named; nobody looks for another', async () => {
    url = 'http://box.lan:8080/cortex';
    found = { url: 'http://127.0.0.1:1/', apiKey: 'k' };
    assert.equal(await host(), 'box.lan:8080');
    assert.equal(searches, 0);
    assert.equal(servers.keyFor('http://127.0.0.1:1'), undefined);
  });

  it('is the one that was found, else the usual one', async () => {
    assert.equal(await host(), '127.0.0.1:39281');
    found = { url: 'http://127.0.0.1:4000/' };
    assert.equal(await host(), '127.0.0.1:4000');
  });

  it('is looked for each time, since it may have got another port', async () => {
    found = { url: 'http://127.0.0.1:4000/', apiKey: 'old' };
    const before = await connect();
    assert.equal(await connect(), before, 'and stays the same as long as it is the same');
    found = { url: 'http://127.0.0.1:4001/', apiKey: 'new' };
    assert.equal(await host(), '127.0.0.1:4001');
    assert.equal(servers.keyFor('http://127.0.0.1:4000'), undefined);
    assert.equal(servers.keyFor('http://127.0.0.1:4001'), 'new');
  });

  it('gets its key, and nobody else does', async () => {
    found = { url: 'http://127.0.0.1:4000/', apiKey: 'secret' };
    assert.equal(servers.keyFor('http://127.0.0.1:4000'), undefined, 'not before it was found');
    await connect();
    assert.equal(servers.keyFor('http://127.0.0.1:4000'), 'secret');
    for (const origin of [
      'http://127.0.0.1:4001',
      'https://127.0.0.1:4000',
      'http://localhost:4000',
      'https://huggingface.co',
    ]) {
      assert.equal(servers.keyFor(origin), undefined, origin);
    }
    url = 'http://127.0.0.1:4000';
    await connect();
    assert.equal(servers.keyFor('http://127.0.0.1:4000'), undefined, 'not once the user named it');
  });

  it('gets no key where another program answers', async () => {
    found = { url: 'http://127.0.0.1:4000/', apiKey: 'secret' };
    await connect();
    await assert.rejects(servers.connect(says('<title>My web site</title>')), /no Cortex server/);
    assert.equal(servers.keyFor('http://127.0.0.1:4000'), undefined);
  });
});
