import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FolderRuntime } from '../../../../src/runtime/folder/folderRuntime.ts';
import { HuggingFaceCache } from '../../../../src/runtime/huggingFaceCache/huggingFaceCache.ts';
import { JanRuntime } from '../../../../src/runtime/jan/janRuntime.ts';
import type { Runtime } from '../../../../src/runtime/runtime.ts';
import type { Disposable } from '../../../../src/sync/clock.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { useSession } from '../../support/useSession.ts';
import { machineIn, writeFiles } from './diskRig.ts';

const COMMIT = 'a'.repeat(40);

describe('Watching runtimes on the disk', () => {
  const home = useTemporaryFolder();
  const session = useSession();
  let clock: FakeClock;
  let logger: CollectingLogger;
  let watch: Disposable | undefined;
  let calls = 0;
  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
    calls = 0;
  });
  afterEach(() => watch?.dispose());

  const root = (): string => join(home(), 'models');
  const folder = (): Runtime => new FolderRuntime({ folder: root(), clock, logger });
  const cache = (): Runtime =>
    new HuggingFaceCache({
      machine: machineIn(home(), { environment: { HF_HUB_CACHE: root() } }),
      clock,
      logger,
    });
  const jan = (): Runtime => new JanRuntime({ machine: machineIn(home()), session, clock, logger });

  /** Watches folders, some of which are there: it is told when they are watched. */
  async function begin(runtime: Runtime): Promise<void> {
    watch = runtime.watch(() => calls++);
    await until(() => clock.timers > 0);
    await settled();
  }

  /** Lets everything come that what happened before has set off. */
  async function settled(): Promise<void> {
    while ((await countNoticed(3, () => undefined)) > 0);
    calls = 0;
  }

  /** Waits until a change is noticed, and for what is told of it. */
  async function noticed(): Promise<void> {
    await until(() => clock.timers > 0);
    assert.equal(calls, 0);
    clock.advance(1_000);
    assert.equal(calls, 1);
    calls = 0;
  }

  /** How many of a number of changes are noticed. */
  async function countNoticed(changes: number, change: (n: number) => void): Promise<number> {
    let count = 0;
    for (let n = 0; n < changes; n++) {
      change(n);
      for (let turn = 0; turn < 500; turn++) await new Promise((done) => setImmediate(done));
      count += clock.timers;
      clock.advance(1_000);
    }
    return count;
  }

  it('notices models that come, grow and go, also in new folders', async () => {
    writeFiles(root(), { 'a/b/x.gguf': 1 });
    await begin(folder());
    writeFiles(root(), { 'a/b/y.gguf': 1 });
    await noticed();
    writeFiles(root(), { 'a/b/y.gguf': 2 });
    await noticed();
    rmSync(join(root(), 'a/b/y.gguf'));
    await noticed();
    writeFiles(root(), { 'c/d/z.gguf': 1 });
    await noticed();
  });

  it('tells of many changes once a second', async () => {
    writeFiles(root(), { 'a/b/x.gguf': 1 });
    await begin(folder());
    for (let n = 0; n < 100; n++) writeFiles(root(), { [`a/b/many${n}.gguf`]: 1 });
    await until(() => clock.timers > 0);
    clock.advance(999);
    assert.equal(calls, 0);
    clock.advance(1);
    assert.equal(calls, 1);
  });

  it('does not mind what is no model, nor unfinished downloads', async () => {
    writeFiles(root(), { 'a/b/x.gguf': 1 });
    await begin(folder());
    const count = await countNoticed(20, (n) =>
      writeFiles(root(), { 'a/b/x.gguf.partial': n + 1, [`a/b/${n}.txt`]: n, '.git/x.gguf': n }),
    );
    // What was noticed may be a late word of what went before.
    assert.ok(count <= 2, `${count} of 20`);
    writeFiles(root(), { 'a/b/last.gguf': 1 });
    await noticed();
  });

  it('notices a folder that appears, whenever the folders on the way to it do', async () => {
    const deep = join(root(), 'on/the/way');
    watch = new FolderRuntime({ folder: deep, clock, logger }).watch(() => calls++);
    let turns = 0;
    await until(() => {
      // At each moment of beginning to watch one may come, or go.
      if (turns % 20 === 0) mkdirSync(join(root(), 'on'), { recursive: true });
      if (turns % 20 === 10) rmSync(root(), { recursive: true });
      return turns++ >= 2_000;
    });
    mkdirSync(deep, { recursive: true });
    await until(() => clock.timers > 0);
    await settled();
    writeFiles(deep, { 'x.gguf': 1 });
    await noticed();
    assert.deepEqual(logger.lines, []);
  });

  it('goes on after the folder was removed and made again', async () => {
    writeFiles(root(), { 'a/b/x.gguf': 1 });
    await begin(folder());
    rmSync(root(), { recursive: true });
    await noticed();
    mkdirSync(root());
    await noticed();
    await settled();
    rmSync(root(), { recursive: true });
    mkdirSync(root());
    await noticed();
    await settled();
    writeFiles(root(), { 'y.gguf': 1 });
    await noticed();
    await settled();
    renameSync(root(), `${root()} away`);
    await noticed();
  });

  it('watches a folder behind a link', async () => {
    mkdirSync(join(home(), 'disk'));
    symlinkSync(join(home(), 'disk'), root());
    await begin(folder());
    writeFiles(join(home(), 'disk'), { 'y.gguf': 1 });
    await noticed();
  });

  it('notices snapshots of the Hugging Face cache, and no blobs', async () => {
    const snapshots = `models--acme--Small/snapshots/${COMMIT}`;
    const blobs = join(root(), 'models--acme--Small/blobs');
    writeFiles(blobs, { one: 1 });
    writeFiles(root(), { [`${snapshots}/first-Q8_0.gguf`]: 1 });
    await begin(cache());
    const count = await countNoticed(20, (n) => writeFiles(blobs, { [`${n}.incomplete`]: n }));
    assert.ok(count <= 2, `${count} of 20`);
    symlinkSync(join(blobs, 'one'), join(root(), snapshots, 'link-Q4_0.gguf'));
    await noticed();
  });

  it('notices Jan when it comes, its models, and that it moves', async () => {
    const settle = (data: string): void => {
      const text = JSON.stringify({ data_folder: join(home(), data) });
      writeFiles(home(), { '.local/share/Jan/settings.json': text });
    };
    watch = jan().watch(() => calls++);
    await countNoticed(3, () => undefined);
    settle('old');
    await until(() => clock.timers > 0);
    await settled();
    writeFiles(home(), { 'old/llamacpp/models/a/model.yml': 'model_path: x' });
    await noticed();
    settle('new');
    await noticed();
    await settled();
    writeFiles(home(), { 'new/llamacpp/models/a/model.yml': 'model_path: x' });
    await noticed();
    await settled();
    const stale = await countNoticed(10, (n) =>
      writeFiles(home(), { [`old/llamacpp/models/a/${n}.gguf`]: 1 }),
    );
    assert.ok(stale <= 2, `${stale} of 10`);
  });

  it('is over when it is disposed, and nothing is left of it', async () => {
    writeFiles(root(), { 'a/b/x.gguf': 1 });
    await begin(folder());
    writeFiles(root(), { 'a/b/y.gguf': 1 });
    await until(() => clock.timers > 0);
    watch?.dispose();
    watch?.dispose();
    assert.equal(clock.timers, 0);
    clock.advance(10_000);
    assert.equal(calls, 0);
  });

  it('logs what goes wrong with who listens', async () => {
    mkdirSync(root());
    const runtime = folder();
    watch = runtime.watch(() => {
      throw new Error('the listener fails');
    });
    await until(() => clock.timers > 0);
    clock.advance(1_000);
    assert.match(logger.at('error')[0] ?? '', /the listener fails/);
  });
});
