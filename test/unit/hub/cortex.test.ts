import assert from 'node:assert/strict';
import type { FaultSet } from '../../hub/faults.ts';
import type { Row } from './support.ts';
import { truthOf } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';

interface Element {
  readonly id: string;
  readonly author: string;
  readonly models: { id: string; size: number }[];
  readonly metadata: Row;
}

describe('The Cortex server', () => {
  const hub = useSharedHub({ models: 80 });
  const ask = (path: string, init: RequestInit = {}) => fetch(hub().cortexUrl + path, init);
  const sources = async () =>
    ((await (await ask('/v1/models/sources')).json()) as { data: Element[] }).data;
  const change = async (method: string, body: unknown) => {
    const response = await ask('/v1/models/sources', { method, body: JSON.stringify(body) });
    return [response.status, ((await response.json()) as Row)['message']];
  };

  it('is alive, and says so in HTML', async () => {
    const response = await ask('/healthz');
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(await response.text(), 'cortex-cpp is alive!!!');
  });

  it('knows the models of cortexso as sources', async () => {
    const elements = await sources();
    const tiny = elements.find(({ metadata }) => metadata['id'] === 'cortexso/tinyllama');
    assert.ok(tiny);
    assert.equal(tiny.id, 'https://huggingface.co/cortexso/tinyllama');
    assert.ok(tiny.models.some(({ id, size }) => id === 'tinyllama:1b-gguf' && size > 600_000_000));
    assert.match(String(tiny.metadata['description']), /# tinyllama/);
    assert.match(String(tiny.metadata['sha']), /^[0-9a-f]{40}$/);
    assert.ok(elements.every(({ author }) => author === 'cortexso'));
  });

  it('lists variants with their metadata as a string', async () => {
    const { data } = (await (await ask('/v1/models?limit=-1')).json()) as { data: Row[] };
    const downloaded = data.filter((row) => row['status'] === 'downloaded');
    assert.equal(downloaded.length, 1);
    assert.ok(downloaded.every((row) => !('modelSource' in row) && row['object'] === 'model'));
    const remote = data.filter((row) => !('status' in row));
    assert.deepEqual(
      remote.map((row) => row['engine']),
      ['openai'],
    );
    const offered = data.filter((row) => row['status'] === 'downloadable');
    assert.ok(offered.length > 15);
    for (const row of offered) {
      assert.equal(row['id'], row['model']);
      const metadata = JSON.parse(String(row['metadata'])) as Row;
      assert.equal(`https://huggingface.co/${String(metadata['id'])}`, row['modelSource']);
    }
  });

  it('gives bare ids for an author and a tag, once and for all', async () => {
    const ids = async (query: string) =>
      ((await (await ask(`/v1/models/hub${query}`)).json()) as { data: string[] }).data;
    const own = await ids('?author=cortexso&tag=cortex.cpp');
    assert.ok(own.includes('cortexso/llama3.2'));
    assert.deepEqual(await ids(''), own);
    assert.deepEqual(await ids('?tag=no-such-tag'), []);
    assert.ok((await ids('?author=janhq')).every((id) => id.startsWith('janhq/')));
    hub().setFaults({ repositories: { 'cortexso/llama3.2': { deleted: true } } });
    assert.deepEqual(await ids(''), own);
  });

  it('takes and drops sources with the words of the original', async () => {
    const source = 'https://huggingface.co/bartowski/Llama-3.2-3B-Instruct-GGUF';
    const before = (await sources()).length;
    assert.deepEqual(await change('POST', { source }), [
      200,
      'Model source is added successfully!',
    ]);
    assert.deepEqual(await change('POST', { source }), [
      200,
      'Model source is added successfully!',
    ]);
    const added = (await sources()).find(({ id }) => id === source);
    assert.equal((await sources()).length, before + 1);
    assert.ok(added);
    assert.ok(
      added.models.some(
        ({ id }) => id === 'bartowski:Llama-3.2-3B-Instruct-GGUF:Llama-3.2-3B-Instruct-Q4_K_M.gguf',
      ),
    );
    assert.ok(
      (added.metadata['siblings'] as Row[]).every((sibling) => typeof sibling['size'] === 'number'),
    );
    const one = (await (
      await ask(`/v1/models/sources/${encodeURIComponent(source)}`)
    ).json()) as Element;
    assert.equal(one.id, source);

    assert.deepEqual(await change('DELETE', { source: 'bartowski/Llama-3.2-3B-Instruct-GGUF' }), [
      400,
      'Model source does not exist: bartowski/Llama-3.2-3B-Instruct-GGUF',
    ]);
    assert.deepEqual(await change('DELETE', { source }), [
      200,
      'Model source is deleted successfully!',
    ]);
    assert.equal((await sources()).length, before);
    assert.deepEqual(await change('POST', {}), [409, 'No source field in request body']);
    assert.deepEqual(await change('DELETE', { other: 1 }), [
      409,
      'No source field in request body',
    ]);
    assert.deepEqual(await change('POST', { source: 'https://huggingface.co/janhq' }), [
      400,
      'Only support repository model source, url: https://huggingface.co/janhq',
    ]);
    assert.deepEqual(await change('POST', { source: 'nobody/nothing' }), [
      400,
      'Failed to get model repository info: nobody/nothing',
    ]);
    assert.deepEqual(await change('POST', { source: 'mlx-community/Llama-3.2-1B-Instruct-4bit' }), [
      400,
      'Not a GGUF model. Currently, only GGUF single file is supported.',
    ]);
  });

  it('can delete what it started with', async () => {
    const [first] = await sources();
    assert.equal((await change('DELETE', { source: first?.id }))[0], 200);
    assert.ok((await sources()).every(({ id }) => id !== first?.id));
    assert.equal((await change('POST', { source: first?.id }))[0], 200);
    assert.ok((await sources()).some(({ id }) => id === first?.id));
  });

  it('answers an unknown source with nothing in it', async () => {
    const response = await ask('/v1/models/sources/nowhere');
    assert.deepEqual([response.status, ((await response.json()) as Row)['id']], [200, '']);
  });

  it('tells of one model what its YAML says, if it is on the disk', async () => {
    const { data } = (await (await ask('/v1/models')).json()) as { data: Row[] };
    const model = (id: unknown) => ask(`/v1/models/${encodeURIComponent(String(id))}`);
    const idOf = (status: string) => data.find((row) => row['status'] === status)?.['id'];
    const downloaded = await model(idOf('downloaded'));
    const yaml = (await downloaded.json()) as Row;
    assert.deepEqual([downloaded.status, yaml['model']], [200, idOf('downloaded')]);
    assert.ok(!('id' in yaml) && !('status' in yaml));
    for (const id of [idOf('downloadable'), 'a:b/c.gguf']) {
      const response = await model(id);
      assert.equal(response.status, 400);
      assert.deepEqual(await response.json(), {
        id,
        object: 'model',
        result: 'Fail to get model information',
        message: `Error: Model not found: ${id as string}`,
      });
    }
  });

  it('cannot offer or add what the Hub does not answer for', async () => {
    const id = 'bartowski/gemma-2-2b-it-GGUF';
    const refusal = [400, `Failed to get model repository info: ${id}`];
    for (const faults of [
      { match: 'model', offline: true },
      { match: 'hf:bartowski', rateLimit: true },
      { repositories: { [id]: { private: true } } },
      { repositories: { [id]: { gated: 'auto' } } },
      { repositories: { [id]: { deleted: true } } },
    ] as const) {
      hub().setFaults(faults);
      assert.deepEqual(await change('POST', { source: id }), refusal, JSON.stringify(faults));
    }
    hub().setFaults({ match: 'models', offline: true });
    const response = await ask('/v1/models/hub?author=bartowski');
    assert.equal(response.status, 400);
    assert.equal(typeof ((await response.json()) as Row)['message'], 'string');
    hub().setFaults({});
    assert.deepEqual((await change('POST', { source: id }))[0], 200);
    assert.equal((await ask('/v1/models/hub?author=bartowski')).status, 200);
    assert.equal((await change('DELETE', { source: id }))[0], 200);
  });

  it('speaks its own words where a fault makes it refuse', async () => {
    const said = async (faults: FaultSet) => {
      hub().setFaults(faults);
      const response = await ask('/v1/models/sources');
      return [response.status, await response.text()];
    };
    const noKey = [401, '{"message":"Invalid API Key"}'];
    assert.deepEqual(await said({ match: 'cortex', requireToken: true }), noKey);
    assert.deepEqual(await said({ match: 'cortex', status: 401 }), noKey);
    const [status, page] = await said({ match: 'cortex', status: 500 });
    assert.equal(status, 500);
    assert.match(String(page), /^<html>/);
  });

  it('counts how many requests it works on at once', async () => {
    hub().setFaults({ match: 'cortex', latencyMs: 100 });
    await Promise.all([ask('/healthz'), ask('/v1/models/sources'), ask('/v1/models/hub')]);
    assert.equal(hub().stats().mostAtOnce['cortex'], 3);
    hub().resetStats();
    await ask('/healthz');
    await ask('/v1/models');
    assert.equal(hub().stats().mostAtOnce['cortex'], 1);
  });

  describe('with a key', () => {
    const locked = useSharedHub({ models: 20, cortexApiKey: 'right' });
    const status = async (path: string, key?: string) => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
      return (await fetch(locked().cortexUrl + path, { headers })).status;
    };

    it('answers those who have it, and says to anybody that it is alive', async () => {
      for (const path of ['/v1/models', '/v1/models/sources', '/v1/models/hub']) {
        assert.deepEqual(
          [await status(path), await status(path, 'wrong'), await status(path, 'right')],
          [401, 401, 200],
        );
      }
      assert.equal(await status('/healthz'), 200);
    });
  });

  describe('that gets older', () => {
    let now = Date.UTC(2026, 2, 16);
    const aged = useSharedHub({ models: 80, now: () => now });

    it('does nothing for a source that was posted less than ten minutes ago', async () => {
      const source = 'bartowski/Llama-3.2-3B-Instruct-GGUF';
      const send = async (method: string) => {
        const init = { method, body: JSON.stringify({ source }) };
        return (await fetch(`${aged().cortexUrl}/v1/models/sources`, init)).status;
      };
      const isThere = async () => {
        const response = await fetch(`${aged().cortexUrl}/v1/models/sources`);
        const { data } = (await response.json()) as { data: Element[] };
        return data.some(({ id }) => id === source);
      };
      assert.deepEqual([await send('POST'), await isThere()], [200, true]);
      assert.deepEqual([await send('DELETE'), await isThere()], [200, false]);
      now += 599_999;
      assert.deepEqual([await send('POST'), await isThere()], [200, false]);
      now += 1;
      assert.deepEqual([await send('POST'), await isThere()], [200, true]);
    });
  });

  it('is in the truth without counters and template', async () => {
    const elements = await sources();
    const truth = truthOf(hub(), 'cortex');
    assert.equal(truth.length, elements.length);
    for (const { id, content } of truth) {
      const element = elements.find(({ metadata }) => metadata['id'] === id);
      assert.ok(element);
      const expected = structuredClone(element);
      for (const counter of ['downloads', 'likes'])
        Reflect.deleteProperty(expected.metadata, counter);
      Reflect.deleteProperty(expected.metadata['gguf'] as Row, 'chat_template');
      assert.deepEqual(content, { ...expected });
    }
  });
});
