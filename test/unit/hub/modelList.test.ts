import assert from 'node:assert/strict';
import { get } from 'node:http';
import { getRows, nextOf, rowsOf, truthOf } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';

const PROBE =
  '/api/models?author=janhq&sort=lastModified&limit=16&expand=sha&expand=lastModified&expand=gated';

describe('GET /api/models', () => {
  const hub = useSharedHub({ models: 400, seed: 7 });

  it('sends exactly what is asked for, and the ids', async () => {
    const rows = await getRows(hub(), PROBE);
    assert.ok(rows.length > 1);
    for (const row of rows) {
      assert.deepEqual(Object.keys(row), ['_id', 'id', 'sha', 'lastModified', 'gated']);
      assert.match(String(row['_id']), /^[0-9a-f]{24}$/);
    }
    const bracketed = await getRows(hub(), PROBE.replaceAll('expand=', 'expand[]='));
    assert.deepEqual(bracketed, rows);
  });

  it('has no sha in a row unless full', async () => {
    const [row] = await getRows(hub(), '/api/models?limit=1');
    assert.deepEqual(Object.keys(row ?? {}).sort(), [
      '_id',
      'createdAt',
      'downloads',
      'id',
      'library_name',
      'likes',
      'modelId',
      'pipeline_tag',
      'private',
      'tags',
      'trendingScore',
    ]);
    const [full] = await getRows(hub(), '/api/models?limit=1&full=true');
    assert.ok(full && 'sha' in full && 'lastModified' in full && 'siblings' in full);
    const [card] = await getRows(hub(), '/api/models?limit=1&cardData=true&config=true');
    assert.ok(card && 'cardData' in card && 'config' in card);
  });

  it('refuses expand together with full, cardData or config', async () => {
    for (const other of ['full', 'cardData', 'config']) {
      const response = await fetch(`${hub().url}/api/models?expand=sha&${other}=true`);
      assert.equal(response.status, 400);
      assert.match(response.headers.get('x-error-message') ?? '', /expand/);
    }
    for (const bad of ['expand=nonsense', 'sort=nonsense', 'limit=0', 'cursor=%5B']) {
      assert.equal((await fetch(`${hub().url}/api/models?${bad}`)).status, 400, bad);
    }
  });

  it('pages by Link, whatever the sort, and shows every model once', async () => {
    const expected = truthOf(hub()).filter(({ source }) => source.startsWith('hf:'));
    for (const sort of ['lastModified', 'downloads', 'trendingScore', 'likes', 'createdAt', 'id']) {
      const seen: string[] = [];
      const values: unknown[] = [];
      let url: string | undefined =
        `${hub().url}/api/models?limit=37&sort=${sort}&expand=${sort === 'id' ? 'sha' : sort}&expand=sha`;
      while (url !== undefined) {
        const response: Response = await fetch(url);
        url = nextOf(response);
        for (const row of await rowsOf(response)) {
          seen.push(String(row['id']));
          values.push(row[sort]);
        }
        if (url !== undefined) {
          const params = new URL(url).searchParams;
          assert.equal(params.get('limit'), '37');
          assert.ok(params.getAll('expand').includes('sha'));
        }
      }
      assert.deepEqual(seen.toSorted(), expected.map(({ id }) => id).toSorted(), sort);
      const descending = (a: unknown, b: unknown) => (a === b ? 0 : String(a) < String(b) ? 1 : -1);
      if (typeof values[0] === 'string')
        assert.deepEqual(values, values.toSorted(descending), sort);
    }
  });

  it('keeps its place while rows before the cursor change', async () => {
    const first = await fetch(`${hub().url}/api/models?limit=5&sort=id&expand=sha`);
    const [gone] = await rowsOf(first);
    hub().setFaults({ repositories: { [String(gone?.['id'])]: { deleted: true } } });
    const second = await getRows(hub(), '/api/models?limit=10&sort=id&expand=sha');
    const continued = await rowsOf(await fetch(nextOf(first) ?? ''));
    assert.equal(continued[0]?.['id'], second[4]?.['id']);
  });

  it('knows an unknown author as one without models', async () => {
    assert.deepEqual(await getRows(hub(), '/api/models?author=nobody&expand=sha'), []);
  });

  it('filters by words, tags, task and gating together', async () => {
    const rows = await getRows(
      hub(),
      '/api/models?search=qwen&search=gguf&filter=gguf&filter=license:apache-2.0&pipeline_tag=text-generation&full=true',
    );
    assert.ok(rows.length > 0);
    for (const row of rows) {
      assert.match(String(row['id']).toLowerCase(), /qwen.*gguf|gguf.*qwen/);
      assert.ok((row['tags'] as string[]).includes('license:apache-2.0'));
      assert.equal(row['pipeline_tag'], 'text-generation');
    }
    assert.deepEqual(await getRows(hub(), '/api/models?filter=no-such-tag'), []);
    const id = String(rows[0]?.['id']);
    hub().setFaults({ repositories: { [id]: { gated: 'manual' } } });
    const gated = await getRows(hub(), '/api/models?gated=true&expand=gated');
    assert.deepEqual(
      gated.map((row) => [row['id'], row['gated']]),
      [[id, 'manual']],
    );
  });

  it('answers 304 to the weak ETag of an unchanged page, and not after a change', async () => {
    const first = await fetch(hub().url + PROBE);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^W\/"[0-9a-f]+-[A-Za-z0-9+/]{27}"$/);
    const headers = { 'if-none-match': etag };
    const second = await fetch(hub().url + PROBE, { headers });
    assert.equal(second.status, 304);
    assert.equal(await second.text(), '');
    assert.match(second.headers.get('ratelimit') ?? '', /^"api";r=\d+;t=\d+$/);
    hub().setFaults({ repositories: { 'janhq/Jan-v1-4B-GGUF': { gated: 'auto' } } });
    assert.equal((await fetch(hub().url + PROBE, { headers })).status, 200);
  });

  it('never answers 304 with ETags switched off', async () => {
    const etag = (await fetch(hub().url + PROBE)).headers.get('etag') ?? '';
    hub().setFaults({ etags: false });
    const ignored = await fetch(hub().url + PROBE, { headers: { 'if-none-match': etag } });
    assert.equal(ignored.status, 200);
    assert.equal(ignored.headers.get('etag'), etag);
    hub().setFaults({ etags: 'none' });
    const none = await fetch(hub().url + PROBE, { headers: { 'if-none-match': etag } });
    assert.equal(none.status, 200);
    assert.equal(none.headers.get('etag'), null);
  });

  it('compresses only for those who ask', async () => {
    const lengthWith = (coding: string) =>
      new Promise<[string | undefined, number]>((resolve, reject) => {
        const request = get(
          `${hub().url}/api/models?limit=100&full=true`,
          { headers: { 'accept-encoding': coding } },
          (response) => {
            let length = 0;
            response.on('data', (piece: Buffer) => (length += piece.length));
            response.on('end', () => resolve([response.headers['content-encoding'], length]));
          },
        );
        request.on('error', reject);
      });
    const [plainCoding, plainLength] = await lengthWith('identity');
    const [coding, length] = await lengthWith('br, gzip');
    assert.equal(plainCoding, undefined);
    assert.equal(coding, 'gzip');
    assert.ok(length * 4 < plainLength, `${length} of ${plainLength}`);
    assert.equal((await lengthWith('gzip;q=0'))[0], undefined);
  });

  it('hides private models from those without a token', async () => {
    const id = 'janhq/Jan-v1-4B-GGUF';
    hub().setFaults({ repositories: { [id]: { private: true } } });
    const ids = (rows: Record<string, unknown>[]) => rows.map((row) => row['id']);
    assert.ok(!ids(await getRows(hub(), PROBE)).includes(id));
    assert.ok(truthOf(hub(), 'hf:janhq').every((line) => line.id !== id));
    const headers = { authorization: 'Bearer hf_test' };
    const seen = await rowsOf(await fetch(hub().url + PROBE, { headers }));
    assert.equal(ids(seen).includes(id), true);
  });

  it('says the same in the list as in the truth', async () => {
    const truth = truthOf(hub(), 'hf:bartowski');
    const fields = Object.keys(truth[0]?.content ?? {}).filter(
      (name) => !['_id', 'id'].includes(name),
    );
    const rows = await getRows(
      hub(),
      `/api/models?author=bartowski&${fields.map((name) => `expand=${name}`).join('&')}`,
    );
    for (const { id, content } of truth) {
      const row = rows.find((one) => one['id'] === id);
      const gguf = row?.['gguf'] as Record<string, unknown> | undefined;
      assert.ok(gguf && String(gguf['chat_template']).length > 1000);
      delete gguf['chat_template'];
      assert.deepEqual(row, content);
    }
  });

  it('has a chat template with tools exactly where the model takes tools', async () => {
    const tools = new Map(
      truthOf(hub(), 'jan:v1').map(({ id, content }) => [id, content['tools']]),
    );
    const rows = await getRows(hub(), '/api/models?expand=gguf');
    let checked = 0;
    for (const row of rows) {
      const gguf = row['gguf'] as { chat_template: string } | undefined;
      const expected = tools.get(String(row['id']));
      if (gguf === undefined || expected === undefined) continue;
      const template = gguf.chat_template;
      assert.equal(template.includes('for tool in tools'), expected, String(row['id']));
      assert.equal(template.includes('tool'), expected, String(row['id']));
      checked += 1;
    }
    assert.ok(checked > 200);
  });
});
