import assert from 'node:assert/strict';
import { getRows, rowsOf, truthOf } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';

const LIST = '/api/models?author=janhq&expand=sha';
const ID = 'janhq/Jan-v1-4B-GGUF';

describe('Faults', () => {
  const hub = useSharedHub({ models: 80 });
  const ask = (path = LIST, init: RequestInit = {}) => fetch(hub().url + path, init);
  const fails = (promise: Promise<unknown>) => assert.rejects(promise, TypeError);

  it('offline: nothing but the controls answers', async () => {
    hub().setFaults({ offline: true });
    await fails(ask());
    await fails(ask('/cortex/healthz'));
    assert.equal((await ask('/__hub/sources')).status, 200);
    await ask('/__hub/faults', { method: 'POST', body: '{}' });
    assert.equal((await ask()).status, 200);
  });

  it('latencyMs: the answer waits', async () => {
    hub().setFaults({ latencyMs: 60 });
    const start = performance.now();
    await getRows(hub(), LIST);
    assert.ok(performance.now() - start >= 59);
  });

  it('hold: the answer waits until the faults are replaced', async () => {
    hub().setFaults({ hold: true, match: 'hf:janhq' });
    let isAnswered = false;
    const asked = getRows(hub(), LIST).then(() => (isAnswered = true));
    for (const path of ['/api/models?author=cortexso', '/__hub/sources']) await ask(path);
    assert.equal(isAnswered, false);
    hub().setFaults({});
    await asked;
  });

  it('reset: headers, then a broken connection', async () => {
    hub().setFaults({ reset: true });
    const response = await ask();
    assert.equal(response.status, 200);
    await fails(response.text());
  });

  it('truncate: a broken body, at half or at a byte', async () => {
    for (const truncate of [true, { bytes: 10 }]) {
      hub().setFaults({ truncate });
      for (const accept of ['identity', 'gzip']) {
        await fails(
          ask(`${LIST}&expand=siblings`, { headers: { 'accept-encoding': accept } }).then(
            (response) => response.text(),
          ),
        );
      }
    }
  });

  it('wrongType: 200 with a page inside', async () => {
    hub().setFaults({ wrongType: 'html' });
    const response = await ask();
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /text\/html/);
    assert.match(await response.text(), /<!DOCTYPE html>/);
  });

  it('status: a burst that ends', async () => {
    hub().setFaults({ status: { code: 503, count: 2 } });
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await ask()).status);
    assert.deepEqual(statuses, [503, 503, 200, 200]);
    hub().setFaults({ status: 404, match: 'hf:janhq' });
    const missing = await ask();
    assert.deepEqual([missing.status, missing.headers.get('x-error-code')], [404, 'RepoNotFound']);
    assert.equal((await ask('/api/models?author=cortexso')).status, 200);
  });

  it('rateLimit: 429 with and without headers', async () => {
    hub().setFaults({ rateLimit: { headers: true, retryAfterSeconds: 7 } });
    const polite = await ask();
    assert.equal(polite.status, 429);
    assert.equal(polite.headers.get('ratelimit'), '"api";r=0;t=7');
    assert.equal(polite.headers.get('retry-after'), '7');
    hub().setFaults({ rateLimit: { headers: false, count: 1 } });
    const rude = await ask('/cortex/healthz');
    assert.equal(rude.status, 429);
    assert.equal(rude.headers.get('ratelimit'), null);
    assert.equal(rude.headers.get('retry-after'), null);
    assert.equal((await ask()).status, 200);
  });

  it('match: by route, by path and by source', async () => {
    const paths = [
      LIST,
      `/api/models/${ID}`,
      '/janhq/model-catalog/main/model_catalog.json',
      '/cortex/healthz',
    ];
    const statuses = async (match: string | string[]) => {
      hub().setFaults({ match, status: 500 });
      return Promise.all(paths.map(async (path) => (await ask(path)).status));
    };
    assert.deepEqual(await statuses('models'), [500, 200, 200, 200]);
    assert.deepEqual(await statuses('/api/'), [500, 500, 200, 200]);
    assert.deepEqual(await statuses('hf:janhq'), [500, 500, 200, 200]);
    assert.deepEqual(await statuses(['jan:v1', 'cortex']), [200, 200, 500, 500]);
  });

  it('rules: several faults at once', async () => {
    hub().setFaults({
      rules: [
        { match: 'models', status: 500 },
        { match: 'cortex', status: 502 },
      ],
    });
    assert.equal((await ask()).status, 500);
    assert.equal((await ask('/cortex/healthz')).status, 502);
  });

  it('probability: the same draws after the same faults', async () => {
    const statuses = async () => {
      hub().setFaults({ status: { code: 500, probability: 0.5 } });
      const list = [];
      for (let turn = 0; turn < 24; turn += 1) list.push((await ask()).status);
      return list;
    };
    const first = await statuses();
    assert.ok(first.includes(200) && first.includes(500));
    assert.deepEqual(await statuses(), first);
  });

  it('rejectToken and requireToken', async () => {
    const headers = { authorization: 'Bearer hf_test' };
    hub().setFaults({ rejectToken: true });
    assert.equal((await ask(LIST, { headers })).status, 401);
    assert.equal((await ask()).status, 200);
    hub().setFaults({ requireToken: true });
    assert.equal((await ask(LIST, { headers })).status, 200);
    assert.equal((await ask()).status, 401);
  });

  it('bad: one record without a field, or with a wrong one', async () => {
    const truth = truthOf(hub(), 'hf:janhq');
    hub().setFaults({ bad: { source: 'hf:janhq', id: ID, field: 'sha' } });
    const rows = await getRows(hub(), LIST);
    assert.equal(rows.length, truth.length);
    assert.deepEqual(
      rows.filter((row) => !('sha' in row)).map((row) => row['id']),
      [ID],
    );
    hub().setFaults({
      bad: [
        { source: 'hf:janhq', field: 'sha', value: 7 },
        { source: 'jan:v2' },
        { source: 'cortex' },
      ],
    });
    const first = truth.map(({ id }) => id).sort()[0];
    assert.deepEqual(
      (await getRows(hub(), LIST)).filter((row) => row['sha'] === 7).map((row) => row['id']),
      [first],
    );
    const jan = await getRows(hub(), '/janhq/model-catalog/main/model_catalog_v2.json');
    assert.equal(jan.filter((row) => !('model_name' in row)).length, 1);
    const cortex = (await (await ask('/cortex/v1/models/sources')).json()) as { data: object[] };
    assert.equal(cortex.data.filter((row) => !('metadata' in row)).length, 1);
  });

  it('repositories: renamed answers 307 under the old name', async () => {
    const [before] = truthOf(hub(), 'hf:janhq').filter(({ id }) => id === ID);
    hub().setFaults({ repositories: { [ID]: { renamedTo: 'menlo-new/Jan-4B' } } });
    const old = await ask(`/api/models/${ID}?expand=sha`, { redirect: 'manual' });
    assert.equal(old.status, 307);
    assert.equal(old.headers.get('location'), '/api/models/menlo-new/Jan-4B?expand=sha');
    const file = await ask(`/${ID}/resolve/main/README.md`, { redirect: 'manual' });
    assert.equal(file.headers.get('location'), '/menlo-new/Jan-4B/resolve/main/README.md');
    const followed = (await (await ask(`/api/models/${ID}`)).json()) as Record<string, unknown>;
    assert.deepEqual(
      [followed['id'], followed['_id'], followed['sha']],
      ['menlo-new/Jan-4B', before?.content['_id'], before?.content['sha']],
    );
    const [after] = truthOf(hub(), 'hf:menlo-new');
    assert.equal(after?.content['lastModified'], before?.content['lastModified']);
    assert.ok(truthOf(hub(), 'hf:janhq').every(({ id }) => id !== ID));
    const encoded = await ask('/api/models/janhq/Jan-v1-4B%2DGGUF', { redirect: 'manual' });
    assert.equal(encoded.headers.get('location'), '/api/models/menlo-new/Jan-4B');
  });

  it('repositories: private, deleted and disabled', async () => {
    for (const fault of [{ private: true }, { deleted: true }]) {
      hub().setFaults({ repositories: { [ID]: fault } });
      const response = await ask(`/api/models/${ID}`);
      assert.deepEqual(
        [response.status, response.headers.get('x-error-code')],
        [401, 'RepoNotFound'],
      );
      assert.ok((await getRows(hub(), LIST)).every((row) => row['id'] !== ID));
    }
    const token = { headers: { authorization: 'Bearer hf_test' } };
    assert.equal((await ask(`/api/models/${ID}`, token)).status, 404);
    hub().setFaults({ repositories: { [ID]: { disabled: true } } });
    const rows = await getRows(hub(), '/api/models?author=janhq&expand=disabled');
    assert.equal(rows.find((row) => row['id'] === ID)?.['disabled'], true);
    const tree = await ask(`/api/models/${ID}/tree/main`);
    assert.deepEqual(
      [tree.status, tree.headers.get('x-error-message')],
      [403, 'Access to this resource is disabled.'],
    );
  });

  it('quota: a window that runs out', async () => {
    hub().setFaults({ quota: { api: 3 } });
    const answers = [];
    for (let turn = 0; turn < 4; turn += 1) answers.push(await ask());
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 429],
    );
    assert.match(answers[2]?.headers.get('ratelimit') ?? '', /^"api";r=0;t=\d+$/);
  });

  it('refuses a fault it does not know, and keeps the old ones', async () => {
    hub().setFaults({ status: 500 });
    const refused = await ask('/__hub/faults', { method: 'POST', body: '{"ofline": true}' });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /ofline/);
    assert.equal((await ask()).status, 500);
    await ask('/__hub/faults', { method: 'POST', body: '{}' });
    assert.ok((await rowsOf(await ask())).length > 0);
  });
});
