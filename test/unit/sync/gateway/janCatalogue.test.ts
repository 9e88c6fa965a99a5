import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { JanVersion } from '../../../../src/sync/gateway/janCatalogue.ts';
import { JanCatalogue } from '../../../../src/sync/gateway/janCatalogue.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { SourceRow, Validators } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { estimated, unknown } from '../../support/rows.ts';
import { useSession } from '../../support/useSession.ts';

const link = (path: string): string => `https://huggingface.co/janhq/x/resolve/main/${path}`;

const gguf = {
  model_name: 'Jan-v1-4B-GGUF',
  developer: 'janhq',
  description: 'Small and able.',
  downloads: 7_000,
  createdAt: '2025-08-12T07:07:07.000Z',
  tools: true,
  num_quants: 2,
  quants: [
    { model_id: 'Jan-v1-4B-Q8_0', path: link('Jan-v1-4B-Q8_0.gguf'), file_size: '4.0 GB' },
    { model_id: 'Jan-v1-4B-Q4_K_M', path: link('Jan-v1-4B-Q4_K_M.gguf'), file_size: '2.3 GB' },
  ],
  num_mmproj: 1,
  mmproj_models: [{ model_id: 'mmproj-F16', path: link('mmproj-F16.gguf'), file_size: '600.0 MB' }],
  readme: 'https://huggingface.co/janhq/x/resolve/main/README.md',
};
const mlx = {
  model_name: 'Kokoro-82M-bf16',
  developer: 'mlx-community',
  description: '',
  downloads: 10,
  createdAt: '2025-01-02T03:04:05Z',
  tools: false,
  library_name: 'mlx',
  num_safetensors: 2,
  safetensors_files: [
    { model_id: 'model-2', path: link('model-00002-of-00002.safetensors'), file_size: '1.0 GB' },
    { model_id: 'model-1', path: link('model-00001-of-00002.safetensors'), file_size: '1.0 GB' },
  ],
  config: link('config.json'),
};

