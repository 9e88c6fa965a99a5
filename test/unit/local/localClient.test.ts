import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DownloadError } from '../../../src/download/errors.ts';
import type { DownloadStatus } from '../../../src/download/model.ts';
import { LocalClient } from '../../../src/local/localClient.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import type { InstalledSnapshot } from '../../../src/runtime/installed.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { MODEL, useLocal } from '../support/useLocal.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/local/localWorker.ts', import.meta.url));
const FILE = { path: 'tiny-Q4_0.gguf', size: 300_000 };

describe('This machine in a thread of its own', function () {
  this.timeout(20_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);
  let client: LocalClient;
  let clock: FakeClock;
  let logger: ReturnType<typeof collectingLogger>;
  let program: string;
  let launched: number;
  let huggingFace: string;
  let hostFetch: typeof fetch;
  let downloads: readonly DownloadStatus[];
  let installed: InstalledSnapshot | undefined;
  let finished: DownloadStatus[];

  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
    program = PROGRAM;
    launched = 0;
    huggingFace = hub().url;
    hostFetch = () => Promise.reject(new Error('the host has no network'));
    [downloads, finished, installed] = [[], [], undefined];
    client = new LocalClient({
      get program() {
        return program;
      },
      options: () => {
        launched++;
        const { options } = rig();
        return Promise.resolve({ ...options, settings: { ...options.settings, huggingFace } });
      },
      catalogue: rig().catalogue,
      fetch: (input, init) => hostFetch(input, init),
      clock,
      logger,
      onDidChangeDownloads: (now) => (downloads = now),
      onDidChangeInstalled: (now) => (installed = now),
      onDidChangeSharedCache: () => undefined,
      onDidFinish: (download) => finished.push(download),
    });
  });
  afterEach(() => client.close());

  const own = (): InstalledSnapshot['entries'] =>
    installed?.entries.filter(({ runtime }) => runtime.id === 'folder') ?? [];

  it('downloads, and tells what came of it', async () => {
    await rig().commit(FILE);
    const { id } = await client.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => finished.length === 1);
    assert.equal(finished[0]?.id, id);
    await client.rescan();
    await until(() => own().length === 1);
    assert.deepEqual([own()[0]?.identity, own()[0]?.from?.model], ['proven', MODEL]);
    assert.equal((await client.downloads())[0]?.state, 'done');
  });

  it('asks the host for what the catalogue knows', async () => {
    await rig().commit(FILE);
    await client.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => finished.length === 1);
    await client.rescan();
    const newer = await rig().commit({ ...FILE, size: 300_001 });
    await client.catalogueChanged();
    await until(() => own()[0]?.update?.revision === newer);
  });

  it('has the host look through the commits for what it did not download itself', async () => {
    const first = await rig().commit({ ...FILE, seed: 1 });
    const second = await rig().commit({ ...FILE, seed: 2 });
    const answer = await fetch(`${hub().url}/${MODEL}/resolve/${first}/${FILE.path}`);
    const folder = rig().path('models', ...MODEL.split('/'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, FILE.path), Buffer.from(await answer.arrayBuffer()));
    await client.rescan();
    await client.circumstances({ idle: true, syncing: false, visible: false });
    await until(() => own()[0]?.update?.revision === second);
    assert.deepEqual([own()[0]?.identity, own()[0]?.from?.revision], ['proven', first]);
  });

  it("fetches by way of the editor's network where its own does not lead", async () => {
    await rig().commit(FILE);
    huggingFace = 'http://127.0.0.1:9/';
    let asked = 0;
    hostFetch = async (input, init) => {
      const url = new URL(input as string);
      if (url.port !== '9') throw new Error(`${url.href} is not there`);
      asked++;
      return await fetch(new URL(url.pathname + url.search, hub().url), init);
    };
    await client.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => finished.length === 1);
    assert.ok(asked > 0);
  });

  it('brings failures over as what they are', async () => {
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    const files = plan.files.map((file) => ({ ...file, path: '../out.gguf' }));
    await assert.rejects(client.download({ ...plan, files }, 'folder'), (error) =>
      DownloadError.is(error, 'badName'),
    );
    await assert.rejects(client.start('folder/nothing'), (error) =>
      RuntimeError.is(error, 'refused'),
    );
    await assert.rejects(client.rescan(AbortSignal.abort()), (error) =>
      SyncError.is(error, 'cancelled'),
    );
  });

  it('is not started by what the window tells, and hears of it when it starts', async () => {
    await client.circumstances({ idle: true, syncing: false, visible: true });
    await client.networkChanged();
    await client.catalogueChanged();
    await client.configure(rig().settings);
    assert.equal(launched, 0);
    await client.launch();
    // Who is told that somebody looks begins to look by itself.
    await until(() => installed?.complete === true);
    assert.equal(launched, 1);
  });

  it('goes on by itself after an unexpected end while it downloads', async () => {
    program = rig().path('crashing.mjs');
    writeFileSync(
      program,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ method }) => method === 'pause' && process.exit(1));
      await import(${JSON.stringify(pathToFileURL(PROGRAM).href)});`,
    );
    hub().setFaults({ match: 'cdn', latencyMs: 60_000 });
    await rig().commit(FILE);
    const { id } = await client.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => downloads[0]?.state === 'running');
    await assert.rejects(client.pause(id), /ended unexpectedly.*downloads go on where they were/);
    hub().setFaults({});
    clock.advance(10_000);
    await until(() => finished.length === 1);
    assert.deepEqual([finished[0]?.id, launched], [id, 2]);
  });

  it('tells when it ended unexpectedly, and starts again', async () => {
    program = rig().path('broken.mjs');
    writeFileSync(program, 'throw new Error("cannot even start");');
    await assert.rejects(client.launch(), /ended unexpectedly.*starts again/);
    assert.match(logger.at('error').join(), /cannot even start/);
    assert.equal(clock.timers, 0, 'nothing was going on');
    program = PROGRAM;
    assert.deepEqual(await client.downloads(), []);
  });

  it('is not started again once it was closed', async () => {
    await client.launch();
    await client.close();
    await assert.rejects(client.downloads(), (error) => SyncError.is(error, 'cancelled'));
    assert.equal(launched, 1);
  });
});
