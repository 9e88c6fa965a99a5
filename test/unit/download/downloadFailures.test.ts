import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { hasUnfinishedDownloads } from '../../../src/download/downloadDatabase.ts';
import { FileLock } from '../../../src/download/file/fileLock.ts';
import { readReceipt } from '../../../src/download/receipt.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { useByteServer } from './byteServer.ts';
import { bytesOf, MODEL } from './support.ts';
import { useWindows } from './windowRig.ts';

const SIZE = 3_000_000;

describe('A download that fails', function () {
  this.timeout(20_000);
  const folder = useTemporaryFolder();
  const server = useByteServer();
  const window = useWindows(() => ({ folder: folder(), endpoint: server().url }));
  const models = (): string => join(folder(), 'models');
  const modelFolder = (model = MODEL): string => join(models(), ...model.split('/'));

  const published = (name: string, sizes: readonly number[] = [SIZE], model = MODEL) =>
    server().publish(name, sizes, model);
  const assertInstalled = (plan: DownloadPlan): void => server().assertInstalled(plan, models());

  it('waits and tries again by itself where that may help', async () => {
    const clock = new FakeClock();
    const one = window({ clock, random: () => 0.5 });
    const plan = published('m');
    server().status = 503;
    const { id } = await one.download(plan);
    const waiting = await one.reaches(id, 'waiting');
    assert.deepEqual([waiting.waitsFor, waiting.failure?.kind], ['retry', 'server']);
    assert.equal(waiting.failure?.retryAt, clock.now() + 15_000);
    server().status = undefined;
    clock.advance(14_999);
    assert.equal(one.status(id)?.state, 'waiting');
    clock.advance(1);
    await one.reaches(id, 'running');
    await until(() => (clock.advance(500), one.status(id)?.state === 'done'));
    assertInstalled(plan);
  });

  it('waits no longer than five minutes, and not at all once the network is back', async () => {
    const clock = new FakeClock();
    const one = window({ clock, random: () => 0.999 });
    server().status = 503;
    const { id } = await one.download(published('m'));
    for (let failures = 1; failures < 8; failures++) {
      const { failure } = await one.reaches(id, 'waiting');
      const wait = failure!.retryAt! - clock.now();
      assert.ok(wait <= 300_000, `${wait} ms after ${failures} failures`);
      if (failures < 7) clock.advance(wait);
      await until(() => one.status(id)?.state !== 'waiting' || failures === 7);
    }
    server().status = undefined;
    one.service.networkChanged();
    assert.equal(one.status(id)?.state, 'running');
    await until(() => (clock.advance(500), one.status(id)?.state === 'done'));
  });

  it('for want of a token goes on as soon as there is one', async () => {
    const one = window();
    const plan = published('m');
    server().token = 'secret';
    const { id } = await one.download(plan);
    const { failure } = await one.reaches(id, 'failed');
    assert.equal(failure?.kind, 'unauthorised');
    assert.equal(failure.retryAt, undefined);
    one.service.configure(one.configuration({}));
    assert.equal(one.status(id)?.state, 'failed');
    one.service.configure(one.configuration({ token: 'secret' }));
    await one.reaches(id, 'done');
    assertInstalled(plan);
  });

  it('since the bytes are others waits for the user, and installs nothing', async () => {
    const one = window();
    const plan = published('m', [SIZE, 5000]);
    server().files.set('m-1.gguf', bytesOf('wrong', 5000));
    const { id } = await one.download(plan);
    const { failure } = await one.reaches(id, 'failed');
    assert.match(failure!.kind, /mismatch|changed/);
    assert.equal(await readReceipt(modelFolder()), undefined);
    assert.ok(!existsSync(join(modelFolder(), 'm-1.gguf')));
    await one.service.dismiss(id);
    assert.ok(!existsSync(modelFolder()));
  });

  it('for want of space says so before anything is fetched, and goes on later', async () => {
    let free = 1_000_000;
    const disk = { free: () => Promise.resolve(free), device: () => Promise.resolve(1) };
    const one = window({ disk });
    const plan = published('m');
    await assert.rejects(one.download(plan), { kind: 'noSpace' });
    assert.deepEqual(one.service.list(), []);
    free = 1e12;
    server().allow(0);
    const { id } = await one.download(plan);
    one.service.pause(id);
    await one.reaches(id, 'paused');
    free = 0;
    server().allow(Infinity);
    one.service.resume(id);
    const { failure } = await one.reaches(id, 'failed');
    assert.equal(failure?.kind, 'noSpace');
    assert.equal(server().sentBytes, 0);
    free = 1e12;
    one.service.resume(id);
    await one.reaches(id, 'done');
  });

  it('since its folder has vanished makes no other in its place', async () => {
    const one = window();
    const plan = published('m');
    server().allow(500_000);
    const { id } = await one.download(plan);
    await until(() => one.status(id)!.bytes > 100_000);
    renameSync(models(), join(folder(), 'unplugged'));
    server().allow(Infinity);
    assert.equal((await one.reaches(id, 'failed')).failure?.kind, 'folder');
    one.service.resume(id);
    const { failure } = await one.reaches(id, 'failed');
    assert.match(failure!.message, /Connect its disk/);
    assert.ok(!existsSync(models()));
    renameSync(join(folder(), 'unplugged'), models());
    // Could not be removed when the folder was gone; it would be given up after minutes.
    rmSync(join(modelFolder(), 'm.gguf.partial.lock'), { force: true });
    one.service.resume(id);
    await one.reaches(id, 'done');
    assertInstalled(plan);
  });

  it('to be removed is tried again until it is', async () => {
    const one = window();
    server().allow(500_000);
    const { id } = await one.download(published('m'));
    await until(() => one.status(id)!.bytes > 100_000);
    one.service.pause(id);
    await one.reaches(id, 'paused');
    const partial = join(modelFolder(), 'm.gguf.partial');
    const held = await FileLock.take(`${partial}.lock`, new FakeClock(Date.now()), () => undefined);
    await one.service.cancel(id);
    assert.deepEqual(one.service.list(), []);
    assert.ok(existsSync(partial));
    assert.ok(hasUnfinishedDownloads(join(folder(), 'storage')));
    await held.release();
    await until(() => !existsSync(models()));
    await until(() => !hasUnfinishedDownloads(join(folder(), 'storage')));
  });

  it('for a link that leads out of the folder touches nothing outside', async () => {
    const one = window();
    const outside = join(folder(), 'outside');
    mkdirSync(outside);
    server().allow(0);
    const { id } = await one.download(published('m'));
    await until(() => existsSync(modelFolder()));
    one.service.pause(id);
    await one.reaches(id, 'paused');
    rmSync(modelFolder(), { recursive: true });
    symlinkSync(outside, modelFolder());
    server().allow(Infinity);
    one.service.resume(id);
    assert.match((await one.reaches(id, 'failed')).failure!.message, /link.*leads out/);
    await one.service.cancel(id);
    assert.deepEqual(readdirSync(outside), []);
  });
});
