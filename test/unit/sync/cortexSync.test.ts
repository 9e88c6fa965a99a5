import assert from 'node:assert/strict';
import type { CortexAddress } from '../../../src/sync/gateway/cortexDiscovery.ts';
import { assertFailure } from '../support/assertSyncError.ts';
import { useLocalServer } from '../support/localServer.ts';
import { endpointsOf, useEngine } from '../support/useEngine.ts';
import { parseDump, useHub, useSharedHub } from '../support/useHub.ts';

const DAY = 24 * 60 * 60_000;

describe('A sync of a Cortex server', () => {
  const hub = useHub({ models: 80 });
  const rig = useEngine(hub);

  it('writes and announces nothing where nothing changed', async () => {
    const { sync, wrote, applied } = rig();
    await sync('cortex');
    assert.equal(applied.splice(0).length, 1);
    wrote();
    for (let minute = 1; minute < 5; minute++) {
      const { error } = await sync('cortex', { reason: 'visible' });
      assert.deepEqual([error, wrote(), applied], [undefined, false, []], `minute ${minute}`);
    }
  });

  it('ends with the truth after each change of it', async () => {
    const { sync, dump } = rig();
    for (let version = 0; version < 3; version++) {
      await sync('cortex', { reason: version === 1 ? 'visible' : 'manual' });
      assert.equal(dump('cortex'), hub().truth('cortex'));
      hub().advance();
    }
  });

  it('adds what the user wants it to have when it is refreshed, and not in between', async () => {
    const cortexSources = ['bartowski'];
    const { sync, dump, clock, logger } = rig({ settings: { cortexSources } });
    const posts = () => hub().stats().routes['cortex-change']?.requests ?? 0;
    const { added } = await sync('cortex');
    assert.equal(dump('cortex'), hub().truth('cortex'));
    const mine = parseDump(dump('cortex')).filter(({ id }) => id.startsWith('bartowski/'));
    assert.ok(mine.length > 1 && added > mine.length, logger.lines.join('\n'));

    const body = JSON.stringify({ source: `https://huggingface.co/${mine[0]?.id}` });
    await fetch(`${hub().cortexUrl}/v1/models/sources`, { method: 'DELETE', body });
    hub().resetStats();
    await sync('cortex', { reason: 'visible' });
    await sync('cortex', { reason: 'idle' });
    assert.equal(posts(), 0);
    clock.advance(DAY);
    await sync('cortex', { reason: 'idle' });
    assert.ok(posts() > 0);
    assert.equal(dump('cortex'), hub().truth('cortex'));
    assert.equal(hub().stats().mostAtOnce['cortex'], 1);
  });
});

describe('A Cortex server whose answer varies', () => {
  const hub = useSharedHub({ models: 20 });
  const server = useLocalServer();
  const rig = useEngine(hub);
  const element = (id: string, downloads: number) => ({
    ...{ id: `https://huggingface.co/${id}`, author: 'a', models: [{ id: 'a:b:m.gguf', size: 5 }] },
    metadata: { id, downloads, likes: 1, tags: ['gguf'] },
  });
  const say = (...data: object[]) =>
    server().answer((_request, response) => response.end(JSON.stringify({ data })));
  const start = () =>
    rig({ settings: { endpoints: { ...endpointsOf(hub()), cortex: server().url } } });

  it('is unchanged in any order', async () => {
    const { sync, wrote, applied } = start();
    say(element('a/one', 1), element('a/two', 2));
    await sync('cortex');
    applied.splice(0);
    wrote();
    say(element('a/two', 2), element('a/one', 1));
    await sync('cortex', { reason: 'visible' });
    assert.deepEqual([wrote(), applied], [false, []]);
  });

  it('brings new counters once a day', async () => {
    const { sync, wrote, applied, clock, reader } = start();
    say(element('a/one', 1));
    await sync('cortex');
    applied.splice(0);
    wrote();
    say(element('a/one', 1_000));
    await sync('cortex', { reason: 'visible' });
    assert.deepEqual([wrote(), applied], [false, []]);
    clock.advance(DAY);
    await sync('cortex', { reason: 'idle' });
    assert.deepEqual(applied[0]?.updated, ['a/one']);
    assert.equal(reader.model('a/one', ['cortex'])?.downloads, 1_000);
  });
});

describe('A Cortex server whose address nobody set', () => {
  const hub = useSharedHub({ models: 80, cortexApiKey: 'right' });
  const rig = useEngine(hub);
  const start = (found: () => CortexAddress | undefined) => {
    const { huggingFace, janCatalogue } = endpointsOf(hub());
    return rig({
      settings: { endpoints: { huggingFace, janCatalogue } },
      services: { discoverCortex: () => Promise.resolve(found()) },
    });
  };

  it('is found, and gets its own key', async () => {
    const url = `${hub().cortexUrl}/`;
    const { sync, dump, logger } = start(() => ({ url, apiKey: 'right' }));
    assert.equal((await sync('cortex')).error, undefined);
    assert.equal(dump('cortex'), hub().truth('cortex'));
    assert.doesNotMatch(logger.lines.join('\n'), /right/);
  });

  it('is looked for again with each run', async () => {
    let url = 'http://127.0.0.1:9/';
    const { sync } = start(() => ({ url, apiKey: 'right' }));
    assertFailure((await sync('cortex')).error, 'offline');
    url = `${hub().cortexUrl}/`;
    assert.equal((await sync('cortex')).error, undefined);
  });

  it('says what to do where it rejects its key', async () => {
    const url = `${hub().cortexUrl}/`;
    const { sync } = start(() => ({ url, apiKey: 'wrong' }));
    assertFailure((await sync('cortex')).error, 'unauthorised', /API key.*Check "apiKeys"/);
  });
});
