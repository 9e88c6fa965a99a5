import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { CortexApi } from '../../../../src/sync/gateway/cortexApi.ts';
import { HttpClient } from '../../../../src/sync/http/httpClient.ts';
import { assertSyncError, rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { until } from '../../support/until.ts';
import { useSession } from '../../support/useSession.ts';

describe('What a Cortex server is asked', () => {
  const server = useLocalServer();
  const session = useSession();
  const logger = collectingLogger();
  let api: CortexApi;
  beforeEach(() => {
    api = new CortexApi(new URL(`${server().url}/base/`));
  });
  const answer = (status: number, body: string) =>
    server().answer((_request, response) => response.writeHead(status).end(body));

  it('is one thing at a time', async () => {
    const open: ServerResponse[] = [];
    server().answer((request, response) => {
      if (request.url === '/ping') response.end();
      else open.push(response);
    });
    const all = Promise.all([
      api.sources(session()),
      api.models(session(), logger),
      api.add(session(), 'a/b'),
      api.offered(session(), 'cortexso'),
    ]);
    for (let turn = 1; turn <= 4; turn++) {
      await until(() => open.length === turn);
      // By now, a request that was sent along with this one would have arrived.
      await fetch(`${server().url}/ping`);
      assert.equal(open.length, turn);
      open.at(-1)?.end('{"data":[]}');
    }
    await all;
  });

  it('is not asked any more for whoever has left', async () => {
    const open: ServerResponse[] = [];
    server().answer((_request, response) => void open.push(response));
    const leaving = new AbortController();
    const first = api.sources(session());
    const second = api.models(session(leaving.signal), logger);
    await until(() => open.length === 1);
    leaving.abort();
    await rejectsWith(second, 'cancelled');
    open[0]?.end('{"data":[]}');
    await first;
    assert.equal(server().requests.length, 1);
  });

  it('is given up in the middle, and the next one has its turn', async () => {
    const open: ServerResponse[] = [];
    server().answer((_request, response) => void open.push(response));
    const leaving = new AbortController();
    const first = api.add(session(leaving.signal), 'a/b');
    await until(() => open.length === 1);
    leaving.abort();
    await rejectsWith(first, 'cancelled');
    answer(200, '{"data":null}');
    assert.deepEqual(await api.sources(session()), []);
  });

  it('is what the author of Cortex offers, or what of another could run', async () => {
    const ids = ['cortexso/phi-4', 'janhq/other', 'cortexso/../x', 7, null];
    answer(200, JSON.stringify({ data: ids }));
    assert.deepEqual(await api.offered(session(), 'cortexso'), ['cortexso/phi-4']);
    assert.deepEqual(await api.offered(session(), 'janhq'), ['janhq/other']);
    assert.deepEqual(
      server().requests.map(({ url }) => url),
      [
        '/base/v1/models/hub?author=cortexso&tag=cortex.cpp',
        '/base/v1/models/hub?author=janhq&tag=gguf',
      ],
    );
  });

  it('is to add a repository, for as long as that takes', async () => {
    const sent: { headersTimeout?: number; body?: string }[] = [];
    const http = new HttpClient({
      transport: (request) => {
        sent.push(request);
        const body = (async function* () {
          yield await Promise.resolve(Buffer.from('{"message":"ok"}'));
        })();
        return Promise.resolve({ status: 200, headers: {}, body, decoded: true });
      },
      tokenFor: () => undefined,
      userAgent: 'test',
      clock: new FakeClock(),
      logger,
    });
    await api.add(http.session(new AbortController().signal), 'a/b');
    assert.deepEqual(
      sent.map(({ body, headersTimeout }) => ({ body, headersTimeout })),
      [{ body: '{"source":"https://huggingface.co/a/b"}', headersTimeout: 600_000 }],
    );
  });

  for (const [name, status, body, kind, message] of [
    ['no key', 401, '{"message":"Invalid API Key"}', 'unauthorised', /API key.*\.cortexrc/],
    ['a refusal', 400, '{"message":"Not a GGUF model."}', 'server', /400 \(Not a GGUF model\.\)/],
    ['a missing field', 409, '{"message":"No source field"}', 'server', /409 \(No source field\)/],
    ['its framework', 500, '<html><body>500</body></html>', 'server', /error 500\. It is tried/],
    ['another program', 404, 'Cannot POST', 'notFound', /no Cortex server.*Check the setting/],
  ] as const) {
    it(`is refused by ${name}, in words that tell what to do`, async () => {
      answer(status, body);
      for (const ask of [() => api.add(session(), 'a/b'), () => api.sources(session())]) {
        await assert.rejects(ask, (error) => {
          assertSyncError(error, kind, message);
          assert.doesNotMatch((error as Error).message, /Hugging Face|<html/);
          return (error as { status?: number }).status === status;
        });
      }
    });
  }

  for (const body of ['[]', '{}', 'null', '"ok"', '{"data":{}}', '{"data":"x"}']) {
    it(`is no list where it says ${body}`, async () => {
      answer(200, body);
      await rejectsWith(api.sources(session()), 'badAnswer', /no Cortex server.*Check/);
      await rejectsWith(api.models(session(), logger), 'badAnswer', /no Cortex server.*Check/);
    });
  }
});
