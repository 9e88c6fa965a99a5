import assert from 'node:assert/strict';
import { useSharedHub } from '../support/useHub.ts';

describe('The rate limit', () => {
  let now = Date.UTC(2026, 2, 16);
  const hub = useSharedHub({
    models: 10,
    quota: { api: 3, resolvers: 5, windowSeconds: 300 },
    now: () => now,
  });
  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${hub().url}/api/models?limit=1`, { headers });

  it('is a fixed window for each caller, told on every answer', async () => {
    const first = await ask();
    assert.equal(first.headers.get('ratelimit'), '"api";r=2;t=300');
    assert.equal(first.headers.get('ratelimit-policy'), '"fixed window";"api";q=3;w=300');
    now += 100_500;
    const second = await ask();
    assert.equal(second.headers.get('ratelimit'), '"api";r=1;t=200');
    await ask();
    const refused = await ask();
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('ratelimit'), '"api";r=0;t=200');
    assert.equal((await ask({ authorization: 'Bearer hf_other' })).status, 200);
    const readme = await fetch(`${hub().url}/cortexso/tinyllama/resolve/main/README.md`, {
      redirect: 'manual',
    });
    assert.equal(readme.headers.get('ratelimit'), '"resolvers";r=4;t=300');
    now += 200_000;
    assert.equal((await ask()).status, 200);
  });

  it('costs a 304 as much as an answer', async () => {
    now += 300_000;
    const etag = (await ask()).headers.get('etag') ?? '';
    const unchanged = await ask({ 'if-none-match': etag });
    assert.deepEqual(
      [unchanged.status, unchanged.headers.get('ratelimit')],
      [304, '"api";r=1;t=300'],
    );
  });

  it('does not hold for Jan, Cortex and the controls', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      for (const path of [
        '/cortex/healthz',
        '/janhq/model-catalog/main/model_catalog.json',
        '/__hub/sources',
      ]) {
        const response = await fetch(hub().url + path);
        await response.arrayBuffer();
        assert.deepEqual([response.status, response.headers.get('ratelimit')], [200, null]);
      }
    }
  });
});
