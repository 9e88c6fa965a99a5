import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { noteInReceipt } from '../../../../src/download/receipt.ts';
import { JanRuntime } from '../../../../src/runtime/jan/janRuntime.ts';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { useSession } from '../../support/useSession.ts';
import { entryIn, idsIn, machineIn, never, whileUnreadable, writeFiles } from './diskRig.ts';

const SHA256 = 'c'.repeat(64);

describe('Jan', () => {
  const home = useTemporaryFolder();
  const server = useLocalServer();
  const session = useSession();
  let clock: FakeClock;
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
  });

  const data = (): string => join(home(), '.local/share/Jan/data');
  const models = (): string => join(data(), 'llamacpp/models');
  const list = (signal = never): Promise<RuntimeListing | undefined> =>
    new JanRuntime({
      machine: machineIn(home()),
      session,
      address: new URL(`${server().url}/`),
      clock,
      logger,
    }).list(signal);

  /** A model as Jan's own import leaves it. */
  function install(id: string, description: object = {}, engine = 'llamacpp'): void {
    const folder = `${engine}/models/${id}`;
    const text = stringify({ model_path: `${folder}/model.gguf`, name: id, ...description });
    writeFiles(data(), { [`${folder}/model.gguf`]: 10, [`${folder}/model.yml`]: text });
  }
  const problemOf = async (id: string): Promise<string> =>
    entryIn(await list(), id).problem ?? 'no problem';

  it('is not there where it was never started, and nobody is asked', async () => {
    assert.equal(await list(), undefined);
    assert.equal(server().requests.length, 0);
  });

  it('has no models at first', async () => {
    writeFiles(data(), { 'threads/x.json': 1 });
    const listing = await list();
    assert.deepEqual(listing, { name: 'Jan', folder: data(), entries: [] });
  });

  it('says that its data folder is gone', async () => {
    const gone = join(home(), 'unplugged');
    const text = JSON.stringify({ data_folder: gone });
    writeFiles(home(), { '.local/share/Jan/settings.json': text });
    const listing = await list();
    assert.deepEqual(listing?.entries, []);
    assert.ok(listing.problem?.includes(gone));
  });

  describe('on the disk', () => {
    it('lists models at whichever depth, with projector and digests', async () => {
      install('Small-Q4_K_M', {
        mmproj_path: 'llamacpp/models/Small-Q4_K_M/mmproj.gguf',
        size_bytes: 13,
        model_sha256: SHA256.toUpperCase(),
        model_size_bytes: 10,
        mmproj_sha256: 'd'.repeat(64),
      });
      writeFiles(models(), { 'Small-Q4_K_M/mmproj.gguf': 3 });
      install('acme/deep/Other', { sha256: SHA256, name: null });
      const listing = await list();
      assert.deepEqual(idsIn(listing), ['Small-Q4_K_M', 'acme/deep/Other']);
      const small = entryIn(listing, 'Small-Q4_K_M');
      assert.equal(small.problem, undefined);
      assert.equal(small.running, undefined);
      assert.deepEqual(
        small.files.map(({ role, sha256 }) => [role, sha256]),
        [
          ['weights', SHA256],
          ['projector', 'd'.repeat(64)],
          ['companion', undefined],
        ],
      );
      const other = entryIn(listing, 'acme/deep/Other');
      assert.equal(other.name, 'acme/deep/Other');
      assert.equal(other.files[0]?.sha256, SHA256);
    });

    it('lists an import where the user has it', async () => {
      writeFiles(home(), { 'mine/my model.gguf': 7 });
      const path = join(home(), 'mine/my model.gguf');
      const text = stringify({ model_path: path, name: 'Mine' });
      writeFiles(models(), { 'mine/model.yml': text });
      const entry = entryIn(await list(), 'mine');
      assert.equal(entry.files[0]?.path, path);
      assert.equal(entry.problem, undefined);
    });

    it('knows what was downloaded into it by Model Hub', async () => {
      install('acme/Small-Q4_0');
      const file = {
        path: 'Small-Q4_0.gguf',
        size: 10,
        role: 'weights',
        digest: { algorithm: 'sha256', hex: SHA256 },
      } as const;
      const origin = { model: 'acme/Small', revision: 'a'.repeat(40), variant: 'Small-Q4_0' };
      const plan = { ...origin, files: [file], size: 10 };
      await noteInReceipt(join(models(), 'acme/Small-Q4_0'), plan, ['model.gguf'], [1]);
      const entry = entryIn(await list(), 'acme/Small-Q4_0');
      assert.deepEqual(entry.origin, origin);
      assert.deepEqual(
        entry.files.map(({ expectedSha256 }) => expectedSha256),
        [SHA256, undefined, undefined],
      );
      install('acme/Small-Q4_0', { model_sha256: 'd'.repeat(64) });
      const since = entryIn(await list(), 'acme/Small-Q4_0');
      assert.equal(since.files[0]?.expectedSha256, undefined, 'Jan has fetched it itself since');
    });

    it('believes a source that names a repository', async () => {
      install('a', { source: 'https://huggingface.co/acme/Small-GGUF/resolve/main/x.gguf' });
      install('b', { source: 'acme/Other' });
      install('c', { source: 'a friend' });
      const listing = await list();
      assert.equal(entryIn(listing, 'a').origin.model, 'acme/Small-GGUF');
      assert.equal(entryIn(listing, 'b').origin.model, 'acme/Other');
      assert.deepEqual(entryIn(listing, 'c').origin, {});
    });

    it('lists what its other engine has, which may have the same ids', async () => {
      install('acme/Same');
      const folder = 'mlx/models/acme/Same';
      const text = stringify({ model_path: `${folder}/model.safetensors`, name: 'Same' });
      const files = { 'model.safetensors': 5, 'config.json': 1, 'model.yml': text };
      for (const [name, content] of Object.entries(files)) {
        writeFiles(data(), { [`${folder}/${name}`]: content });
      }
      const listing = await list();
      assert.deepEqual(idsIn(listing), ['acme/Same', 'mlx:acme/Same']);
      assert.deepEqual(
        entryIn(listing, 'mlx:acme/Same').files.map(({ role }) => role),
        ['weights', 'companion', 'companion'],
      );
    });

    it('passes over unfinished downloads and folders that are no models', async () => {
      writeFiles(models(), {
        'New/model.gguf.tmp': 4,
        'New/model.gguf.url': 'https://example.com',
        'Bare/model.gguf': 4,
        'model.yml': 'model_path: x',
        '../../models/old/model.json': '{}',
      });
      assert.deepEqual((await list())?.entries, []);
    });

    it('looks for no models inside of models', async () => {
      install('outer');
      install('outer/inner');
      assert.deepEqual(idsIn(await list()), ['outer']);
    });

    it('lists a broken model with its problem, and all others', async () => {
      install('good');
      const texts = {
        torn: 'model_path: "llama',
        list: '- 1\n- 2',
        empty: '',
        nonsense: 'model_path:\n  a: 1\n',
        nothing: 'name: x',
        bomb: 'a: &a [1]\nmodel_path: *a',
        binary: '\u0000\u0001\ufffd',
        long: `model_path: x\n# ${'x'.repeat(70_000)}`,
      };
      for (const [id, text] of Object.entries(texts)) {
        writeFiles(models(), { [`${id}/model.yml`]: text, [`${id}/model.gguf`]: 4 });
      }
      const listing = await list();
      assert.deepEqual(idsIn(listing), ['good', ...Object.keys(texts)].sort());
      assert.equal(entryIn(listing, 'good').problem, undefined);
      for (const id of Object.keys(texts)) {
        const { problem = '', files } = entryIn(listing, id);
        assert.ok(problem.includes(join(models(), id, 'model.yml')), `${id}: ${problem}`);
        assert.deepEqual(
          files.map(({ role }) => role),
          ['weights', 'companion'],
        );
      }
    });

    it('makes nothing of values that make no sense', async () => {
      install('odd', {
        name: 123,
        size_bytes: 'many',
        model_size_bytes: -1,
        model_sha256: 42,
        mmproj_path: null,
        embedding: 'perhaps',
      });
      const entry = entryIn(await list(), 'odd');
      assert.equal(entry.name, '123');
      assert.equal(entry.problem, undefined);
      assert.equal(entry.files[0]?.sha256, undefined);
    });

    it('keeps a digest that looks like a number', async () => {
      writeFiles(models(), { 'x/model.gguf': 1 });
      const yaml = `model_path: llamacpp/models/x/model.gguf\nmodel_sha256: ${'1'.repeat(64)}\n`;
      writeFiles(models(), { 'x/model.yml': yaml });
      assert.equal(entryIn(await list(), 'x').files[0]?.sha256, '1'.repeat(64));
    });

    it('says which file is missing or too short', async () => {
      install('gone', { model_path: 'llamacpp/models/gone/other.gguf' });
      install('blind', { mmproj_path: 'llamacpp/models/blind/mmproj.gguf' });
      install('short', { model_size_bytes: 11 });
      install('folder', { model_path: 'llamacpp/models/folder' });
      assert.match(await problemOf('gone'), /other\.gguf is missing/);
      assert.match(await problemOf('blind'), /mmproj\.gguf is missing/);
      assert.match(await problemOf('short'), /model\.gguf is shorter/);
      assert.match(await problemOf('folder'), /is missing/);
    });

    it('counts all parts of a split model, and says which are missing', async () => {
      const path = 'llamacpp/models/big/Big-00001-of-00003.gguf';
      install('big', { model_path: path });
      const part = (n: number): string => `big/Big-0000${n}-of-00003.gguf`;
      writeFiles(models(), { [part(1)]: 4, [part(2)]: 4 });
      assert.match(await problemOf('big'), /^1 of 3 parts is missing/);
      writeFiles(models(), { [part(3)]: 4 });
      assert.equal(await problemOf('big'), 'no problem');
    });

    it('reads files through links, as Jan does', async () => {
      writeFiles(home(), { 'disk/x.gguf': 6 });
      install('linked', { model_path: 'llamacpp/models/linked/link.gguf' });
      symlinkSync(join(home(), 'disk/x.gguf'), join(models(), 'linked/link.gguf'));
      const entry = entryIn(await list(), 'linked');
      assert.deepEqual([entry.problem, entry.files[0]?.size], [undefined, 6]);
    });

    it('tells of a folder that cannot be read, and lists the others', async () => {
      install('open');
      install('locked');
      const locked = join(models(), 'locked');
      const listing = await whileUnreadable(locked, home(), () => list());
      assert.deepEqual(idsIn(listing), ['open']);
      assert.ok(listing?.problem?.includes(locked), listing?.problem);
    });

    it('lists thousands of models', async () => {
      for (let n = 0; n < 2_000; n++) install(`author${n % 20}/m${n}`);
      assert.equal((await list())?.entries.length, 2_000);
    });
  });

  describe('while its server runs', () => {
    type Answers = Readonly<Record<string, [number, unknown]>>;
    const openApi: [number, unknown] = [200, { info: { title: 'Jan API Server Endpoints' } }];
    const loaded = (...ids: string[]): [number, unknown] => [
      200,
      { data: ids.map((id) => ({ id })) },
    ];

    function answer(answers: Answers): void {
      server().answer((request, response) => {
        const [status, body] = answers[request.url ?? ''] ?? [404, 'not found'];
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
    }
    beforeEach(() => {
      install('on');
      install('off');
    });

    it('tells what is loaded', async () => {
      answer({ '/openapi.json': openApi, '/v1/models': loaded('on', 'unknown') });
      const listing = await list();
      assert.equal(listing?.api, `${server().url}/v1`);
      assert.equal(entryIn(listing, 'on').running, true);
      assert.equal(entryIn(listing, 'off').running, false);
      assert.equal(listing.entries.length, 2);
      assert.equal(clock.timers, 0);
    });

    it('does not tell it if that takes a key, which is no failure', async () => {
      for (const [status, text] of [
        [401, 'Missing authorization header'],
        [403, 'Invalid host header'],
      ] as const) {
        answer({ '/openapi.json': openApi, '/v1/models': [status, text] });
        const listing = await list();
        assert.equal(listing?.api, `${server().url}/v1`);
        assert.equal(listing.problem, undefined);
        assert.equal(entryIn(listing, 'on').running, undefined);
      }
    });

    it('is not taken for another program on its port, and that one is asked no more', async () => {
      const others: [number, unknown][] = [
        [200, { info: { title: 'January sales' } }],
        [200, []],
        [200, '<html>'],
        [404, ''],
        [500, 'x'],
      ];
      for (const other of others) {
        server().requests.splice(0);
        answer({ '/openapi.json': other, '/v1/models': loaded('on') });
        const listing = await list();
        assert.equal(listing?.api, undefined);
        assert.equal(entryIn(listing, 'on').running, undefined);
        assert.deepEqual(
          server().requests.map(({ url }) => url),
          ['/openapi.json'],
        );
      }
    });

    it('may answer nonsense', async () => {
      answer({ '/openapi.json': openApi, '/v1/models': [200, { data: 'none' }] });
      assert.equal(entryIn(await list(), 'on').running, undefined);
    });

    it('is not waited for', async () => {
      server().answer(() => undefined);
      const listing = list();
      await until(() => server().requests.length > 0);
      clock.advance(1_500);
      assert.equal((await listing)?.entries.length, 2);
      assert.equal(clock.timers, 0);
    });
  });
});
