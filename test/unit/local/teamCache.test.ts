import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloadPlan } from '../../../src/download/model.ts';
import type { SharedCacheSettings } from '../../../src/download/sharedCache/model.ts';
import type { LocalModels } from '../../../src/local/localModels.ts';
import type { SourceKey } from '../../../src/sync/model.ts';
import { catalogueBody } from '../../../src/sync/publish/body.ts';
import { skipWithoutNginx } from '../../../scripts/testing/result.ts';
import { eventually } from '../../support/eventually.ts';
import { hasNginx, Nginx } from '../../support/nginx.ts';
import { publishTo } from '../support/publishing.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import type { LocalRig } from '../support/useLocal.ts';
import { MODEL, SOURCE, useLocal } from '../support/useLocal.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const PASSWORD = 'a secret of the team';
const FILES = [
  { path: 'tiny-Q4_0-00001-of-00002.gguf', size: 11_000_000 },
  { path: 'tiny-Q4_0-00002-of-00002.gguf', size: 700_001 },
];
const AWAY = { idle: true, syncing: false, visible: false };

describe('A team with an nginx', function () {
  this.timeout(60_000);
  let isThere = false;
  before(async function () {
    this.timeout(300_000);
    isThere = await hasNginx();
  });
  beforeEach(function () {
    if (!isThere) skipWithoutNginx(this);
  });

  const hub = useHub({ models: 63 });
  const first = useLocal(hub);
  const second = useLocal(hub);
  const engineOf = useEngine(hub);
  const folder = useTemporaryFolder();
  let nginx: Nginx | undefined;

  const server = (): Nginx => {
    assert.ok(nginx);
    return nginx;
  };

  beforeEach(async () => {
    nginx = await Nginx.start(folder(), PASSWORD);
  });
  afterEach(async () => {
    await nginx?.[Symbol.asyncDispose]();
    nginx = undefined;
  });

  function open(rig: LocalRig, settings: Partial<SharedCacheSettings> = {}): LocalModels {
    const authorization = `Basic ${Buffer.from(`team:${PASSWORD}`).toString('base64')}`;
    return rig.open({
      sharedCache: { url: server().url, access: 'readWrite', authorization, ...settings },
    });
  }

  async function download(rig: LocalRig, local: LocalModels, plan: DownloadPlan): Promise<void> {
    const before = rig.finished.length;
    await local.download(plan, 'folder');
    await eventually(() => {
      const failed = rig.downloads.at(-1)?.find(({ state }) => state === 'failed');
      assert.equal(failed, undefined);
      return rig.finished.length > before;
    });
    for (const { path, digest } of plan.files) {
      const bytes = readFileSync(rig.path('models', ...MODEL.split('/'), path));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), digest.hex);
    }
  }

  const planOf = async (rig: LocalRig): Promise<DownloadPlan> => ({
    ...(await rig.plan('tiny-Q4_0')),
    isPublic: true,
  });
  const isStored = ({ files }: DownloadPlan): boolean =>
    files.every(({ digest }) => existsSync(join(server().folder, 'cas', digest.hex)));
  const fileRequests = (): string[] =>
    Object.keys(hub().stats().routes).filter((route) =>
      /^(?:resolve|cdn|xet|xorb|raw)/.test(route),
    );

  it('brings the second machine every byte of a model, and of the catalogue what changed', async () => {
    const catalogue = join(server().folder, 'catalogue');
    const publish = async (): Promise<void> => {
      const { bytes } = catalogueBody(first().engine.reader.rows());
      await publishTo(catalogue, bytes);
    };
    const published: SourceKey = `published:${server().url}/catalogue`;
    await first().engine.sync(SOURCE);
    await publish();
    // nginx names what it serves by the second and the size.
    utimesSync(join(catalogue, 'catalogue.json'), 1, 1);
    const follower = engineOf({ settings: { sources: [published] } });
    await follower.sync(published);
    const whole = server()
      .requests()
      .filter(({ path }) => path.endsWith('.zst'));
    assert.equal(whole.length, 1);

    await first().commit(...FILES);
    await publish();
    const one = open(first());
    const plan = await planOf(first());
    await download(first(), one, plan);
    await one.circumstances(AWAY);
    await eventually(() => isStored(plan));
    assert.equal(first().finished[0]?.cachedBytes, undefined);
    server().requests();
    hub().resetStats();

    const report = await follower.sync(published);
    assert.equal(report.error, undefined);
    assert.equal(follower.reader.model(MODEL, [published])?.sha, plan.revision);
    const news = server().requests();
    assert.deepEqual(
      news.map(({ path }) => path.replace(/^.*(?=\.\w+$)/, '')),
      ['.json', '.dcz'],
    );
    assert.deepEqual(hub().stats().routes, {}, 'the Hub was asked for the catalogue');

    await download(second(), open(second()), plan);
    assert.deepEqual(fileRequests(), []);
    assert.equal(second().finished[0]?.cachedBytes, plan.size);
    await eventually(() => (second().caches.at(-1)?.received ?? 0) >= plan.size);
    const sent = server()
      .requests()
      .filter(({ path }) => path.startsWith('/cas/'));
    assert.ok(sent.every(({ status }) => status === 206));
    assert.ok(sent.reduce((sum, { bytes }) => sum + bytes, 0) >= plan.size);
  });

  it('has its download from the Hub, and says why nothing is stored, where the password is wrong', async () => {
    await first().commit(...FILES);
    const plan = await planOf(first());
    const authorization = `Basic ${Buffer.from('team:guessed').toString('base64')}`;
    const local = open(first(), { authorization });
    await download(first(), local, plan);
    await local.circumstances(AWAY);
    await eventually(() => first().caches.at(-1)?.refusesFiles !== undefined);
    assert.match(first().caches.at(-1)?.refusesFiles ?? '', /401.*Set Shared Cache Password/);
    assert.equal(isStored(plan), false);

    await local.configure({
      ...first().settings,
      sharedCache: { url: server().url, access: 'read', authorization },
    });
    await eventually(() => first().caches.at(-1)?.refusesFiles === undefined);
  });

  it('keeps what only some may have out of the cache', async () => {
    await first().commit(...FILES);
    const plan = await first().plan('tiny-Q4_0');
    const local = open(first());
    await download(first(), local, plan);
    await local.circumstances(AWAY);
    await local.close();
    assert.deepEqual(
      server()
        .requests()
        .filter(({ path }) => path.startsWith('/cas/')),
      [],
    );
  });
});
