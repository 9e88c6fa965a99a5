import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DownloadError } from '../../../src/download/errors.ts';
import { KEPT_FOLDER } from '../../../src/download/kept/keptFiles.ts';
import type { TargetKind } from '../../../src/download/model.ts';
import { KeptEntries } from '../../../src/local/keptEntries.ts';
import type { LocalModels } from '../../../src/local/localModels.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import type { IdentifiedEntry } from '../../../src/runtime/installedSnapshot.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeRuntime } from '../support/fakeRuntime.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { useLocal } from '../support/useLocal.ts';

const SIZE = 300_000;
const FILE = { path: 'tiny-Q4_0.gguf', size: SIZE };

describe('A kept revision beside what is installed', function () {
  this.timeout(30_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);

  /** Installs one commit after the other, and keeps the older. */
  const installTwo = async (
    local: LocalModels,
    target: TargetKind = 'folder',
  ): Promise<{
    readonly entry: InstalledEntry;
    readonly older: string;
    readonly newer: string;
  }> => {
    const revisions: string[] = [];
    for (const size of [SIZE, SIZE + 1]) {
      await rig().commit({ ...FILE, size });
      const plan = await rig().plan('tiny-Q4_0');
      revisions.push(plan.revision);
      await local.rescan();
      await local.download({ ...plan, keepsPrevious: true }, target);
      await until(() => rig().entry(target)?.from?.revision === plan.revision);
    }
    const [older = '', newer = ''] = revisions;
    await until(() => rig().entry(target)?.kept !== undefined);
    return { entry: rig().entry(target)!, older, newer };
  };

  for (const target of ['folder', 'jan'] as const) {
    it(`is told of with its size, is no model of its own, and is exchanged: ${target}`, async () => {
      const jan = rig().path('home', '.local', 'share', 'Jan', 'data');
      if (target === 'jan') mkdirSync(jan, { recursive: true });
      const local = rig().open();
      const { entry, older, newer } = await installTwo(local, target);
      assert.equal(entry.kept?.revision, older);
      assert.equal(entry.kept.size, SIZE);
      assert.equal(entry.size, target === 'jan' ? entry.size : SIZE + 1);
      const { entries, duplicateBytes } = await local.rescan();
      assert.equal(entries.filter(({ runtime }) => runtime.kind === target).length, 1);
      assert.equal(duplicateBytes, 0);

      await local.rollBack(entry.key);
      await until(() => rig().entry(target)?.update?.revision === newer);
      const back = rig().entry(target)!;
      assert.equal(back.from?.revision, older);
      assert.equal(back.identity, 'proven');
      assert.equal(back.kept?.revision, newer);
      assert.equal(back.problem, undefined);
      await local.rollBack(entry.key);
      await until(() => rig().entry(target)?.from?.revision === newer);
      assert.equal(await local.verify(entry.key), 'intact');
    });
  }

  it('is what deleting it frees, and goes with the model it is kept beside', async () => {
    const local = rig().open();
    const { entry, older } = await installTwo(local);
    const kept = await local.keptRemoval(entry.key);
    assert.deepEqual(
      kept.paths.map((path) => basename(dirname(path))),
      [older],
    );
    assert.equal(kept.freedBytes, SIZE);
    const all = await local.removal(entry.key);
    assert.equal(all.paths.length, 2);
    assert.equal(all.freedBytes, SIZE + SIZE + 1);
    for (const path of kept.paths) rmSync(path);
    await local.keptRemoved(entry.key);
    await until(() => rig().entry()?.kept === undefined);
    const folder = dirname(entry.files[0]!.path);
    assert.deepEqual(readdirSync(folder), ['.model-hub.json', FILE.path]);
    await assert.rejects(local.rollBack(entry.key), (error: unknown) => {
      assert.ok(RuntimeError.is(error, 'refused'), String(error));
      return true;
    });
  });

  it('is not gone back to while a program runs the very file', async () => {
    const local = rig().open();
    const { entry } = await installTwo(local);
    const identified = (one: InstalledEntry): IdentifiedEntry => ({
      runtime: new FakeRuntime(one.runtime.kind),
      ...{ listed: one, entry: one, folder: undefined },
    });
    const runtime = { id: 'jan', kind: 'jan', name: 'Jan', can: [] } as const;
    const running = { ...entry, key: 'jan/same', runtime, running: true };
    const entries = [identified(entry), identified(running)];
    const kept = new KeptEntries({
      installed: {
        entries,
        entry: () => entries[0]!,
        ready: () => Promise.resolve(),
        rescan: () => local.installed(),
      },
      revisions: { rollBack: () => assert.fail('it runs'), settle: () => assert.fail('it runs') },
      clock: new FakeClock(),
      logger: rig().logger,
    });
    await assert.rejects(kept.rollBack(entry.key, new AbortController().signal), {
      kind: 'refused',
      message: `${entry.name} is running in Jan. Stop it first.`,
    });
  });

  it('is not gone back to if the installed file was changed', async () => {
    const local = rig().open();
    const { entry } = await installTwo(local);
    const { path } = entry.files[0]!;
    writeFileSync(path, Buffer.alloc(SIZE + 1, 1));
    await assert.rejects(local.rollBack(entry.key), (error: unknown) => {
      assert.ok(DownloadError.is(error, 'folder'), String(error));
      return true;
    });
    assert.ok(readFileSync(path).equals(Buffer.alloc(SIZE + 1, 1)));
  });

  it('is exchanged to the end at the next start if that broke off', async () => {
    const local = rig().open();
    const { entry, older, newer } = await installTwo(local);
    await local.close();
    // As a process leaves it that ended right after it had noted the exchange.
    const { path } = entry.files[0]!;
    const folder = dirname(path);
    const receiptPath = join(folder, '.model-hub.json');
    const receipt = JSON.parse(readFileSync(receiptPath, 'utf8')) as {
      variants: { revision: string; files: unknown; previous?: { files: unknown } }[];
    };
    const [variant] = receipt.variants;
    const { previous, revision, files } = variant!;
    Object.assign(variant!, { ...previous, previous: { revision, files } });
    writeFileSync(receiptPath, JSON.stringify(receipt));
    mkdirSync(join(folder, KEPT_FOLDER, newer));
    linkSync(path, join(folder, KEPT_FOLDER, newer, FILE.path));

    const next = rig().open();
    await next.rescan();
    await until(() => rig().entry()?.files[0]?.size === SIZE);
    await until(() => rig().entry()?.kept?.isUnfinished === undefined);
    assert.equal(rig().entry()?.from?.revision, older);
    assert.equal(rig().entry()?.kept?.revision, newer);
    assert.ok(!existsSync(join(folder, KEPT_FOLDER, older)));
  });

  it('is exchanged to the end once its file is no longer in use, and not tried at each change', async () => {
    const local = rig().open();
    const { entry } = await installTwo(local);
    const clock = new FakeClock();
    const broken = { ...entry, kept: { ...entry.kept!, isUnfinished: true as const } };
    let shown: InstalledEntry = broken;
    let tries = 0;
    const identified = (): IdentifiedEntry => ({
      runtime: new FakeRuntime('folder'),
      ...{ listed: shown, entry: shown, folder: undefined },
    });
    const kept = new KeptEntries({
      installed: {
        get entries() {
          return [identified()];
        },
        entry: identified,
        ready: () => Promise.resolve(),
        rescan: () => local.installed(),
      },
      revisions: {
        rollBack: () => assert.fail('nobody asked for it'),
        settle: () => {
          tries += 1;
          return Promise.reject(new DownloadError('folder', 'It is in use.'));
        },
      },
      ...{ clock, logger: rig().logger },
    });
    const triesAfter = async (ms: number): Promise<number> => {
      clock.advance(ms);
      await kept.complete(new AbortController().signal);
      return tries;
    };
    assert.equal(await triesAfter(0), 1);
    assert.equal(await triesAfter(59_999), 1);
    assert.equal(await triesAfter(1), 2);
    shown = entry;
    assert.equal(await triesAfter(0), 2);
    shown = broken;
    assert.equal(await triesAfter(0), 3, 'another exchange has broken off');
  });
});
