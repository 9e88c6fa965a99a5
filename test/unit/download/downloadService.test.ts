import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPACE_MARGIN } from '../../../src/download/freeSpace.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { readReceipt, RECEIPT_FILE } from '../../../src/download/receipt.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { useByteServer } from './byteServer.ts';
import { bytesOf, MODEL, planned, planOf } from './support.ts';
import { useWindows } from './windowRig.ts';

const SIZE = 3_000_000;

describe('The queue of downloads', function () {
  this.timeout(20_000);
  const folder = useTemporaryFolder();
  const server = useByteServer();
  const window = useWindows(() => ({ folder: folder(), endpoint: server().url }));
  const models = (): string => join(folder(), 'models');
  const modelFolder = (model = MODEL): string => join(models(), ...model.split('/'));

  const published = (name: string, sizes: readonly number[] = [SIZE], model = MODEL) =>
    server().publish(name, sizes, model);
  const assertInstalled = (plan: DownloadPlan): void => server().assertInstalled(plan, models());

  it('brings all files of a plan, verified, and tells once that it is done', async () => {
    const one = window();
    const plan = published('m', [SIZE, 0, 1, 70_000]);
    const { id, state, folder: shown } = await one.download(plan);
    assert.equal(state, 'running');
    assert.equal(shown, modelFolder());
    const done = await one.reaches(id, 'done');
    assertInstalled(plan);
    assert.deepEqual([done.bytes, done.totalBytes], [plan.size, plan.size]);
    assert.ok(done.finishedAt !== undefined && done.secondsLeft === undefined);
    await until(() => one.finished.length > 0);
    assert.deepEqual(one.finished, [done]);
    assert.deepEqual(
      server().asked,
      plan.files.filter(({ size }) => size > 0).map(({ path }) => path),
    );
    assert.equal((await readReceipt(modelFolder()))?.variants[0]?.files.length, 4);
    await until(() => one.events.at(-1)?.[0]?.state === 'done');
  });

  it('runs two at once, others after them in their order, and none of one model beside', async () => {
    const one = window();
    server().allow(100_000);
    const plans = [
      published('a', [SIZE], 'x/a'),
      published('a2', [SIZE], 'x/a'),
      published('b', [SIZE], 'x/b'),
      published('c', [SIZE], 'x/c'),
    ];
    const ids: string[] = [];
    for (const plan of plans) ids.push((await one.download(plan)).id);
    assert.deepEqual(
      one.service.list().map(({ state, waitsFor }) => waitsFor ?? state),
      ['running', 'turn', 'running', 'turn'],
    );
    server().allow(Infinity);
    for (const id of ids) await one.reaches(id, 'done');
    assert.deepEqual([...server().asked].sort(), ['a.gguf', 'a2.gguf', 'b.gguf', 'c.gguf']);
    for (const plan of plans) assertInstalled(plan);
  });

  it('takes the same variant for the same download, and none that is done', async () => {
    const one = window();
    server().allow(0);
    const plan = published('m');
    const [first, again] = await Promise.all([one.download(plan), one.download(plan)]);
    assert.equal(first.id, again.id);
    one.service.pause(first.id);
    await one.reaches(first.id, 'paused');
    server().allow(Infinity);
    await one.download(plan);
    await one.reaches(first.id, 'done');
    const sent = server().sentBytes;
    const { id } = await one.download(plan);
    assert.notEqual(id, first.id);
    await one.reaches(id, 'done');
    assert.equal(server().sentBytes, sent, 'it is all there');
    assert.equal(one.service.list().length, 1);
  });

  it('goes on where it was when it is paused and resumed', async () => {
    const one = window();
    const plan = published('m', [SIZE, SIZE]);
    server().allow(SIZE + 1_500_000);
    const { id } = await one.download(plan);
    await until(() => one.status(id)!.bytes >= SIZE + 1_000_000);
    one.service.pause(id);
    const paused = await one.reaches(id, 'paused');
    assert.ok(paused.bytes >= SIZE + 1_000_000);
    assert.equal(paused.phase, undefined);
    const names = readdirSync(modelFolder());
    assert.ok(names.includes('m-0.gguf.partial.verified') && !names.includes('m-0.gguf'));
    assert.equal(await readReceipt(modelFolder()), undefined);
    server().allow(Infinity);
    one.service.resume(id);
    await one.reaches(id, 'done');
    assertInstalled(plan);
    assert.ok(server().sent.get('m-0.gguf')! <= SIZE, 'what was done is not fetched again');
    assert.ok(server().sentBytes < 2 * SIZE + 1_000_000, `${server().sentBytes} sent`);
  });

  it('goes on after a restart, unless it was paused', async () => {
    const [running, paused] = [published('r', [SIZE], 'x/r'), published('p', [SIZE], 'x/p')];
    server().allow(2_000_000);
    const before = window();
    const first = await before.download(running);
    const second = await before.download(paused);
    await until(() => before.status(first.id)!.bytes + before.status(second.id)!.bytes > 1_000_000);
    before.service.pause(second.id);
    await before.reaches(second.id, 'paused');
    await before.close();
    server().allow(Infinity);
    const after = window();
    assert.equal(after.status(first.id)?.state, 'running');
    await after.reaches(first.id, 'done');
    assert.equal(after.status(second.id)?.state, 'paused');
    after.service.resume(second.id);
    await after.reaches(second.id, 'done');
    for (const plan of [running, paused]) assertInstalled(plan);
    assert.ok(server().sentBytes < 2 * SIZE + 1_500_000, `${server().sentBytes} sent`);
  });

  for (const state of ['running', 'paused', 'failed'] as const) {
    it(`removes what it has made, and nothing else, when it is cancelled: ${state}`, async () => {
      mkdirSync(join(models(), 'janhq'), { recursive: true });
      const mine = join(models(), 'janhq', 'notes.txt');
      writeFileSync(mine, 'mine');
      const one = window();
      server().allow(SIZE + 500_000);
      const plan = published('m', [SIZE, SIZE]);
      const { id } = await one.download(plan);
      await until(() => one.status(id)!.bytes > SIZE);
      if (state === 'paused') one.service.pause(id);
      if (state === 'failed') {
        server().files.delete('m-1.gguf');
        one.service.pause(id);
        await one.reaches(id, 'paused');
        one.service.resume(id);
      }
      await one.reaches(id, state);
      await one.service.cancel(id);
      assert.deepEqual(one.service.list(), []);
      assert.deepEqual(readdirSync(models(), { recursive: true }), [
        'janhq',
        join('janhq', 'notes.txt'),
      ]);
      assert.deepEqual(
        one.logger.at('warn').filter((line) => line.includes('stays')),
        [],
      );
    });
  }

  it('leaves files and empty folders of the user when it is cancelled', async () => {
    const one = window();
    const plan = published('m', [SIZE, SIZE]);
    mkdirSync(modelFolder(), { recursive: true });
    writeFileSync(join(modelFolder(), 'm-0.gguf'), server().files.get('m-0.gguf')!);
    mkdirSync(join(models(), 'x', 'y'), { recursive: true });
    server().allow(500_000);
    const { id } = await one.download(plan);
    const other = await one.download(published('n', [SIZE], 'x/y'));
    await until(() => [id, other.id].every((each) => one.status(each)?.phase === 'fetching'));
    await one.service.cancel(id);
    await one.service.cancel(other.id);
    assert.deepEqual(readdirSync(modelFolder()), ['m-0.gguf']);
    assert.deepEqual(readdirSync(join(models(), 'x', 'y')), []);
  });

  it('leaves what is part of another variant when it is cancelled', async () => {
    const one = window();
    const shared = published('mmproj', [1000]);
    const other = published('other', [1000]);
    server().allow(500_000);
    const big = published('big');
    const first = { ...big, files: [...shared.files, ...big.files], size: big.size + 1000 };
    const { id } = await one.download(first);
    await until(() => one.status(id)!.bytes > 1000);
    one.service.pause(id);
    await one.reaches(id, 'paused');
    server().allow(Infinity);
    const second = { ...other, files: [...shared.files, ...other.files], size: 2000 };
    await one.reaches((await one.download(second)).id, 'done');
    await one.service.cancel(id);
    assertInstalled(second);
    assert.deepEqual(readdirSync(modelFolder()).sort(), [
      RECEIPT_FILE,
      'mmproj.gguf',
      'other.gguf',
    ]);
  });

  it('forgets what is done, and keeps what is installed', async () => {
    const one = window();
    const plan = published('m');
    const { id } = await one.download(plan);
    await one.reaches(id, 'done');
    await one.service.dismiss(id);
    assert.deepEqual(one.service.list(), []);
    assertInstalled(plan);
  });

  it('fetches nothing that is on this machine already', async () => {
    const one = window();
    const plan = published('m', [SIZE, 5000]);
    const copy = join(folder(), 'copy.gguf');
    writeFileSync(copy, server().files.get('m-0.gguf')!);
    one.identities.local.set(plan.files[0]!.digest.hex, [copy]);
    await one.reaches((await one.download(plan)).id, 'done');
    assertInstalled(plan);
    assert.deepEqual(server().asked, ['m-1.gguf']);
  });

  it('needs no room for a revision that another one takes the place of', async () => {
    const free = SPACE_MARGIN + 1.5 * SIZE;
    const disk = { free: () => Promise.resolve(free), device: () => Promise.resolve(1) };
    const one = window({ disk });
    server().allow(0);
    const older = published('m');
    const { id } = await one.download(older);
    one.service.pause(id);
    await one.reaches(id, 'paused');
    const newer = { ...older, revision: 'd'.repeat(40) };
    assert.notEqual((await one.download(newer)).id, id);
    const other = published('n', [SIZE], 'x/n');
    await assert.rejects(one.download(other), { kind: 'noSpace' });
  });

  it('takes over a new revision of what was not yet done', async () => {
    const one = window();
    server().allow(500_000);
    const old = published('m');
    const first = await one.download(old);
    await until(() => one.status(first.id)!.bytes > 100_000);
    server().files.set('m.gguf', bytesOf('newer', SIZE));
    const plan = planOf([planned('m.gguf', bytesOf('newer', SIZE))], {
      variant: 'm',
      revision: 'd'.repeat(40),
    });
    server().allow(Infinity);
    const second = await one.download(plan);
    await one.reaches(second.id, 'done');
    assert.deepEqual(
      one.service.list().map(({ id }) => id),
      [second.id],
    );
    assertInstalled(plan);
  });

  describe('while the user is at work', () => {
    it('waits until they are idle in all windows, if they want that', async () => {
      const [one, two] = [window(), window()];
      const plan = published('m');
      for (const each of [one, two])
        each.service.configure(each.configuration({ onlyWhenIdle: true }));
      one.service.circumstances({ idle: true, syncing: false });
      two.service.circumstances({ idle: false, syncing: false });
      server().allow(1_000_000);
      const { id, waitsFor } = await one.download(plan);
      assert.equal(waitsFor, 'idle');
      two.service.circumstances({ idle: true, syncing: false });
      await until(() => (one.status(id)?.bytes ?? 0) > 500_000);
      two.service.circumstances({ idle: false, syncing: false });
      assert.equal((await one.reaches(id, 'waiting')).waitsFor, 'idle');
      await two.close();
      server().allow(Infinity);
      await one.reaches(id, 'done');
      assertInstalled(plan);
    });
  });

  it('keeps the limit, and tells speed and time left', async () => {
    const one = window();
    one.service.configure(one.configuration({ bytesPerSecond: 1_000_000 }));
    const begin = Date.now();
    const { id } = await one.download(published('m'));
    const speeds: number[] = [];
    await until(() => {
      const { bytesPerSecond, secondsLeft, state } = one.status(id)!;
      if (bytesPerSecond !== undefined && secondsLeft !== undefined) speeds.push(bytesPerSecond);
      return state === 'done';
    });
    const seconds = (Date.now() - begin) / 1000;
    assert.ok(seconds > 1.8 && seconds < 5, `${seconds} s`);
    const last = speeds.at(-1)!;
    assert.ok(last > 500_000 && last < 1_500_000, `${last} bytes per second`);
  });

  it('tells of changes at most four times a second', async () => {
    const one = window();
    one.service.configure(one.configuration({ bytesPerSecond: 2_000_000 }));
    const { id } = await one.download(published('m'));
    const times: number[] = [];
    let seen = one.events.length;
    await until(() => {
      if (one.events.length > seen) times.push(performance.now());
      seen = one.events.length;
      return one.status(id)!.state === 'done';
    });
    assert.ok(times.length >= 2);
    for (const [index, time] of times.slice(1).entries()) assert.ok(time - times[index]! > 200);
  });

  it('goes on with a damaged list, which is set aside', async () => {
    mkdirSync(join(folder(), 'storage'));
    writeFileSync(join(folder(), 'storage', 'downloads.db'), 'x'.repeat(5000));
    const one = window();
    await one.reaches((await one.download(published('m'))).id, 'done');
    assert.ok(readdirSync(join(folder(), 'storage')).some((name) => name.includes('.corrupt-')));
    assert.match(one.logger.at('error')[0]!, /downloads\.db was damaged.*set aside/);
  });

  it('works where its list cannot be written', async () => {
    writeFileSync(join(folder(), 'storage'), 'no folder');
    const one = window();
    await one.reaches((await one.download(published('m'))).id, 'done');
    assert.match(one.logger.at('warn')[0]!, /downloads\.db is not used/);
    assert.ok(statSync(join(folder(), 'storage')).isFile());
  });
});
