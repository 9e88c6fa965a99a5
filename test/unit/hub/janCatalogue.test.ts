import assert from 'node:assert/strict';
import { getRows, truthOf } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';

const PATH = '/janhq/model-catalog/main/model_catalog_v2.json';

describe("Jan's catalogue", () => {
  const hub = useSharedHub({ models: 120, versions: 2 });

  it('is a static file: ETag, 304, freshness, range', async () => {
    const plain = await fetch(hub().url + PATH, { headers: { 'accept-encoding': 'identity' } });
    const text = await plain.text();
    const etag = plain.headers.get('etag') ?? '';
    assert.match(etag, /^"[0-9a-f]{64}"$/);
    assert.equal(plain.headers.get('cache-control'), 'max-age=300');
    const packed = await fetch(hub().url + PATH);
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.equal(packed.headers.get('etag'), `W/${etag}`);
    assert.equal(await packed.text(), text);
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await fetch(hub().url + PATH, { headers: { 'if-none-match': condition } });
      assert.equal(answer.status, 304, condition);
    }
    const part = await fetch(hub().url + PATH, { headers: { range: 'bytes=10-19' } });
    assert.deepEqual([part.status, await part.text()], [206, text.slice(10, 20)]);
  });

  it('holds what the truth says', async () => {
    const rows = await getRows(hub(), PATH);
    const truth = new Map(truthOf(hub(), 'jan:v2').map(({ id, content }) => [id, content]));
    assert.equal(truth.size, rows.length);
    for (const { downloads, ...row } of rows) {
      assert.equal(typeof downloads, 'number');
      const id = `${String(row['developer'])}/${String(row['model_name'])}`;
      assert.deepEqual(truth.get(id), row);
    }
  });

  it('changes with the next version, and ends with the last', async () => {
    const etag = (await fetch(hub().url + PATH)).headers.get('etag') ?? '';
    assert.ok(hub().advance());
    assert.equal(
      (await fetch(hub().url + PATH, { headers: { 'if-none-match': etag } })).status,
      200,
    );
    const refused = await fetch(`${hub().url}/__hub/advance`, { method: 'POST' });
    assert.equal(refused.status, 409);
  });
});
