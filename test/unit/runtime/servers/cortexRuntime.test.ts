import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { CortexRuntime } from '../../../../src/runtime/cortex/cortexRuntime.ts';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';
import {
  CORTEX_DATA as DATA,
  entry,
  failsWith,
  listed,
  machineIn,
  never,
  NOWHERE,
  write,
} from './support.ts';

describe('Cortex as a runtime', () => {
  const hub = useHub({ models: 80 });
  const server = useLocalServer();
  const home = useTemporaryFolder();
  let tokenFor: (origin: string) => string | undefined = () => undefined;
  const session = useSession((origin) => tokenFor(origin));
  let clock: FakeClock;
  beforeEach(() => {
    tokenFor = () => undefined;
    clock = new FakeClock();
  });

  function runtime(url: string | undefined = hub().cortexUrl): CortexRuntime {
    const machine = machineIn(home());
    return new CortexRuntime({
      machine,
      url: () => url,
      session,
      clock,
      logger: collectingLogger(),
    });
  }
  /** A runtime that has to find the server out by its `.cortexrc`: the hub's, behind a port of its own. */
  function discovered(more = ''): CortexRuntime {
    const { port } = new URL(server().url);
    write(
      home(),
      '.config/cortexcpp/.cortexrc',
      `apiServerHost: 127.0.0.1\napiServerPort: ${port}\n${more}`,
    );
    server().answer(forward);
    const machine = machineIn(home());
    return new CortexRuntime({
      ...{ machine, session, clock, logger: collectingLogger() },
      url: () => undefined,
    });
  }
  const forward: RequestListener = (request, response) => {
    void fetch(`${hub().cortexUrl}${request.url ?? ''}`).then(async (answer) => {
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
  };
  const list = async (cortex = runtime()): Promise<RuntimeListing> =>
    listed(await cortex.list(never));
  const firstId = async () => (await list()).entries[0]?.id ?? '';
  const asked = (route: string) => hub().stats().routes[route]?.requests ?? 0;

  it('is not there where nothing answers and nothing is installed', async () => {
    assert.equal(await runtime(NOWHERE).list(never), undefined);
    assert.equal(server().requests.length, 0);
  });

  it('lists what is on its disk, and not what it could fetch or pays for', async () => {
    const { name, api, entries, problem, folder } = await list();
    assert.deepEqual(
      { name, api, problem, folder },
      { name: 'Cortex', api: `${hub().cortexUrl}/v1`, problem: undefined, folder: undefined },
    );
    const [only, ...others] = entries;
    assert.deepEqual(others, []);
    assert.match(only?.id ?? '', /^[\w.-]+:[\w.-]+$/);
    assert.equal(only?.running, false);
    assert.ok((only.size ?? 0) > 1e8);
    const [repository, branch] = only.id.split(':');
    assert.deepEqual(only.origin, { model: `cortexso/${repository ?? ''}`, variant: branch });
  });

  it('finds the files in the data folder that its configuration names', async () => {
    const data = join(home(), 'elsewhere');
    const id = await firstId();
    const [repository = '', branch = ''] = id.split(':');
    const path = write(data, `models/cortex.so/${repository}/${branch}/model.gguf`, 'twelve bytes');
    const listing = await list(discovered(`dataFolderPath: ${data}`));
    const { files, size, problem } = entry(listing, id);
    assert.equal(listing.folder, data);
    assert.deepEqual(
      files.map((file) => [file.path, file.size, file.role]),
      [[path, 12, 'weights']],
    );
    assert.deepEqual([size, problem], [12, undefined]);
    rmSync(path);
    const { problem: missing } = entry(await list(discovered(`dataFolderPath: ${data}`)), id);
    assert.match(missing ?? '', /model\.gguf is missing\. Delete/);
  });

  it('says nothing of missing files where the folder may be that of another server', async () => {
    write(home(), `${DATA}/cortex.db`);
    const listing = await list();
    assert.deepEqual([listing.entries[0]?.problem, listing.entries[0]?.files], [undefined, []]);
  });

  it('drops a row that makes no sense to what is known of it', async () => {
    const id = await firstId();
    hub().setFaults({ bad: { source: 'cortex-models', field: 'files', value: 7 } });
    const { problem, files } = entry(await list(), id);
    assert.match(problem ?? '', /makes no sense\. Delete/);
    assert.deepEqual(files, []);
    hub().setFaults({ bad: { source: 'cortex-models' } });
    assert.deepEqual((await list()).entries, []);
  });

  it('starts and stops a model, and knows at once', async () => {
    const cortex = runtime();
    const id = await firstId();
    await cortex.actions.start?.(id, never);
    assert.equal(entry(await list(cortex), id).running, true);
    await cortex.actions.stop?.(id, never);
    assert.equal(entry(await list(cortex), id).running, false);
    await failsWith(
      cortex.actions.start?.('no:model', never) ?? Promise.resolve(),
      'refused',
      /Cannot find model: no:model/,
    );
  });

  it('asks what runs once in some seconds', async () => {
    const cortex = runtime();
    await list(cortex);
    await list(cortex);
    assert.equal(asked('cortex-status'), 1);
    clock.advance(5_000);
    await list(cortex);
    assert.equal(asked('cortex-status'), 2);
  });

  it('lists without a word of what runs where that is not told', async () => {
    hub().setFaults({ match: 'cortex-status', status: 500 });
    const [first] = (await list()).entries;
    assert.ok(first && first.running === undefined && first.problem === undefined);
  });

  it('is not gone because it is too busy to answer, if it was there before', async () => {
    const folder = `${DATA}/models/huggingface.co/a/b`;
    write(home(), `${folder}/c.yml`, 'model: a:b:c.gguf');
    const cortex = runtime(server().url);
    const listing = async (): Promise<RuntimeListing> => {
      const before = server().requests.length;
      const listed = list(cortex);
      await until(() => server().requests.length > before);
      clock.advance(1_500);
      return await listed;
    };
    server().answer(() => undefined);
    assert.match((await listing()).problem ?? '', /did not answer in time/);
    server().answer(forward);
    await list(cortex);
    server().answer(() => undefined);
    await failsWith(listing(), 'timeout', /did not answer in time\. It is tried again/);
  });

  it('deletes a model', async () => {
    const cortex = runtime();
    const id = await firstId();
    await cortex.actions.remove?.(id, never);
    assert.deepEqual((await list(cortex)).entries, []);
    await failsWith(
      cortex.actions.remove?.(id, never) ?? Promise.resolve(),
      'refused',
      /not found/,
    );
  });

  it('knows models by whatever name they have', async () => {
    const cortex = runtime();
    const modelPath = write(home(), 'own.gguf');
    const id = 'own/../50% of it?';
    const body = JSON.stringify({ model: id, modelPath });
    await fetch(`${hub().cortexUrl}/v1/models/import`, { method: 'POST', body });
    await cortex.actions.start?.(id, never);
    assert.equal(entry(await list(cortex), id).running, true);
    await cortex.actions.remove?.(id, never);
    assert.ok((await list(cortex)).entries.every((one) => one.id !== id));
  });

  it('takes over a file where it is, once', async () => {
    const cortex = runtime();
    const path = write(home(), 'models/My Model Q4_K_M.gguf');
    const file = { path, size: 4, modifiedAt: 0, inode: '1:1', role: 'weights' } as const;
    const model = { name: 'My Model Q4_K_M', origin: {}, files: [file] };
    const id = await cortex.actions.adopt?.(model, never);
    assert.equal(id, 'My-Model-Q4_K_M');
    const { files, origin } = entry(await list(cortex), id);
    assert.deepEqual([files.map((one) => one.path), origin], [[path], {}]);
    assert.equal(await cortex.actions.adopt?.({ ...model, name: 'Other' }, never), id);
    assert.equal(asked('cortex-import'), 1);
    const other = { ...file, path: write(home(), 'other.gguf') };
    await failsWith(
      cortex.actions.adopt?.({ ...model, files: [other] }, never) ?? Promise.resolve(),
      'refused',
      /already exists/,
    );
    const tensors = { ...file, path: '/x/model.safetensors' };
    await failsWith(
      cortex.actions.adopt?.({ ...model, files: [tensors] }, never) ?? Promise.resolve(),
      'doesNotFit',
      /GGUF only/,
    );
  });

  it('cannot take over files where it runs on another machine', async () => {
    const cortex = runtime('http://cortex.invalid:39281');
    const model = { name: 'x', origin: {}, files: [] };
    await failsWith(
      cortex.actions.adopt?.(model, never) ?? Promise.resolve(),
      'doesNotFit',
      /another machine \(cortex\.invalid:39281\)/,
    );
  });

  for (const [name, faults, kind, message] of [
    ['wants a key', { match: 'cortex-models', status: 401 }, 'unauthorised', /wants an API key/],
    [
      'answers with the page of its framework',
      { match: 'cortex-models', status: 500 },
      'server',
      /error 500/,
    ],
    [
      'answers with something else',
      { match: 'cortex-models', wrongType: 'object' },
      'badAnswer',
      /does not answer as Cortex/,
    ],
    ['breaks off', { match: 'cortex-models', reset: true }, 'badAnswer', /broke off/],
  ] as const) {
    it(`that ${name} fails, or is listed from its folder`, async () => {
      hub().setFaults(faults);
      await failsWith(runtime().list(never), kind, message);
      const text = 'model: a:b:c.gguf';
      write(home(), `${DATA}/models/huggingface.co/a/b/c.yml`, text);
      const { problem, entries, api } = await list();
      assert.match(problem ?? '', message);
      assert.deepEqual(
        entries.map(({ id }) => id),
        ['a:b:c.gguf'],
      );
      assert.equal(api, `${hub().cortexUrl}/v1`);
    });
  }

  it('is not what answers with a page at the usual address, but may be asked for', async () => {
    server().answer((_request, response) => response.end('<html>Hello</html>'));
    await failsWith(runtime(server().url).list(never), 'badAnswer', /may be another program/);
    const { port } = new URL(server().url);
    write(home(), '.config/cortexcpp/.cortexrc', `apiServerPort: ${port}`);
    const found = new CortexRuntime({
      ...{ machine: machineIn(home()), session, clock, logger: collectingLogger() },
      url: () => undefined,
    });
    assert.equal(await found.list(never), undefined);
  });

  it('that says nothing is given up after a second and a half', async () => {
    server().answer(() => undefined);
    const listing = runtime(server().url).list(never);
    await until(() => server().requests.length > 0);
    clock.advance(1_500);
    assert.equal(await listing, undefined);
  });

  it('is left alone when nobody waits any more', async () => {
    for (const cortex of [runtime(server().url), discovered()]) {
      server().answer(() => undefined);
      const before = server().requests.length;
      const controller = new AbortController();
      const listing = cortex.list(controller.signal);
      await until(() => server().requests.length > before);
      controller.abort();
      await failsWith(listing, 'cancelled');
    }
  });

  it('has a key for its own origin only, and only where it was found out', async () => {
    const cortex = discovered('apiKeys:\n  - secret');
    await list(cortex);
    assert.equal(cortex.keyFor(server().url), 'secret');
    assert.equal(cortex.keyFor('http://127.0.0.1:1'), undefined);
    const given = runtime();
    await list(given);
    assert.equal(given.keyFor(new URL(hub().cortexUrl).origin), undefined);
  });

  it('gives no key to a program that has not shown to be Cortex', async () => {
    const keys = () => server().requests.map(({ headers }) => headers.authorization);
    const cortex = discovered('apiKeys:\n  - secret');
    tokenFor = (origin) => cortex.keyFor(origin);
    server().answer((_request, response) => response.end('<title>My web site</title>'));
    assert.equal(await cortex.list(never), undefined);
    assert.equal(cortex.keyFor(server().url), undefined);

    server().answer(({ url }, response) =>
      response.end(url === '/healthz' ? 'cortex-cpp is alive!!!' : '{"data":[]}'),
    );
    await list(cortex);
    assert.deepEqual(keys(), [undefined, undefined, 'Bearer secret']);

    // It has ended, and something else has its port.
    server().answer((_request, response) => response.end('<title>My web site</title>'));
    await cortex.list(never);
    assert.equal(cortex.keyFor(server().url), undefined);
  });
});
