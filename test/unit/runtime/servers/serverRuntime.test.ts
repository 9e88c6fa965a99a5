import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { parseServerAddress, ServerRuntime } from '../../../../src/runtime/server/serverRuntime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import {
  janServer,
  llamaCppProps,
  llamaCppRouter,
  llamaCppServer,
  lmStudioServer,
  ollamaServer,
  openAiServer,
} from '../../support/modelServers.ts';
import { until } from '../../support/until.ts';
import { useSharedHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';
import { failsWith, never } from './support.ts';

describe('An OpenAI-compatible server', () => {
  const server = useLocalServer();
  const hub = useSharedHub({ models: 80 });
  const session = useSession();
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock();
  });

  function runtime(url = server().url, isWanted = true): ServerRuntime {
    const address = parseServerAddress(url);
    assert.ok(address);
    return new ServerRuntime({ address, isWanted, session, clock, logger: collectingLogger() });
  }
  async function list(answers: RequestListener, from = runtime()): Promise<RuntimeListing> {
    server().answer(answers);
    const listing = await from.list(never);
    assert.ok(listing, 'nothing is listed');
    return listing;
  }
  const paths = () =>
    server()
      .requests.splice(0)
      .map(({ url }) => url);

  it('may be llama.cpp with the one model that it runs', async () => {
    const { name, api, entries } = await list(llamaCppServer('/models/Phi-4-Q4_K_M.gguf', 9e9));
    assert.deepEqual([name, api], ['llama.cpp', `${server().url}/v1`]);
    assert.deepEqual(entries, [
      {
        ...{ id: '/models/Phi-4-Q4_K_M.gguf', name: 'Phi-4-Q4_K_M', files: [], size: 9e9 },
        ...{ origin: {}, running: true },
      },
    ]);
  });

  it('may be llama.cpp that loads one of several', async () => {
    const { entries } = await list(
      llamaCppRouter({ 'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M': 'loaded', tiny: 'unloaded' }),
    );
    assert.deepEqual(
      entries.map(({ name, running, origin }) => [name, running, origin]),
      [
        ['ggml-org/gemma-3-4b-it-GGUF:Q4_K_M', true, { model: 'ggml-org/gemma-3-4b-it-GGUF' }],
        ['tiny', false, {}],
      ],
    );
  });

  it('tells what its model can do, where llama.cpp lets anybody know', async () => {
    const props = {
      default_generation_settings: { n_ctx: 8_192, params: {} },
      modalities: { vision: false },
      chat_template_caps: { supports_tools: true },
    };
    const abilities = async (told: object | undefined) =>
      (await list(llamaCppProps('tiny', told))).entries[0]?.abilities;
    assert.deepEqual(await abilities(props), {
      ...{ contextLength: 8_192, takesTools: true, takesImages: false },
    });
    assert.deepEqual(await abilities({ ...props, chat_template_caps: 1, modalities: null }), {
      contextLength: 8_192,
    });
    assert.equal(await abilities({}), undefined);
    assert.equal(await abilities(undefined), undefined);
  });

  it('may be LM Studio, which tells what it has and what of it is loaded', async () => {
    const { name, entries } = await list(
      lmStudioServer({ 'llama-3.2-1b': 'loaded', 'qwen2-vl-7b': 'not-loaded' }),
    );
    assert.equal(name, 'LM Studio');
    assert.deepEqual(
      entries.map(({ id, running, size, abilities }) => [id, running, size, abilities]),
      [
        ['llama-3.2-1b', true, undefined, { contextLength: 4_096, takesImages: false }],
        ['qwen2-vl-7b', false, undefined, { takesImages: false }],
      ],
    );
  });

  it('may be Ollama, without what runs in its cloud', async () => {
    const hubName = 'hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M';
    const { name, entries } = await list(
      ollamaServer(
        { 'gemma3:4b': 3_338_801_804, [hubName]: 800 },
        [hubName],
        ['gpt-oss:120b-cloud'],
      ),
    );
    assert.equal(name, 'Ollama');
    assert.deepEqual(
      entries.map(({ id, running, size, origin }) => [id, running, size, origin]),
      [
        ['gemma3:4b', false, 3_338_801_804, {}],
        [hubName, true, 800, { model: 'bartowski/Llama-3.2-1B-Instruct-GGUF' }],
      ],
    );
  });

  it('may be Ollama without models', async () => {
    assert.deepEqual((await list(ollamaServer({}))).entries, []);
  });

  it('may be any other, which is called by its address', async () => {
    const { name, entries } = await list(openAiServer('a/b', 'c'));
    assert.equal(name, `Server at ${new URL(server().url).host}`);
    assert.deepEqual(
      entries.map(({ id, running }) => [id, running]),
      [
        ['a/b', true],
        ['c', true],
      ],
    );
  });

  it('is asked no more than needed once it is known', async () => {
    const one = runtime();
    await list(ollamaServer({ x: 1 }), one);
    assert.ok(paths().length > 3);
    await list(ollamaServer({ x: 1 }), one);
    assert.deepEqual(paths(), ['/api/version', '/api/tags', '/api/ps']);
    assert.equal((await list(lmStudioServer({ y: 'loaded' }), one)).name, 'LM Studio');
    paths();
    await list(lmStudioServer({ y: 'loaded' }), one);
    assert.deepEqual(paths(), ['/api/v0/models']);
  });

  it('is left to its own runtime if it is that of Jan or Cortex', async () => {
    server().answer(janServer());
    assert.equal(await runtime().list(never), undefined);
    assert.equal(await runtime(hub().cortexUrl).list(never), undefined);
  });

  it('lists what makes sense', async () => {
    const rows = [{ id: 'good', owned_by: 7 }, { id: 7 }, null, 'x', { id: '' }];
    const { entries } = await list((request, response) => {
      if (request.url === '/v1/models') response.end(JSON.stringify({ data: rows }));
      else response.writeHead(404).end();
    });
    assert.deepEqual(
      entries.map(({ id }) => id),
      ['good'],
    );
  });

  it('is not there where nothing listens', async () => {
    assert.equal(await runtime('http://127.0.0.1:1').list(never), undefined);
  });

  const page: RequestListener = (_request, response) => response.end('<html>Hello</html>');
  const others: [string, RequestListener, 'badAnswer' | 'unauthorised' | 'server', RegExp][] = [
    ['answers with a page', page, 'badAnswer', /lists no models: it may be another program/],
    [
      'answers with a list of something else',
      (_request, response) => response.end('{"data":[{"user":1}]}'),
      'badAnswer',
      /lists no models/,
    ],
    ['wants a key', llamaCppServer('x', 1, 'secret'), 'unauthorised', /does not let us in/],
    [
      'is broken',
      (_request, response) => response.writeHead(500).end('<html>'),
      'server',
      /error 500/,
    ],
  ];
  for (const [name, answers, kind, message] of others) {
    it(`that ${name} is told of only to whoever named it`, async () => {
      server().answer(answers);
      await failsWith(runtime().list(never), kind, message);
      assert.equal(await runtime(server().url, false).list(never), undefined);
    });
  }

  it('that was one before and is broken now is told of', async () => {
    const one = runtime(server().url, false);
    await list(openAiServer('x'), one);
    server().answer((_request, response) => response.writeHead(500).end());
    await failsWith(one.list(never), 'server');
    server().answer(page);
    assert.equal(await one.list(never), undefined);
  });

  it('that says nothing is given up after a second and a half', async () => {
    server().answer(() => undefined);
    for (const isWanted of [true, false]) {
      const before = server().requests.length;
      const listing = runtime(server().url, isWanted).list(never);
      await until(() => server().requests.length > before);
      clock.advance(1_500);
      if (isWanted) await failsWith(listing, 'timeout', /did not answer in time/);
      else assert.equal(await listing, undefined);
    }
  });

  it('is not asked any more when nobody waits', async () => {
    server().answer(() => undefined);
    const controller = new AbortController();
    const listing = runtime(server().url, false).list(controller.signal);
    await until(() => server().requests.length > 0);
    controller.abort();
    await failsWith(listing, 'cancelled');
    assert.equal(clock.timers, 0);
  });

  for (const [text, href] of [
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    [' http://localhost:1234/v1/ ', 'http://localhost:1234/'],
    ['https://models.example.org/llm/v1?x#y', 'https://models.example.org/llm/'],
    ['localhost:1234', undefined],
    ['file:///etc/passwd', undefined],
    ['', undefined],
  ] as const) {
    it(`has an address such as ${JSON.stringify(text)}: ${href ?? 'no'}`, () => {
      assert.equal(parseServerAddress(text)?.href, href);
    });
  }

  it('is named by its address', () => {
    assert.equal(runtime('http://127.0.0.1:8080/v1').id, 'server http://127.0.0.1:8080');
  });
});
