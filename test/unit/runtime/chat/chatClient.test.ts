import assert from 'node:assert/strict';
import type { RuntimeErrorKind } from '../../../../src/runtime/errors.ts';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import { chat } from '../../../../src/runtime/chat/chatClient.ts';
import type { ChatEnd, ChatPart, ChatRequest } from '../../../../src/runtime/chat/conversation.ts';
import { Silence } from '../../../../src/runtime/chat/silence.ts';
import { LocalNetwork } from '../../../../src/local/localNetwork.ts';
import { ModelServer } from '../../../support/modelServer.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { until } from '../../support/until.ts';

const ID = '/models/tiny.gguf';
const PATIENCE = 120_000;
const never = new Promise<never>(() => undefined);

const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello!' }] }],
  tools: [],
  mustCall: false,
  sampling: {},
  patience: PATIENCE,
  ...more,
});

describe('A chat with a running model', () => {
  let server: ModelServer;
  let network: LocalNetwork;
  let clock: FakeClock;
  let parts: ChatPart[];
  let token: string | undefined;

  beforeEach(async () => {
    server = await ModelServer.start(ID);
    clock = new FakeClock();
    parts = [];
    token = undefined;
    network = new LocalNetwork({
      ...{ network: undefined, tokenFor: () => token, userAgent: 'model-hub/test' },
      ...{ clock, logger: collectingLogger() },
    });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await network.close();
  });

  const ask = (
    more?: Partial<ChatRequest>,
    signal = new AbortController().signal,
    url = server.url,
  ) =>
    chat(
      { server: 'llama.cpp', api: `${url}/v1`, id: ID },
      request(more),
      (part) => parts.push(part),
      { send: network.talk, tokenFor: () => token, userAgent: 'model-hub/test', clock },
      signal,
    );
  const said = (): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  /** Fails in words that say what happened and what to do. */
  const fails = async (asked: Promise<ChatEnd>, kind: RuntimeErrorKind, words: RegExp) => {
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof RuntimeError, String(error));
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, words);
      if (kind !== 'cancelled') assert.match(error.message, /\b(?:ask again|check|begin)\b/i);
      return true;
    });
  };

  it('brings the answer piece by piece, and how it ended', async () => {
    const more = Promise.withResolvers<undefined>();
    server.answer({ say: 'Good ' }, { wait: more.promise }, { say: 'day.' }, { finish: 'stop' });
    const asked = ask();
    await until(() => parts.length === 1);
    assert.equal(said(), 'Good ');
    more.resolve(undefined);
    assert.deepEqual(await asked, { reason: 'stop', usage: { prompt: 7, answer: 3 } });
    assert.equal(said(), 'Good day.');
    assert.equal(clock.timers, 0);
  });

  it('asks as the API of OpenAI wants it', async () => {
    token = 'secret';
    const data = Buffer.from('pixels');
    await ask({
      messages: [
        { role: 'system', text: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', mimeType: 'image/png', data },
          ],
        },
        { role: 'assistant', text: '', calls: [{ id: 'c1', name: 'look', input: { at: 1 } }] },
        { role: 'tool', callId: 'c1', text: 'A cat.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And ' },
            { type: 'text', text: 'now?' },
          ],
        },
      ],
      tools: [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object' } }],
      mustCall: true,
      sampling: { temperature: 0.5, maxTokens: 10 },
    });
    const { body, headers } = server.asked[0]!;
    assert.equal(headers.authorization, 'Bearer secret');
    assert.deepEqual(body, {
      model: ID,
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,cGl4ZWxz' } },
          ],
        },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'A cat.' },
        { role: 'user', content: 'And now?' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
        },
      ],
      tool_choice: 'required',
      temperature: 0.5,
      max_tokens: 10,
    });
  });

  it('puts calls of tools together, each from its own pieces', async () => {
    server.answer(
      { say: 'Let me see. ' },
      { call: { index: 0, id: 'a', name: 'read', arguments: '' } },
      { call: { index: 0, arguments: '{"path":' } },
      { call: { index: 1, id: 'b', name: 'now' } },
      { call: { index: 0, arguments: '"x.txt"}' } },
      { finish: 'tool_calls' },
    );
    assert.equal((await ask()).reason, 'tool_calls');
    assert.deepEqual(parts.slice(1), [
      { type: 'call', call: { id: 'a', name: 'read', input: { path: 'x.txt' } } },
      { type: 'call', call: { id: 'b', name: 'now', input: {} } },
    ]);
  });

  it('tells calls of tools apart that the server does not', async () => {
    const told = async (messages: ChatRequest['messages']): Promise<string[]> => {
      parts = [];
      await ask({ messages });
      return parts.map((part) => (part.type === 'call' ? `${part.call.id} ${part.call.name}` : ''));
    };
    const both = (...ids: string[]) =>
      server.answer(
        { call: { index: 0, ...(ids[0] && { id: ids[0] }), name: 'read', arguments: '{}' } },
        { call: { index: ids.length === 0 ? 1 : 0, ...(ids[1] && { id: ids[1] }), name: 'read' } },
        { finish: 'tool_calls' },
      );
    const question = request().messages;
    both();
    assert.deepEqual(await told(question), ['call-1 read', 'call-2 read']);
    both();
    const earlier = { id: 'call-1', name: 'read', input: {} };
    assert.deepEqual(
      await told([
        ...question,
        { role: 'assistant', text: '', calls: [earlier] },
        { role: 'tool', callId: 'call-1', text: 'It is empty.' },
      ]),
      ['call-2 read', 'call-3 read'],
    );
    both('a', 'b');
    assert.deepEqual(await told(question), ['a read', 'b read'], 'both at the same index');
  });

  it('says that an answer was cut within a call of a tool', async () => {
    for (const sampling of [{}, { maxTokens: 20 }]) {
      server.answer({ call: { id: 'a', name: 'read', arguments: '{"pa' } }, { finish: 'length' });
      await fails(ask({ sampling }), 'doesNotFit', /was cut while the model wrote down/);
    }
    assert.deepEqual(parts, []);
  });

  it('says that a call of a tool cannot be read', async () => {
    for (const text of ['{"path":', '[1]', 'null']) {
      server.answer({ call: { id: 'a', name: 'read', arguments: text } }, { finish: 'tool_calls' });
      await fails(ask(), 'badAnswer', /wanted to use a tool/);
    }
    assert.deepEqual(parts, []);
  });

  it('takes an answer for whole that says how it ended, also without the last event', async () => {
    const end = '{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}';
    server.answer({ send: `data: ${end}\n\n` }, { end: true });
    assert.deepEqual(await ask(), { reason: 'stop' });
    server.answer({ send: `data: ${end}\n\ndata: [DONE]\n\n` }, { wait: never });
    assert.deepEqual(await ask(), { reason: 'stop' });
    assert.equal(said(), 'HiHi');
  });

  it('says that an answer broke off, whatever has come by then', async () => {
    server.answer({ say: 'Half an ' }, { breakOff: true });
    await fails(ask(), 'badAnswer', /llama\.cpp broke off/);
    assert.equal(said(), 'Half an ');
    server.answer({ say: 'answer.' }, { end: true });
    await fails(ask(), 'badAnswer', /llama\.cpp broke off/);
    server.answer({ send: 'data: {"choices":[{"delta":{"cont' }, { end: true });
    await fails(ask(), 'badAnswer', /llama\.cpp broke off/);
    assert.equal(said(), 'Half an answer.');
  });

  it('says that the model is silent, before its first word or after it', async () => {
    server.answer({ wait: never });
    const first = ask();
    await until(() => server.asked.length === 1);
    clock.advance(PATIENCE - 1);
    assert.equal(clock.timers, 1);
    clock.advance(1);
    await fails(first, 'timeout', /said nothing for 120 seconds/);
    server.answer({ say: 'Well' }, { wait: never });
    const second = ask();
    await until(() => said() === 'Well');
    clock.advance(PATIENCE - 1);
    assert.equal(clock.timers, 1);
    clock.advance(1);
    await fails(second, 'timeout', /said nothing for 120 seconds/);
    await Promise.all(server.asked.map(({ givenUp }) => givenUp));
  });

  it('waits no longer than a timer can', () => {
    const silence = new Silence(clock, Number.MAX_SAFE_INTEGER);
    assert.equal(silence.limit, 2_147_483_647);
    silence.dispose();
  });

  it('ends the work of the runtime when nobody wants the answer any more', async () => {
    server.answer({ say: 'Once upon' }, { wait: never });
    const leaving = new AbortController();
    const asked = ask({}, leaving.signal);
    await until(() => said() !== '');
    leaving.abort();
    await fails(asked, 'cancelled', /cancelled/);
    await server.asked[0]!.givenUp;
    assert.equal(clock.timers, 0);
  });

  it('passes on what the runtime says against it', async () => {
    server.answer({ refuse: 400, message: 'the request exceeds the available context size.' });
    await fails(ask(), 'refused', /did not answer: the request exceeds .* size\. Check/);
    server.answer({ refuse: 401, message: 'Invalid API Key' });
    await fails(ask(), 'unauthorised', /wants an API key/);
    server.answer(
      { say: 'So' },
      { send: 'data: {"error":{"code":500,"message":"out of memory"}}\n\n' },
      { wait: never },
    );
    await fails(ask(), 'refused', /out of memory/);
  });

  it('says that an answer was cut, unless that was wished for', async () => {
    server.answer({ say: 'And then' }, { finish: 'length' });
    await fails(ask(), 'doesNotFit', /context of the model is full/);
    server.answer({ say: 'And then' }, { finish: 'length' });
    assert.equal((await ask({ sampling: { maxTokens: 2 } })).reason, 'length');
  });

  it('says that what answers is something else', async () => {
    server.answer({ send: 'data: <html>\n\n' }, { wait: never });
    await fails(ask(), 'badAnswer', /makes no sense/);
    server.answer({ send: 'data: {"choices":7}\n\n' }, { wait: never });
    await fails(ask(), 'badAnswer', /makes no sense/);
  });

  it('says that nobody answers', async () => {
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await fails(ask({}, undefined, url), 'offline', /Start it, then ask again/);
    server = await ModelServer.start(ID);
  });
});