describe("Jan's catalogue", () => {
  const server = useLocalServer();
  const session = useSession();
  let logger: ReturnType<typeof collectingLogger>;
  let etag: string | undefined;
  beforeEach(() => {
    logger = collectingLogger();
    etag = undefined;
  });

  function publish(file: unknown): void {
    server().answer((request, response) => {
      if (etag !== undefined) response.setHeader('ETag', etag);
      const same = etag !== undefined && request.headers['if-none-match'] === etag;
      response.writeHead(same ? 304 : 200).end(same ? undefined : JSON.stringify(file));
    });
  }
  const question = (asked: Partial<Question> = {}): Question => ({
    ...{ manifest: new Map(), times: new Map(), first: true, counters: false },
    ...{ validators: {}, http: session(), logger },
    ...asked,
  });
  const ask = (asked: Partial<Question> = {}, version: JanVersion = 'v2') =>
    new JanCatalogue(version, new URL(`${server().url}/main/`)).sweep(question(asked));
  async function list(file: unknown, asked: Partial<Question> = {}): Promise<Listing> {
    publish(file);
    const listing = await ask(asked);
    assert.ok(listing);
    return listing;
  }
  async function rowsOf(listing: Listing): Promise<readonly SourceRow[]> {
    return (await listing.load([...listing.manifest.keys()])).rows;
  }
  async function only(entry: object): Promise<SourceRow> {
    const [row, ...others] = await rowsOf(await list([entry]));
    assert.deepEqual(others, []);
    return row!;
  }

  for (const [version, file] of [
    ['v1', 'model_catalog.json'],
    ['v2', 'model_catalog_v2.json'],
  ] as const) {
    it(`${version} is the file ${file}`, async () => {
      publish([gguf]);
      const listing = await ask({}, version);
      assert.equal(server().requests[0]?.url, `/main/${file}`);
      assert.deepEqual([...listing!.manifest.keys()], ['janhq/Jan-v1-4B-GGUF']);
    });
  }

  it('says in our words what it knows of a model', async () => {
    const { record, counters } = await only(gguf);
    assert.deepEqual(counters, { downloads: 7_000 });
    assert.equal(record.description, 'Small and able.');
    assert.equal(record.createdAt, Date.parse(gguf.createdAt));
    assert.equal(record.takesTools, true);
    const projector = { path: 'mmproj-F16.gguf', size: estimated(600 * 1024 ** 2) };
    assert.deepEqual(
      record.variants?.map(({ name, size, mmproj }) => [name, size, mmproj]),
      [
        ['Jan-v1-4B-Q4_K_M', estimated(Math.round(2.3 * 1024 ** 3)), projector],
        ['Jan-v1-4B-Q8_0', estimated(4 * 1024 ** 3), projector],
      ],
    );
  });

  it('keeps what it was told, without the counter', async () => {
    const { content } = await only(gguf);
    const { downloads, ...rest } = gguf;
    assert.ok(downloads > 0);
    assert.deepEqual(JSON.parse(content), rest);
  });

  it('does not take another counter for another content', async () => {
    const before = await only(gguf);
    const after = await only({ ...gguf, downloads: 8_000 });
    assert.equal(after.fingerprint, before.fingerprint);
    assert.notEqual((await only({ ...gguf, tools: false })).fingerprint, before.fingerprint);
  });

  it('reads an MLX entry, which has no quants', async () => {
    const { record } = await only(mlx);
    assert.equal(record.library, 'mlx');
    assert.equal(record.description, undefined);
    assert.deepEqual(
      record.variants?.map(({ name, files, size }) => [name, files.length, size]),
      [['safetensors', 2, estimated(2 * 1024 ** 3)]],
    );
  });

  it('reads the first entries ever, which lack half of the fields', async () => {
    const { record } = await only({
      model_name: 'old',
      developer: 'janhq',
      createdAt: 'yesterday',
      quants: [{ path: link('old-Q4_0.gguf?download=true') }],
    });
    assert.equal(record.createdAt, undefined);
    assert.equal(record.takesTools, undefined);
    assert.deepEqual(
      record.variants?.map(({ name, size }) => [name, size]),
      [['old-Q4_0', unknown]],
    );
  });

  for (const [name, path, expected] of [
    ['in folders', link('Q4_K_M/m-00001-of-00002.gguf'), 'Q4_K_M/m-00001-of-00002.gguf'],
    ['with escaped spaces', link('my%20model-Q4_0.gguf'), 'my model-Q4_0.gguf'],
    ['with a bare per cent sign', link('50%-Q4_0.gguf'), '50%-Q4_0.gguf'],
    ['of another revision', link('x.gguf').replace('/main/', '/v1.0/'), 'x.gguf'],
  ] as const) {
    it(`finds the path of files ${name}`, async () => {
      const { record } = await only({ ...gguf, mmproj_models: [], quants: [{ path }] });
      assert.equal(record.variants?.[0]?.files[0]?.path, expected);
    });
  }

  it('leaves out a file whose address leads nowhere', async () => {
    const { record } = await only({ ...gguf, mmproj_models: [], quants: [{ path: 'x.gguf' }] });
    assert.deepEqual(record.variants, []);
  });

  it('lets the last of two entries with one id count', async () => {
    const listing = await list([{ ...gguf, description: 'first' }, mlx, gguf]);
    const rows = await rowsOf(listing);
    assert.equal(rows.length, 2);
    assert.equal(listing.manifest.size, 2);
    assert.equal(
      rows.find(({ record }) => record.id === 'janhq/Jan-v1-4B-GGUF')?.record.description,
      'Small and able.',
    );
  });

  describe('from a server that sends it all anew whatever ETag it is asked with', () => {
    const asked = (): (string | undefined)[] => server().requests.map(({ method }) => method);
    function serve(file: unknown, mark: string, onHead = 200): void {
      server().answer(({ method }, response) => {
        const head = method === 'HEAD';
        response.setHeader('ETag', mark).setHeader('Content-Encoding', 'gzip');
        response.writeHead(head ? onHead : 200);
        response.end(head ? undefined : gzipSync(JSON.stringify(file)));
      });
    }
    /** The marks that the third run begins with, when the server is known to be deaf. */
    async function learn(): Promise<Validators> {
      serve([gguf], '"1"');
      const first = await ask();
      const second = await ask({ validators: first!.validators });
      assert.deepEqual(asked(), ['GET', 'GET']);
      server().requests.splice(0);
      return second!.validators;
    }

    it('is asked for its mark alone', async () => {
      const validators = await learn();
      assert.equal(await ask({ validators }), undefined);
      assert.deepEqual(asked(), ['HEAD']);
    });

    it('is fetched once its mark is another', async () => {
      const validators = await learn();
      serve([gguf, mlx], '"2"');
      const listing = await ask({ validators });
      assert.equal(listing?.manifest.size, 2);
      assert.deepEqual(asked(), ['HEAD', 'GET']);
      assert.equal(await ask({ validators: listing.validators }), undefined);
    });

    it('is fetched where the server does not know that question', async () => {
      const validators = await learn();
      serve([gguf], '"1"', 405);
      assert.equal((await ask({ validators }))?.manifest.size, 1);
      assert.deepEqual(asked(), ['HEAD', 'GET']);
    });
  });

  it('is unchanged where its ETag is', async () => {
    etag = '"abc"';
    const { validators } = await list([gguf]);
    assert.deepEqual(validators, { file: '"abc"' });
    assert.equal(await ask({ validators }), undefined);
    etag = '"def"';
    assert.ok(await ask({ validators }));
  });

  it('is not believed to be empty', async () => {
    await rejectsWith(list([]), 'badAnswer', /holds no models/);
  });

  describe('with entries that are bad', () => {
    for (const [name, bad] of Object.entries({
      'without a name': { ...gguf, model_name: undefined },
      'with a number for a name': { ...gguf, model_name: 7 },
      'with a name that would leave its folder': { ...gguf, model_name: '../../etc' },
      'with a slash in its name': { ...gguf, model_name: 'a/b' },
      'with a script for an author': { ...gguf, developer: '<script>' },
      'that is null': null,
      'that is a list': [],
      'that is a text': 'janhq/x',
    })) {
      it(`drops one ${name}, and keeps the rest`, async () => {
        const known = new Map([['janhq/Jan-v1-4B-GGUF', 'known']]);
        const listing = await list([bad, mlx], { manifest: known });
        assert.deepEqual([...listing.manifest.keys()], ['mlx-community/Kokoro-82M-bf16']);
        assert.equal(listing.dropped, 1);
        assert.equal(listing.complete, false, 'which one it was is not known, so none is gone');
        assert.match(logger.at('warn')[0]!, /jan:v2: dropped an entry/);
      });
    }

    for (const [name, bad] of Object.entries({
      'quants that are none': { ...gguf, quants: 'many' },
      'a file without an address': { ...gguf, quants: [{ file_size: '1 GB' }] },
      'a fraction of a download': { ...gguf, downloads: 1.5 },
      'less than no downloads': { ...gguf, downloads: -1 },
      'more downloads than a number can hold': { ...gguf, downloads: 1e300 },
    })) {
      it(`keeps what was known of one with ${name}`, async () => {
        const known = new Map([['janhq/Jan-v1-4B-GGUF', 'known']]);
        const listing = await list([bad, mlx], { manifest: known });
        assert.equal(listing.manifest.get('janhq/Jan-v1-4B-GGUF'), 'known');
        assert.equal(listing.dropped, 1);
        assert.equal(listing.complete, true);
        assert.equal(listing.counters.has('janhq/Jan-v1-4B-GGUF'), false);
      });
    }

    it('does not begin with one that was not known', async () => {
      const listing = await list([{ ...gguf, quants: 'many' }, mlx]);
      assert.equal(listing.manifest.has('janhq/Jan-v1-4B-GGUF'), false);
      assert.equal(listing.complete, true);
    });

    it('is refused where it is no catalogue at all', async () => {
      for (const file of [{ error: 'moved' }, 'text', 7, null, [1, 2, 3], [{ name: 'package' }]]) {
        publish(file);
        await rejectsWith(ask(), 'badAnswer', /jan:v2 answered.*Check the address/);
      }
    });
  });
});
