import assert from 'node:assert/strict';
import { LocalChat } from '../../../src/local/localChat.ts';
import { LocalNetwork } from '../../../src/local/localNetwork.ts';
import type { ChatPart, ChatRequest } from '../../../src/runtime/chat/conversation.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import { ModelServer } from '../../support/modelServer.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useHub } from '../support/useHub.ts';
import { useLocal } from '../support/useLocal.ts';
import { entry } from '../views/installedSamples.ts';

const REQUEST: ChatRequest = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Who are you?' }] }],
  ...{ tools: [], mustCall: false, sampling: {}, patience: 60_000 },
};

describe('Talk with what this machine has', () => {
  const hub = useHub({ models: 80 });
  const rig = useLocal(hub);
  let parts: ChatPart[];
  beforeEach(() => {
    parts = [];
  });
  const said = (): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const hear = (part: ChatPart): number => parts.push(part);

  it('goes to Cortex once the model runs, which is looked at anew', async () => {
    const local = rig().open();
    const { entries } = await local.rescan();
    const { key, abilities } = entries.find(({ runtime }) => runtime.kind === 'cortex')!;
    assert.deepEqual(abilities, { contextLength: 4_096 });
    assert.equal((await local.recheck(key)).running, false);
    await assert.rejects(local.chat(key, REQUEST, hear), (error) => {
      assert.ok(RuntimeError.is(error, 'refused'), String(error));
      return /Cortex did not answer: Model has not been loaded/.test(error.message);
    });
    await local.start(key);
    assert.equal((await local.recheck(key)).running, true);
    assert.equal((await local.chat(key, REQUEST, hear)).reason, 'stop');
    assert.equal(said(), 'You said: Who are you?');
    assert.equal((await local.countTokens(key, 'Who are you?')).sureness, 'estimated');
  });

  it('goes to the server that runs the model, and ends with this machine’s part', async () => {
    await using server = await ModelServer.start('/models/tiny.gguf');
    const local = rig().open({ servers: [server.url] });
    const { entries } = await local.rescan();
    const { key } = entries.find(({ runtime }) => runtime.kind === 'server')!;
    assert.deepEqual(await local.countTokens(key, 'Who are you?'), {
      ...{ tokens: 3, sureness: 'exact' },
    });
    server.answer({ say: 'I am' }, { wait: new Promise(() => undefined) });
    const next = server.next();
    const asked = local.chat(key, REQUEST, hear);
    const { givenUp } = await next;
    const closed = local.close();
    await assert.rejects(asked, (error) => RuntimeError.is(error, 'cancelled'));
    await Promise.all([givenUp, closed]);
  });

  it('asks for a model of Jan by the name that Jan’s server has for it', async () => {
    await using server = await ModelServer.start('tiny');
    const runtime = { id: 'jan', kind: 'jan', name: 'Jan', api: `${server.url}/v1` } as const;
    const network = new LocalNetwork({
      ...{ network: undefined, tokenFor: () => undefined, userAgent: 'model-hub/test' },
      ...{ clock: new FakeClock(), logger: rig().logger },
    });
    const talk = new LocalChat({
      entry: () => Promise.resolve(entry({ id: 'mlx:tiny' }, runtime)),
      ...{ send: network.talk, tokenFor: () => undefined, userAgent: 'model-hub/test' },
      ...{ session: () => assert.fail('nothing is counted'), clock: new FakeClock() },
      logger: rig().logger,
    });
    await talk.chat('jan/mlx:tiny', REQUEST, hear, new AbortController().signal);
    await network.close();
    assert.equal(server.asked[0]?.body.model, 'tiny');
  });

  it('is refused for what is not installed, or whose runtime does not run', async () => {
    const server = await ModelServer.start('tiny');
    const local = rig().open({ servers: [server.url] });
    const { entries } = await local.rescan();
    const { key } = entries.find(({ runtime }) => runtime.kind === 'server')!;
    await server[Symbol.asyncDispose]();
    await assert.rejects(local.chat(key, REQUEST, hear), (error) => {
      assert.ok(RuntimeError.is(error, 'offline'), String(error));
      return /llama\.cpp does not answer at .*Start it, then ask again/.test(error.message);
    });
    await local.rescan();
    await assert.rejects(local.chat(key, REQUEST, hear), /no longer installed/);
    assert.deepEqual(parts, []);
  });
});
