import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DownloadRun } from '../../../src/download/downloadRun.ts';
import { realDisk } from '../../../src/download/freeSpace.ts';
import { rollBack } from '../../../src/download/kept/rollBack.ts';
import { settleKept } from '../../../src/download/kept/settleKept.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { Reuse } from '../../../src/download/reuse.ts';
import type { StoredDownload } from '../../../src/download/storedDownload.ts';
import { FolderTarget } from '../../../src/download/targets/folderTarget.ts';
import { hasEnded } from '../../../src/sync/cache/owner.ts';
import { systemClock } from '../../../src/sync/worker/systemClock.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useByteServer } from './byteServer.ts';
import { useDyingDisk } from './dyingDisk.ts';
import { freeFlow } from './file/rig.ts';
import { Editions, NAMES } from './keptRig.ts';
import { MemoryIdentities, SimpleHasher } from './support.ts';
import { useWindows } from './windowRig.ts';

const PROGRAM = fileURLToPath(new URL('keptProgram.ts', import.meta.url));
/** More changes of names than any of this takes. */
const MOST_CHANGES = 60;
const always = new AbortController().signal;

type Where = Parameters<Editions['has']>[2];

describe('An exchange of revisions that breaks off', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const server = useByteServer();
  let restore: () => void = () => undefined;
  afterEach(() => restore());

  /** What runs, downloads and roll-backs are made with here, in a folder of its own. */
  const machineIn = (home: string) => {
    const identities = new MemoryIdentities();
    const reuse = new Reuse({ identities, hasher: new SimpleHasher(), logger: collectingLogger() });
    const target = new FolderTarget(() => join(home, 'models'));
    return { identities, reuse, clock: systemClock, target: () => target };
  };
  const update = async (home: string, plan: DownloadPlan): Promise<void> => {
    const machine = machineIn(home);
    const placement = await machine.target().place(plan);
    const download: StoredDownload = {
      ...{ id: 'one', plan, placement, createdAt: 0, bytes: 0, failures: 0, heartbeat: 0 },
      traces: { folders: [], files: [] },
      target: 'folder',
      state: 'running',
      wanted: 'run',
    };
    const services = {
      ...machine,
      ...{ disk: realDisk, logger: collectingLogger() },
      fetchFile: ({ file, place = '' }: { file: { path: string }; place?: string }) => {
        writeFileSync(place, server().files.get(file.path)!);
        return Promise.resolve();
      },
    };
    await new DownloadRun(download, services, {
      ...{ endpoint: new URL(server().url), flow: freeFlow, others: [], signal: always },
      ...{ onProgress: () => undefined, onTraces: () => undefined },
    }).run();
  };
  const goBack = async (home: string): Promise<void> => {
    const machine = machineIn(home);
    const { place } = new Editions(home, server);
    await rollBack(place, machine.target(), { ...machine, signal: always });
  };

  /** @returns false if it ended before that */
  const breaksOff = async (
    work: () => Promise<void>,
    diesBefore: number,
    links: boolean,
  ): Promise<boolean> => {
    const broken = Promise.withResolvers<true>();
    const die = (): Promise<never> => {
      broken.resolve(true);
      return new Promise(() => undefined);
    };
    restore = useDyingDisk({ diesBefore, die, links });
    try {
      return await Promise.race([broken.promise, work().then(() => false)]);
    } finally {
      restore();
    }
  };
  /** A process that has ended holds no locks; that they are taken over is shown below. */
  const forgetLocks = (editions: Editions): void => {
    for (const name of readdirSync(editions.folder)) {
      if (name.endsWith('.lock')) rmSync(join(editions.folder, name));
    }
  };
  const assertUsable = (editions: Editions, when: string): void => {
    const isWhole = (edition: string, places: readonly Where[]): boolean =>
      NAMES.every((name) => places.some((where) => editions.has(edition, name, where)));
    assert.ok(isWhole('a', ['place', 'kept']), `the old revision is gone ${when}`);
    assert.ok(isWhole('b', ['place', 'kept', 'verified']), `the new revision is gone ${when}`);
  };
  /** Breaks something off at each change of a name, and looks at what is left. */
  const atEachChange = async (
    source: string,
    links: boolean,
    work: (home: string, editions: Editions) => Promise<void>,
    complete: (home: string, editions: Editions) => Promise<void>,
  ): Promise<void> => {
    let changes = 0;
    for (let isBroken = true; isBroken;) {
      assert.ok(++changes < MOST_CHANGES);
      const home = join(folder(), `broken ${changes}`);
      cpSync(source, home, { recursive: true, preserveTimestamps: true });
      const editions = new Editions(home, server);
      isBroken = await breaksOff(() => work(home, editions), changes, links);
      assertUsable(editions, `before change ${changes}`);
      forgetLocks(editions);
      await complete(home, editions);
    }
    assert.ok(changes > 2 * NAMES.length, `${changes} changes`);
  };

  for (const links of [true, false]) {
    const where = links ? '' : ' on a disk without hard links';

    it(`leaves both whole wherever an update stops, and the next run completes it${where}`, async () => {
      const source = join(folder(), 'source');
      await update(source, new Editions(source, server).plan('a'));
      await atEachChange(
        source,
        links,
        (home, editions) => update(home, editions.plan('b', true)),
        async (home, editions) => {
          await update(home, editions.plan('b', true));
          await editions.assertIs('b', 'a');
        },
      );
    });

    it(`leaves both whole wherever a roll-back stops, and the next look completes it${where}`, async () => {
      const source = join(folder(), 'source');
      const editions = new Editions(source, server);
      await update(source, editions.plan('a'));
      await update(source, editions.plan('b', true));
      await atEachChange(source, links, goBack, async (home, now) => {
        await settleKept(now.folder, now.place.variant, systemClock);
        const isBack = (await now.receipt())?.revision === 'a'.repeat(40);
        if (!isBack) await goBack(home);
        await now.assertIs('a', 'b');
      });
    });
  }
});

describe('A process that is killed while it exchanges revisions', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const server = useByteServer();
  const window = useWindows(() => ({ folder: folder(), endpoint: server().url }));

  const killed = async (task: object): Promise<void> => {
    const arg = JSON.stringify({ folder: folder(), endpoint: server().url, ...task });
    const child = fork(PROGRAM, [arg]);
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL');
  };

  it('holds up nobody: the next one completes what it began', async () => {
    const editions = new Editions(folder(), server);
    const before = window();
    await before.reaches((await before.download(editions.plan('a'))).id, 'done');
    await before.close();
    await killed({ plan: editions.plan('b', true), diesBefore: 4 });
    const updating = window({ isDead: hasEnded });
    for (const { id } of updating.service.list()) await updating.reaches(id, 'done');
    await editions.assertIs('b', 'a');
    await updating.close();
    await killed({ place: editions.place, diesBefore: 6 });
    await window().service.kept.settle(editions.place, always);
    await editions.assertIs('a', 'b');
  });
});
