import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DownloadError } from '../../../src/download/errors.ts';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { LocalModels } from '../../../src/local/localModels.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../../src/runtime/installed.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import { sha256 } from '../support/fakeRuntime.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { MODEL, useLocal } from '../support/useLocal.ts';
import { assertBytes } from '../../support/bytes.ts';

const SIZE = 300_000;
const FILE = { path: 'tiny-Q4_0.gguf', size: SIZE };
const IDLE = { idle: true, syncing: false, visible: false };

describe('This machine as one object', function () {
  this.timeout(20_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);

  /** Downloads the tiny variant to where the settings say, and waits until it is listed. */
  async function install(
    local: LocalModels,
    target: 'folder' | 'jan' | 'huggingFaceCache' = 'folder',
  ) {
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    await local.rescan();
    await local.download(plan, target);
    await until(() => rig().finished.length > 0 || failed() !== undefined);
    assert.equal(failed(), undefined);
    await until(() => rig().entry(target) !== undefined);
    return plan;
  }

  const failed = (): string | undefined =>
    rig()
      .downloads.at(-1)
      ?.find(({ state }) => state === 'failed')?.failure?.message;

  it('shows a download as installed, with what it is, and later that there is something newer', async () => {
    const local = rig().open();
    const { revision } = await install(local);
    const entry = rig().entry()!;
    assert.deepEqual(entry.from, {
      ...{ model: MODEL, revision, variant: 'tiny-Q4_0', quantisation: 'Q4_0' },
    });
    assert.equal(entry.identity, 'proven');
    assert.equal(entry.update, undefined);

    const readme = await rig().commit({ path: 'README.md' });
    await local.catalogueChanged();
    await until(() => rig().engine.reader.model(MODEL, ['hf:janhq'])?.sha === readme);
    await local.rescan();
    assert.equal(rig().entry()?.update, undefined, 'only its description is another');

    const newer = await rig().commit({ ...FILE, size: SIZE + 1 });
    await local.catalogueChanged();
    await until(() => rig().entry()?.update !== undefined);
    assert.deepEqual(rig().entry()?.update, {
      revision: newer,
      changed: [{ path: FILE.path, installedSize: SIZE, publishedSize: SIZE + 1 }],
      bytes: SIZE + 1,
    });

    await local.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => rig().entry()?.from?.revision === newer);
    assert.equal(rig().entry()?.update, undefined);
    assert.equal(rig().entry()?.size, SIZE + 1);
  });

  it('finds the model of a file that was renamed, by its bytes', async () => {
    const local = rig().open();
    await install(local);
    const { path } = rig().entry()!.files[0]!;
    const moved = rig().path('models', 'mine', 'whatever.gguf');
    mkdirSync(dirname(moved));
    renameSync(path, moved);
    rmSync(dirname(path), { recursive: true });
    await local.rescan();
    await local.circumstances(IDLE);
    await until(() => rig().entry()?.identity === 'proven' && rig().entry()?.name === 'whatever');
    assert.equal(rig().entry()?.from?.model, MODEL);
  });

  it('fetches nothing twice: what is here is used again, and stays known', async () => {
    const local = rig().open();
    await install(local);
    hub().resetStats();
    await local.download(await rig().plan('tiny-Q4_0'), 'huggingFaceCache');
    await until(() => rig().finished.length === 2);
    assert.equal(hub().stats().routes['cdn'], undefined);
    await until(() => rig().entry('huggingFaceCache')?.identity === 'proven');
    assert.equal(rig().entry('huggingFaceCache')?.from?.model, MODEL);
  });

  it('is told of copies, makes links of them, and knows what deleting one frees', async () => {
    const local = rig().open();
    await install(local);
    const { files } = rig().entry()!;
    const copy = rig().path('models', 'mine', 'copy.gguf');
    mkdirSync(dirname(copy));
    writeFileSync(copy, readFileSync(files[0]!.path));
    await local.rescan();
    await local.circumstances(IDLE);
    await until(() => rig().told.at(-1)?.duplicateBytes === SIZE);
    const keys = rig()
      .told.at(-1)!
      .entries.map(({ key }) => key);
    assert.deepEqual((await local.removal(keys[0]!)).freedBytes, SIZE);
    assert.deepEqual(await local.mergeDuplicates(), { freedBytes: SIZE });
    assert.equal(statSync(copy).ino, statSync(files[0]!.path).ino);
    const snapshot = await local.installed();
    assert.equal(snapshot.duplicateBytes, 0);
    const own = snapshot.entries.filter(({ runtime }) => runtime.id === 'folder');
    assert.deepEqual(
      own.map(({ identity }) => identity),
      ['proven', 'proven'],
    );
    assert.deepEqual((await local.removal(keys[0]!)).freedBytes, 0);
  });

  it('verifies what is installed, whatever is remembered', async () => {
    const local = rig().open();
    await install(local);
    const { key, files } = rig().entry()!;
    assert.equal(await local.verify(key), 'intact');
    const { path } = files[0]!;
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes[1_000]! ^= 1;
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    assert.equal(await local.verify(key), 'damaged');
    await until(() => /damaged/.test(rig().entry()?.problem ?? ''));
  });

  it('knows a file that was written to after it was installed as damaged', async () => {
    const local = rig().open();
    await install(local);
    const { key, files } = rig().entry()!;
    const bytes = readFileSync(files[0]!.path);
    bytes[1_000]! ^= 1;
    writeFileSync(files[0]!.path, bytes);
    await local.rescan();
    assert.equal(await local.verify(key), 'damaged');
    await until(() => /damaged/.test(rig().entry()?.problem ?? ''));
  });

  it('merges no file whose bytes changed without its size and time', async () => {
    const local = rig().open();
    await install(local);
    const { path } = rig().entry()!.files[0]!;
    const copy = rig().path('models', 'mine', 'copy.gguf');
    mkdirSync(dirname(copy));
    const bytes = readFileSync(path);
    writeFileSync(copy, bytes);
    await local.rescan();
    await local.circumstances(IDLE);
    await until(() => rig().told.at(-1)?.duplicateBytes === SIZE);
    const { atime, mtime } = statSync(copy);
    bytes[1_000]! ^= 1;
    // Put in its place whole: a look in between would see another time, and no duplicate.
    const changed = rig().path('changed.gguf');
    writeFileSync(changed, bytes);
    utimesSync(changed, atime, mtime);
    renameSync(changed, copy);
    await assert.rejects(local.mergeDuplicates(), (error) => RuntimeError.is(error, 'disk'));
    assertBytes(readFileSync(copy), bytes);
  });

  it('cannot tell whether files are intact that nobody publishes', async () => {
    const local = rig().open();
    mkdirSync(rig().path('models'));
    writeFileSync(rig().path('models', 'own.gguf'), 'my own work');
    const { entries } = await local.rescan();
    assert.equal(await local.verify(entries[0]!.key), 'unknown');
  });

  it('looks into another folder once the settings say so, and deletes nothing', async () => {
    const local = rig().open();
    await install(local);
    const { files } = rig().entry()!;
    mkdirSync(rig().path('elsewhere'));
    linkSync(files[0]!.path, rig().path('elsewhere', 'm.gguf'));
    await local.configure({ ...rig().settings, folder: rig().path('elsewhere') });
    await until(() => rig().entry()?.name === 'm');
    assert.equal(sha256(readFileSync(files[0]!.path)), files[0]!.sha256);
  });

  it('goes on at its next start with what it was closed in', async () => {
    hub().setFaults({ match: 'cdn', latencyMs: 60_000 });
    const before = rig().open();
    await rig().commit(FILE);
    const { id } = await before.download(await rig().plan('tiny-Q4_0'), 'folder');
    await until(() => rig().downloads.at(-1)?.[0]?.state === 'running');
    await before.close();
    hub().setFaults({});
    const after = rig().open();
    assert.equal((await after.downloads())[0]?.id, id);
    await until(() => rig().finished.length === 1);
  });

  it('has Cortex fetch by itself, which is a download that can be cancelled', async () => {
    const local = rig().open();
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    const { runtimes } = await local.rescan();
    assert.deepEqual(
      runtimes.map(({ id, can }) => [id, can]),
      [['cortex', ['pull', 'adopt']]],
    );
    hub().cortex({ updateMs: 10 });
    const { id, pausable, target } = await local.pull('cortex', plan);
    assert.deepEqual([pausable, target], [false, 'cortex']);
    await until(() => rig().finished[0]?.id === id);
    assert.equal(rig().finished[0]?.unverified, true, 'the hub has no disk');
    await until(() => rig().entry('cortex', plan.variant) !== undefined);
    await local.dismiss(id);
    assert.deepEqual(await local.downloads(), []);

    hub().cortex({ stall: true });
    const other = { ...plan, variant: 'other', files: [{ ...plan.files[0]!, path: 'other.gguf' }] };
    await rig().commit({ path: 'other.gguf', size: SIZE });
    const stalled = await local.pull('cortex', other);
    await until(() => hub().cortexPulls().length === 1);
    assert.equal((await local.pull('cortex', other)).id, stalled.id, 'the same download');
    await local.cancel(stalled.id);
    await until(() => hub().cortexPulls().length === 0);
    assert.deepEqual(await local.downloads(), []);
  });

  it('shows what Cortex fetches for another window, and has it stopped', async () => {
    const asking = rig().open();
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    await asking.rescan();
    hub().cortex({ bytesPerSecond: 100_000, updateMs: 10 });
    const { id } = await asking.pull('cortex', plan);
    await until(() => hub().cortexPulls().length === 1);

    // As another window does, which knows nothing of the first.
    const shown: DownloadStatus[][] = [];
    const other = rig().open({}, { onDidChangeDownloads: (now) => shown.push([...now]) });
    await other.rescan();
    const seen = (): DownloadStatus | undefined => shown.at(-1)?.[0];
    await until(() => (seen()?.bytes ?? 0) > 0);
    assert.deepEqual(
      [seen()?.model, seen()?.variant, seen()?.quantisation, seen()?.state, seen()?.pausable],
      [MODEL, 'tiny-Q4_0', 'Q4_0', 'running', false],
    );
    assert.deepEqual(
      (await asking.downloads()).map((one) => one.id),
      [id],
      'who asked for it shows it once',
    );
    await other.cancel(seen()!.id);
    await until(() => hub().cortexPulls().length === 0 && seen() === undefined);
    await until(() => rig().downloads.at(-1)?.[0]?.failure?.kind === 'refused');
  });

  it('lists what Cortex has fetched for others as soon as it is there', async () => {
    const asking = rig().open();
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    const told: InstalledSnapshot[] = [];
    const shown: (readonly DownloadStatus[])[] = [];
    const other = rig().open(
      {},
      {
        onDidChangeInstalled: (now) => told.push(now),
        onDidChangeDownloads: (now) => shown.push(now),
      },
    );
    await Promise.all([asking.rescan(), other.rescan()]);
    hub().cortex({ updateMs: 10 });
    await asking.pull('cortex', plan);
    await until(
      () => told.at(-1)?.entries.some(({ from }) => from?.variant === plan.variant) === true,
    );
    await until(() => shown.at(-1)?.length === 0);
  });

  for (const isIntact of [true, false]) {
    it(`verifies what Cortex fetched onto this disk: ${isIntact ? 'right' : 'wrong'} bytes`, async () => {
      const local = rig().open();
      await install(local);
      const plan = await rig().plan('tiny-Q4_0');
      const bytes = readFileSync(rig().entry()!.files[0]!.path);
      if (!isIntact) bytes[1_000]! ^= 1;
      const folder = rig().path('home', '.local/share/cortexcpp/models/huggingface.co', MODEL);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, FILE.path), bytes);
      hub().cortex({ updateMs: 10 });
      const { id } = await local.pull('cortex', plan);
      const pulled = (): DownloadStatus | undefined =>
        rig()
          .downloads.at(-1)
          ?.find((one) => one.id === id && ['done', 'failed'].includes(one.state));
      await until(() => pulled() !== undefined);
      assert.equal(pulled()?.unverified, undefined);
      assert.equal(pulled()?.state, isIntact ? 'done' : 'failed');
      assert.equal(pulled()?.failure?.kind, isIntact ? undefined : 'mismatch');
      assert.equal(
        rig().finished.some((one) => one.id === id),
        isIntact,
      );
      if (isIntact) return;
      assert.match(pulled()?.failure?.message ?? '', /not the bytes that are published.*Delete it/);
      await until(() => rig().entry('cortex', plan.variant) !== undefined);
    });
  }

  it('shows why a runtime could not fetch, and lets it try again', async () => {
    const local = rig().open();
    await rig().commit(FILE);
    const plan = await rig().plan('tiny-Q4_0');
    await local.rescan();
    hub().cortex({ fail: true, updateMs: 10 });
    const { id } = await local.pull('cortex', plan);
    await until(() => rig().downloads.at(-1)?.[0]?.state === 'failed');
    assert.ok((await local.downloads())[0]?.failure?.message);
    hub().cortex({ fail: false });
    await local.resume(id);
    await until(() => rig().finished[0]?.id === id);
  });

  it('starts, stops and removes by the runtime, and shows what came of it', async () => {
    const local = rig().open();
    const { entries } = await local.rescan();
    const { key, running } = entries.find(({ runtime }) => runtime.id === 'cortex')!;
    const found = async (): Promise<InstalledEntry | undefined> => {
      const snapshot = await local.installed();
      return snapshot.entries.find((entry) => entry.key === key);
    };
    assert.equal(running, false);
    await local.start(key);
    assert.equal((await found())?.running, true);
    await local.stop(key);
    assert.equal((await found())?.running, false);
    await local.remove(key);
    assert.equal(await found(), undefined);
    await assert.rejects(local.start(key), (error) => RuntimeError.is(error, 'refused'));
  });

  it('says what cannot be done', async () => {
    const local = rig().open();
    const { revision, ...plan } = await install(local);
    const { key } = rig().entry()!;
    await assert.rejects(local.start(key), (error) => RuntimeError.is(error, 'doesNotFit'));
    await assert.rejects(local.adopt(key, 'folder'), (error) =>
      RuntimeError.is(error, 'doesNotFit'),
    );
    await assert.rejects(local.adopt(key, 'nobody'), (error) => RuntimeError.is(error, 'notFound'));
    await assert.rejects(local.pull('jan', { ...plan, revision }), (error) =>
      RuntimeError.is(error, 'doesNotFit'),
    );
    const files = plan.files.map((file) => ({ ...file, path: '../out.gguf' }));
    await assert.rejects(local.download({ ...plan, files, revision }, 'folder'), (error) =>
      DownloadError.is(error, 'badName'),
    );
  });
});
