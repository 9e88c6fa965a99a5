import assert from 'node:assert/strict';
import type { NetworkSettings } from '../../../../src/sync/http/network.ts';
import { NetworkTransport } from '../../../../src/sync/http/networkTransport.ts';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { until } from '../../support/until.ts';

const SYSTEM: NetworkSettings = { systemCertificates: true };
const OWN: NetworkSettings = { systemCertificates: false };

describe('The network transport', () => {
  const server = useLocalServer();
  let opened: NetworkSettings[];
  let closed: NetworkSettings[];
  let network: NetworkTransport;

  beforeEach(() => {
    opened = [];
    closed = [];
    network = new NetworkTransport(
      undefined,
      (settings) => {
        opened.push(settings);
        const pool = undiciTransport({ network: settings });
        return {
          transport: pool.transport,
          close: async () => {
            await pool.close();
            closed.push(settings);
          },
        };
      },
      collectingLogger(),
    );
  });
  afterEach(() => network.close());

  async function ask(): Promise<string> {
    const { body } = await network.transport({
      method: 'GET',
      url: new URL(server().url),
      headers: {},
      signal: new AbortController().signal,
    });
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString();
    return text;
  }

  it('keeps its connections where nothing changes', async () => {
    server().answer((_request, response) => response.end('1'));
    await ask();
    assert.equal(network.configure({ ...SYSTEM }), false);
    assert.equal(network.configure(), false);
    assert.deepEqual([opened.length, closed.length], [1, 0]);
  });

  it('goes other ways without breaking what runs, and then closes the old ones', async () => {
    const answered = Promise.withResolvers<undefined>();
    server().answer((_request, response) => {
      response.write('begun ');
      void answered.promise.then(() => response.end('and ended'));
    });
    const running = ask();
    await until(() => server().requests.length === 1);
    assert.equal(network.configure(OWN), true);
    const after = ask();
    await until(() => server().requests.length === 2);
    assert.deepEqual(opened, [SYSTEM, OWN]);
    assert.deepEqual(closed, [], 'the old one is still in use');
    answered.resolve(undefined);
    assert.deepEqual(await Promise.all([running, after]), ['begun and ended', 'begun and ended']);
    await until(() => closed.length === 1);
    assert.deepEqual(closed, [SYSTEM]);
  });

  it('closes all it has opened', async () => {
    server().answer((_request, response) => response.end('1'));
    await ask();
    network.configure(OWN);
    await ask();
    await network.close();
    assert.deepEqual(closed, [SYSTEM, OWN]);
    // The server hears of it a little later.
    for (;;) {
      if ((await server().connections()) === 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});
