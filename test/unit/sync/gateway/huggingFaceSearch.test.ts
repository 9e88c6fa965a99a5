import assert from 'node:assert/strict';
import { HuggingFaceSearch } from '../../../../src/sync/gateway/huggingFaceSearch.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useEngine } from '../../support/useEngine.ts';
import { useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';

describe('Searching the Hub', () => {
  const hub = useHub({ models: 40 });
  const session = useSession();
  const rig = useEngine(hub);
  const gateway = (): HuggingFaceSearch =>
    new HuggingFaceSearch(new URL(hub().url), collectingLogger());
  const { signal } = new AbortController();
  const listed = (): number => hub().stats().routes['models']?.requests ?? 0;

  it('finds models that hold all words, with all that rows show, in one request', async () => {
    const http = session();
    const found = await gateway().search(http, { text: 'v1-4b jan' });
    const jan = found.find(({ id }) => id === ID);
    assert.deepEqual(
      [jan?.author, jan?.name, jan?.published, jan?.sources],
      ['janhq', 'Jan-v1-4B-GGUF', true, []],
    );
    assert.match(jan?.sha ?? '', /^[0-9a-f]{40}$/);
    assert.ok((jan?.variants ?? []).length > 0 && jan?.downloads !== undefined);
    assert.ok(found.every(({ id }) => /v1-4b/i.test(id) && /jan/i.test(id)));
    assert.equal(http.requests, 1);
    assert.deepEqual(await gateway().search(session(), { text: 'no-such-model' }), []);
  });

  it('leaves to the Hub what it can filter by, and takes a few', async () => {
    const all = await gateway().search(session(), { text: '', author: 'janhq' });
    assert.ok(all.length > 0 && all.length <= 20);
    assert.ok(all.every(({ author, tags = [] }) => author === 'janhq' && tags.includes('gguf')));
    const free = await gateway().search(session(), {
      ...{ text: '', author: 'janhq', license: 'Apache-2.0', task: 'text-generation' },
    });
    assert.ok(free.length > 0);
    assert.ok(
      free.every(({ license, task }) => license === 'apache-2.0' && task === 'text-generation'),
    );
  });

  it('looks up one model, or learns that there is none', async () => {
    assert.equal((await gateway().lookUp(session(), ID))?.id, ID);
    assert.equal(await gateway().lookUp(session(), 'janhq/no-such-model'), undefined);
  });

  it('fails in words when nobody answers', async () => {
    const { engine } = rig({
      settings: {
        endpoints: {
          huggingFace: 'http://127.0.0.1:9',
          janCatalogue: 'http://127.0.0.1:9',
          cortex: 'http://127.0.0.1:9',
        },
      },
    });
    await rejectsWith(engine.search({ text: 'jan' }, signal), 'offline');
    await rejectsWith(engine.lookUp(ID, signal), 'offline');
  });

  it('asks the same question once in ten minutes, and anew with other settings', async () => {
    const { engine, clock } = rig();
    const first = await engine.search({ text: 'jan' }, signal);
    assert.deepEqual(await engine.search({ text: 'jan' }, signal), first);
    assert.equal(listed(), 1);
    await engine.search({ text: 'jan', license: 'mit' }, signal);
    assert.equal(listed(), 2);
    clock.advance(10 * 60_000 + 1);
    await engine.search({ text: 'jan' }, signal);
    assert.equal(listed(), 3);
    engine.configure({
      sources: [],
      endpoints: { huggingFace: hub().url, janCatalogue: hub().url, cortex: hub().cortexUrl },
      tokens: { [new URL(hub().url).origin]: 'hf_other' },
    });
    await engine.search({ text: 'jan' }, signal);
    assert.equal(listed(), 4);
  });
});
