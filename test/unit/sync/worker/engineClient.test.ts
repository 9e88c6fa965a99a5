import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';
import type { StorageInfo } from '../../../../src/sync/engine.ts';
import type { CatalogueChange } from '../../../../src/sync/syncService.ts';
import type { LinkStatus } from '../../../../src/sync/http/linkQuality.ts';
import { LIMITS } from '../../../../src/sync/http/linkQuality.ts';
import type { NetworkSettings } from '../../../../src/sync/http/network.ts';
import { EngineClient } from '../../../../src/sync/worker/engineClient.ts';
import { assertFailure, rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { endpointsOf } from '../../support/useEngine.ts';
import { parseDump, useSharedHub } from '../../support/useHub.ts';

const PROGRAM = fileURLToPath(
  new URL('../../../../src/sync/worker/engineWorker.ts', import.meta.url),
);
const HF = 'hf:janhq';

describe('The engine in a thread of its own', function () {
  this.timeout(10_000);
  const hub = useSharedHub({ models: 63 });
  const folder = useTemporaryFolder();
  const manual = { reason: 'manual', sources: [HF] } as const;
  let logger: ReturnType<typeof collectingLogger>;
  let applied: CatalogueChange[];
  let started: StorageInfo[];
  let program: string;
  let endpoints: ReturnType<typeof endpointsOf>;
  let hostFetch: typeof fetch;
  let network: NetworkSettings;
  let links: LinkStatus[];
  let client: EngineClient;

  beforeEach(() => {
    logger = collectingLogger();
    applied = [];
    started = [];
    links = [];
    network = { systemCertificates: false };
    program = PROGRAM;
    endpoints = endpointsOf(hub());
    hostFetch = () => Promise.reject(new Error('the host has no network'));
    client = new EngineClient({
      get program() {
        return program;
      },
      options: () =>
        Promise.resolve({
          storage: join(folder(), 'storage'),
          userAgent: 'test',
          settings: { sources: [HF], endpoints, tokens: {}, network },
        }),
      fetch: (input, init) => hostFetch(input, init),
      logger,
      onDidStart: (storage) => started.push(storage),
      onDidApply: (change) => applied.push(change),
      onDidChangeLink: (status) => links.push(status),
    });
  });
  afterEach(() => client.close());

  const truth = (): string[] => parseDump(hub().truth(HF)).map(({ id }) => id);

  it('syncs, tells what was applied, and writes to the log', async () => {
    const [report] = (await client.sync(manual)).sources;
    assert.equal(report?.error, undefined);
    assert.equal(report?.added, truth().length);
    assert.deepEqual(applied[0]?.added.toSorted(), truth().sort());
    assert.equal(started.length, 1);
    assert.equal(started[0]?.path, join(folder(), 'storage', 'catalogue.db'));
    assert.match(logger.at('info').join(), /sync .*"hf:janhq"/);
  });

  it('is started once, whoever asks first', async () => {
    await Promise.all([client.start(), client.sync(manual), client.start()]);
    assert.equal(started.length, 1);
  });

  it('brings failures over with their kind and their message', async () => {
    hub().setFaults({ status: 503 });
    const [report] = (await client.sync(manual)).sources;
    assertFailure(report?.error, 'server', /error 503/);
    await rejectsWith(client.details('janhq/x', 'main'), 'server', /error 503/);
  });

  it('stops when the caller gives up', async () => {
    hub().setFaults({ latencyMs: 60_000 });
    await client.start();
    const leaving = new AbortController();
    const answer = client.sync({ ...manual, signal: leaving.signal });
    leaving.abort();
    await rejectsWith(answer, 'cancelled');
  });

  it('takes over settings while it runs', async () => {
    endpoints = { ...endpoints, huggingFace: 'http://127.0.0.1:9/' };
    const [before] = (await client.sync(manual)).sources;
    assertFailure(before?.error, 'offline');
    await client.configure({ sources: [HF], tokens: {}, endpoints: endpointsOf(hub()) });
    const [after] = (await client.sync(manual)).sources;
    assert.equal(after?.error, undefined);
  });

  it('notes what was done, tells of it, and forgets it', async () => {
    await client.sync(manual);
    const settings = { sources: [HF], tokens: {}, endpoints: endpointsOf(hub()) };
    await client.configure({ ...settings, fetchesAhead: true });
    const [id] = truth();
    await client.record([{ at: Date.now(), kind: 'opened', models: [id!] }]);
    assert.equal((await client.activity())?.events, 1);
    const around = { favourites: [], visible: [] };
    const round = await client.fetchAhead(around, AbortSignal.timeout(60_000));
    assert.notEqual(round, undefined);
    await client.clearActivity();
    assert.equal((await client.activity())?.events, 0);
  });

  it('brings file trees over, fills in sizes, and tells what it learnt', async () => {
    await client.sync(manual);
    applied.length = 0;
    const [id] = truth();
    const { value } = await client.files(id!, 'main');
    assert.ok(value.files.some(({ path }) => path === 'README.md'));
    const report = await client.fill({ first: [id!] });
    assert.equal(report.stopped, undefined);
    assert.equal(report.filled, truth().length);
    const told = applied.flatMap(({ updated }) => updated);
    assert.deepEqual(told.toSorted(), truth().sort());
    assert.equal(told[0], id);
  });

  it('tells which models publish certain bytes, as file trees and commits say', async () => {
    await client.sync(manual);
    const [id] = truth();
    const record = parseDump(hub().truth(HF)).find((line) => line.id === id)!;
    const revision = String(record.content['sha']);
    const { value } = await client.files(id!, revision, undefined, 'background');
    const file = value.files.find(({ path, sha256 }) => /gguf$/.test(path) && sha256)!;
    const origin = { sha256: file.sha256, model: id, revision, path: file.path };
    assert.deepEqual(await client.origins([file.sha256!, 'f'.repeat(64)]), [origin]);
    const { signal } = new AbortController();
    assert.deepEqual(await client.searchCommits(id!, [file.sha256!], signal), [origin]);
    const leaving = client.searchCommits(id!, [file.sha256!], AbortSignal.abort());
    await rejectsWith(leaving, 'cancelled');
  });

  it("asks by way of the editor's network where its own does not lead", async () => {
    endpoints = { ...endpoints, huggingFace: 'http://127.0.0.1:9/' };
    const asked: string[] = [];
    hostFetch = async (input, init) => {
      const url = new URL(input as string);
      asked.push(url.origin);
      assert.equal(init?.redirect, 'manual');
      return await fetch(new URL(url.pathname + url.search, hub().url), init);
    };
    const [report] = (await client.sync(manual)).sources;
    assert.equal(report?.error, undefined);
    assert.equal(report?.added, truth().length);
    assert.ok(asked.length >= 1 && asked.every((origin) => origin === 'http://127.0.0.1:9'));
  });

  it('looks up and searches what no source lists', async () => {
    const [known] = truth();
    const { signal } = new AbortController();
    assert.equal((await client.lookUp(known!, signal))?.id, known);
    const [owner = '', name = ''] = known!.split('/');
    const found = await client.search({ text: name, author: owner }, signal);
    assert.ok(found.some(({ id }) => id === known));
  });

  it('tells what syncs were, cost and may cost, and clears what can be fetched again', async () => {
    await client.sync(manual);
    await client.keep(truth().slice(0, 1));
    assert.deepEqual(
      (await client.history()).map(({ reason }) => reason),
      ['manual'],
    );
    assert.deepEqual(
      (await client.traffic()).map(({ source, runs }) => [source, runs]),
      [[HF, 1]],
    );
    assert.ok(Array.isArray((await client.allowances()).quotas));
    await client.details(truth()[0]!, 'main');
    assert.ok((await client.clearCache()).freedBytes > 0);
  });

  it('tells how good the link is, at first and when that changes', async () => {
    endpoints = { ...endpoints, huggingFace: 'http://hub.example/' };
    // Nobody listens at the port of "discard".
    const proxy = { url: 'http://127.0.0.1:9', noProxy: [], strictSsl: true };
    network = { systemCertificates: false, proxy };
    for (let turn = 0; turn < 2; turn++) {
      assertFailure((await client.sync(manual)).sources[0]?.error, 'offline');
    }
    assert.deepEqual(links, [
      { state: 'normal', limits: LIMITS.normal },
      { state: 'offline', limits: LIMITS.offline },
    ]);
  });

  it('tells when it ended unexpectedly, and starts again', async () => {
    program = join(folder(), 'broken.mjs');
    writeFileSync(program, 'throw new Error("cannot even start");');
    await rejectsWith(client.sync(manual), 'server', /ended unexpectedly.*starts again/);
    assert.match(logger.at('error').join(), /cannot even start/);
    program = PROGRAM;
    const [report] = (await client.sync(manual)).sources;
    assert.equal(report?.error, undefined);
  });

  it('checks the catalogue anew when it is restarted', async () => {
    await client.sync(manual);
    await client.restart();
    assert.equal(started.length, 2);
    const [report] = (await client.sync(manual)).sources;
    assert.deepEqual([report?.added, report?.error], [0, undefined]);
  });

  it('closes while it is at work, and is not started again', async () => {
    hub().setFaults({ latencyMs: 60_000 });
    await client.start();
    const running = client.sync(manual);
    await client.close();
    const [report] = (await running).sources;
    assertFailure(report?.error, 'cancelled');
    await rejectsWith(client.sync(manual), 'cancelled');
    await client.close();
    assert.equal(started.length, 1);
  });

  it('needs no closing where it was never started', async () => {
    await client.configure({ sources: [], tokens: {}, endpoints });
    await client.close();
    assert.equal(started.length, 0);
  });
});
