import assert from 'node:assert/strict';
import { HttpClient } from '../../../../src/sync/http/httpClient.ts';
import type { Transport } from '../../../../src/sync/http/transport.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { until } from '../../support/until.ts';

/** A way to the network that notes where it was sent, and fails where a test says so. */
function way(name: string, taken: string[], works: (origin: string) => boolean): Transport {
  return ({ url, signal }) => {
    taken.push(`${name} ${url.origin}`);
    if (signal.aborted) return Promise.reject(new DOMException('left', 'AbortError'));
    if (!works(url.origin)) {
      return Promise.reject(Object.assign(new Error('no way'), { code: `E${name.toUpperCase()}` }));
    }
    const body = [Buffer.from(`"${name}"`)];
    return Promise.resolve({
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: (async function* () {
        yield* await Promise.resolve(body);
      })(),
      decoded: true,
    });
  };
}

describe("The editor's own network stack", () => {
  const blocked = 'https://blocked.example';
  const open = 'https://open.example';
  let taken: string[];
  let ownWorks: (origin: string) => boolean;
  let editorWorks: (origin: string) => boolean;
  let own: Transport;
  let client: HttpClient;

  beforeEach(() => {
    taken = [];
    ownWorks = (origin) => origin === open;
    editorWorks = () => true;
    own = way('own', taken, (origin) => ownWorks(origin));
    client = new HttpClient({
      transport: (request) => own(request),
      fallback: way('editor', taken, (origin) => editorWorks(origin)),
      tokenFor: () => undefined,
      userAgent: 'test',
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  });

  const get = (origin: string, signal = new AbortController().signal) =>
    client.session(signal).getJson(origin);

  it('is tried where our own way fails, and kept for that origin', async () => {
    const first = await get(blocked);
    assert.ok(!first.unchanged && first.json === 'editor', 'what it decoded is not decoded again');
    await get(blocked);
    assert.deepEqual(taken, [`own ${blocked}`, `editor ${blocked}`, `editor ${blocked}`]);
  });

  it('is not used for an origin that our own way leads to', async () => {
    await get(blocked);
    ownWorks = () => true;
    // What our own way answers here says that it is decoded too, so that one fake serves both.
    await get(open);
    assert.deepEqual(taken.slice(2), [`own ${open}`]);
  });

  it('is tried once for a request; if it fails too, the first failure is told', async () => {
    editorWorks = () => false;
    await rejectsWith(get(blocked), 'offline', /EOWN/);
    assert.deepEqual(taken, [`own ${blocked}`, `editor ${blocked}`]);
  });

  it('is not kept where it failed', async () => {
    editorWorks = () => false;
    await rejectsWith(get(blocked), 'offline');
    ownWorks = () => true;
    await get(blocked);
    assert.deepEqual(taken.slice(2), [`own ${blocked}`]);
  });

  it('is not tried for a caller who has left', async () => {
    await rejectsWith(get(blocked, AbortSignal.abort()), 'cancelled');
    assert.deepEqual(taken, []);
    const leaving = new AbortController();
    let ended = false;
    own = ({ url, signal }) => {
      taken.push(`own ${url.origin}`);
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          ended = true;
          reject(new DOMException('left', 'AbortError'));
        }),
      );
    };
    const answer = get(blocked, leaving.signal);
    await until(() => taken.length > 0);
    leaving.abort();
    await rejectsWith(answer, 'cancelled');
    await until(() => ended);
    assert.deepEqual(taken, [`own ${blocked}`]);
  });

  it('is left again where it fails later', async () => {
    await get(blocked);
    editorWorks = () => false;
    await rejectsWith(get(blocked), 'offline', /EEDITOR/);
    ownWorks = () => true;
    await get(blocked);
    assert.deepEqual(taken.slice(2), [`editor ${blocked}`, `own ${blocked}`]);
  });

  it('is left again when the network is reached in another way', async () => {
    await get(blocked);
    ownWorks = () => true;
    client.networkChanged();
    await get(blocked);
    assert.deepEqual(taken.slice(2), [`own ${blocked}`]);
  });

  it('is tried for what is sent too', async () => {
    const run = client.session(new AbortController().signal);
    assert.deepEqual((await run.sendJson('POST', blocked, {})).json, 'editor');
    assert.deepEqual(taken, [`own ${blocked}`, `editor ${blocked}`]);
  });
});
