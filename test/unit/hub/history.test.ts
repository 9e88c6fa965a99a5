import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Hub } from '../../hub/hub.ts';
import { startHub } from '../../hub/hub.ts';
import type { Row } from './support.ts';
import { getRows, lacking, truthOf } from './support.ts';

const CREATED = '2025-05-01T10:00:00Z';

function record(developer: string, name: string, extra: Row = {}): Row {
  const path = `https://huggingface.co/${developer}/${name}/resolve/main/${name}-Q4_K_M.gguf`;
  return {
    model_name: name,
    developer,
    downloads: 10,
    createdAt: CREATED,
    tools: true,
    quants: [{ model_id: `${name}-Q4_K_M`, path, file_size: '2.2 GB' }],
    num_quants: 1,
    ...extra,
  };
}

/** Key-sorted JSON, written a second time on purpose: the hub's own writer is what is tested. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function shaOf(row: Row): string {
  return createHash('sha1')
    .update(sortedJson(lacking(row, 'downloads')))
    .digest('hex');
}

const times = [1_750_000_000, 1_750_086_400, 1_750_172_800, 1_750_259_200];
const iso = (index: number) => new Date((times[index] ?? 0) * 1000).toISOString();

describe('A catalogue history', () => {
  let folder: string;
  let hub: Hub;

  const changed = record('acme', 'Alpha-7B-GGUF', { tools: false });
  const twice = record('zeta', 'Twice-1B-GGUF', { description: 'the last one counts' });
  const odd = record('beta', 'Odd-8B-GGUF', {
    quants: [
      {
        model_id: 'x',
        path: 'https://huggingface.co/beta/Odd-8B-GGUF/resolve/main/sub%20dir/ x.gguf?download=true',
        file_size: '957.0 MB',
      },
    ],
    mmproj_models: [
      {
        model_id: 'm',
        path: 'https://huggingface.co/beta/Odd-8B-GGUF/resolve/main/mmproj-F16.gguf',
        file_size: '12 B',
      },
      {
        model_id: 'n',
        path: 'https://huggingface.co/beta/Odd-8B-GGUF/resolve/main/none.gguf',
        file_size: 'N/A',
      },
    ],
  });
  const young = lacking(record('young', 'New-2B-GGUF'), 'createdAt');
  const versions: Row[][] = [
    [
      record('acme', 'Alpha-7B-GGUF'),
      record('beta', 'Beta-3B-GGUF'),
      record('zeta', 'Twice-1B-GGUF'),
      twice,
    ],
    [changed, record('beta', 'Beta-3B-GGUF', { downloads: 99 }), twice, odd],
    [changed, twice, odd, young],
    [changed, record('beta', 'Beta-3B-GGUF'), twice, odd, young],
  ];

  const write = (directory: string, list: Row[][], from = 0) => {
    mkdirSync(directory, { recursive: true });
    for (const [index, rows] of list.entries()) {
      const name = `${String(index * 2 + 1).padStart(3, '0')}-${times[from + index] ?? 0}.json.gz`;
      writeFileSync(join(directory, name), gzipSync(JSON.stringify(rows, null, 1)));
    }
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-history-'));
    write(folder, versions);
    writeFileSync(join(folder, 'README.md'), 'not a version');
    hub = await startHub({ catalogueHistory: folder });
  });
  afterEach(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  const changes = (author: string) =>
    getRows(hub, `/api/models?author=${author}&expand=sha&expand=lastModified`).then((rows) =>
      rows.map(({ id, sha, lastModified }) => ({ id, sha, lastModified })),
    );

  it('publishes the first version at start and the next on demand, until the last', async () => {
    const advance = () => fetch(`${hub.url}/__hub/advance`, { method: 'POST' });
    const answers = [];
    for (let step = 1; step < versions.length; step += 1)
      answers.push(await (await advance()).json());
    assert.deepEqual(answers, [
      { sequence: 3, time: iso(1), last: false },
      { sequence: 5, time: iso(2), last: false },
      { sequence: 7, time: iso(3), last: true },
    ]);
    assert.equal((await advance()).status, 409);
    assert.equal(hub.advance(), undefined);
  });

  it('serves the catalogue byte for byte, under the name of its format', async () => {
    const file = await fetch(`${hub.url}/janhq/model-catalog/main/model_catalog.json`);
    assert.equal(await file.text(), JSON.stringify(versions[0], null, 1));
    const other = await fetch(`${hub.url}/janhq/model-catalog/main/model_catalog_v2.json`);
    assert.equal(other.status, 404);
    assert.deepEqual(hub.sources().sources.jan, ['v1']);
    assert.deepEqual(hub.sources().sources.hf, ['acme', 'beta', 'zeta']);
  });

  it('makes commits of content, dated by the version, and none of counters', async () => {
    const alpha = {
      id: 'acme/Alpha-7B-GGUF',
      sha: shaOf(versions[0]?.[0] ?? {}),
      lastModified: iso(0),
    };
    const beta = {
      id: 'beta/Beta-3B-GGUF',
      sha: shaOf(versions[0]?.[1] ?? {}),
      lastModified: iso(0),
    };
    assert.deepEqual(await changes('acme'), [alpha]);
    hub.advance();
    assert.deepEqual(await changes('acme'), [
      { ...alpha, sha: shaOf(changed), lastModified: iso(1) },
    ]);
    assert.deepEqual(
      (await changes('beta')).find(({ id }) => id === beta.id),
      beta,
    );
    const [row] = await getRows(hub, '/api/models?search=beta-3b&expand=downloads');
    assert.equal(row?.['downloads'], 99);
    hub.advance();
    assert.ok((await changes('beta')).every(({ id }) => id !== beta.id));
    hub.advance();
    assert.deepEqual(
      (await changes('beta')).find(({ id }) => id === beta.id),
      { ...beta, lastModified: iso(3) },
    );
  });

  it('lets the last of two records with one id count', async () => {
    assert.deepEqual(await changes('zeta'), [
      { id: 'zeta/Twice-1B-GGUF', sha: shaOf(twice), lastModified: iso(0) },
    ]);
    const lines = truthOf(hub, 'jan:v1').filter(({ id }) => id === 'zeta/Twice-1B-GGUF');
    assert.deepEqual(
      lines.map(({ content }) => content['description']),
      ['the last one counts'],
    );
  });

  it('derives files from links and sizes from strings', async () => {
    hub.advance();
    const entries = await getRows(hub, '/api/models/beta/Odd-8B-GGUF/tree/main?recursive=true');
    const sizes = Object.fromEntries(
      entries
        .filter((entry) => entry['type'] === 'file')
        .map((entry) => [String(entry['path']), entry['size']]),
    );
    assert.equal(sizes['sub dir/ x.gguf'], 957 * 1024 * 1024);
    assert.equal(sizes['mmproj-F16.gguf'], 12);
    assert.equal(sizes['none.gguf'], 0);
    assert.ok(Number(sizes['README.md']) > 100 && Number(sizes['.gitattributes']) > 10);
    const alpha = await getRows(hub, '/api/models/acme/Alpha-7B-GGUF/tree/main');
    assert.equal(
      alpha.find((entry) => entry['path'] === 'Alpha-7B-GGUF-Q4_K_M.gguf')?.['size'],
      Math.round(2.2 * 1024 ** 3),
    );
    const file = await fetch(`${hub.url}/beta/Odd-8B-GGUF/resolve/main/sub%20dir/%20x.gguf`, {
      headers: { range: 'bytes=0-3' },
    });
    assert.equal(file.status, 206);
  });

  it('derives the rest by rule', async () => {
    const info = (await (await fetch(`${hub.url}/api/models/acme/Alpha-7B-GGUF`)).json()) as Row;
    assert.equal(info['createdAt'], '2025-05-01T10:00:00.000Z');
    assert.equal((info['gguf'] as Row)['total'], 7e9);
    assert.ok((info['tags'] as string[]).includes('license:apache-2.0'));
    assert.deepEqual([info['private'], info['gated'], info['disabled']], [false, false, false]);
    hub.advance();
    hub.advance();
    const young = (await (await fetch(`${hub.url}/api/models/young/New-2B-GGUF`)).json()) as Row;
    assert.equal(young['createdAt'], '2022-03-02T23:29:04.000Z');
    const odd = (await (await fetch(`${hub.url}/api/models/beta/Odd-8B-GGUF`)).json()) as Row;
    assert.equal(odd['pipeline_tag'], 'image-text-to-text');
  });

  it('keeps earlier commits', async () => {
    const [before] = await changes('acme');
    hub.advance();
    const old = await fetch(
      `${hub.url}/api/models/acme/Alpha-7B-GGUF/revision/${String(before?.sha)}?expand=lastModified&expand=sha`,
    );
    const row = (await old.json()) as Row;
    assert.deepEqual([row['sha'], row['lastModified']], [before?.sha, iso(0)]);
    const never = await fetch(
      `${hub.url}/api/models/acme/Alpha-7B-GGUF/revision/${'0'.repeat(40)}`,
    );
    assert.equal(never.status, 404);
  });

  it('tells the truth about Jan and Cortex too', () => {
    hub.advance();
    const jan = truthOf(hub, 'jan:v1');
    const expected = (versions[1] ?? [])
      .map((row) => lacking(row, 'downloads'))
      .map((content) => ({
        source: 'jan:v1',
        id: `${String(content['developer'])}/${String(content['model_name'])}`,
        content,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    assert.equal(
      jan.map((line) => sortedJson(line)).join('\n'),
      expected.map((line) => sortedJson(line)).join('\n'),
    );
    const lines = hub.truth('jan:v1').trim().split('\n');
    assert.equal(
      lines[0],
      `{"source":"jan:v1","id":"acme/Alpha-7B-GGUF","content":${sortedJson(expected[0]?.content)}}`,
    );
    const cortex = truthOf(hub, 'cortex').map(({ id }) => id);
    assert.deepEqual(cortex, ['acme/Alpha-7B-GGUF', 'beta/Beta-3B-GGUF', 'zeta/Twice-1B-GGUF']);
  });

  it('merges a folder of both formats by time', async () => {
    const both = join(folder, 'both');
    write(join(both, 'v1'), versions.slice(0, 1));
    const mlx = record('mlx-community', 'Alpha-7B-4bit', {
      library_name: 'mlx',
      quants: undefined,
      safetensors_files: [
        {
          model_id: 'model',
          path: 'https://huggingface.co/mlx-community/Alpha-7B-4bit/resolve/main/model.safetensors',
          file_size: '3.0 GB',
        },
      ],
    });
    write(join(both, 'v2'), [[mlx]], 1);
    const merged = await startHub({ catalogueHistory: both });
    try {
      assert.deepEqual(merged.sources().sources.jan, ['v1']);
      assert.deepEqual(merged.advance(), { sequence: 2, time: iso(1), last: true });
      assert.deepEqual(merged.sources().sources.jan, ['v1', 'v2']);
      const entries = await getRows(merged, '/api/models/mlx-community/Alpha-7B-4bit/tree/main');
      assert.deepEqual(
        entries.map((entry) => entry['path']),
        ['.gitattributes', 'README.md', 'config.json', 'model.safetensors'],
      );
      const [row] = await getRows(
        merged,
        '/api/models?author=mlx-community&expand=gguf&expand=library_name',
      );
      assert.deepEqual([row?.['library_name'], row && 'gguf' in row], ['mlx', false]);
    } finally {
      await merged.close();
    }
  });

  it('says what is wrong with a folder without versions', async () => {
    await assert.rejects(
      startHub({ catalogueHistory: mkdtempSync(join(folder, 'empty-')) }),
      /<sequence>-<unix seconds>/,
    );
    await assert.rejects(startHub({ catalogueHistory: join(folder, 'missing') }), /ENOENT/);
  });
});
