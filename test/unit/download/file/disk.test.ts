import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writevSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { partialBytes } from '../../../../src/download/file/fileDownload.ts';
import { FileLock } from '../../../../src/download/file/fileLock.ts';
import { install } from '../../../../src/download/file/install.ts';
import type { FileSystem } from '../../../../src/download/file/fileSystem.ts';
import { realFileSystem } from '../../../../src/download/file/fileSystem.ts';
import { partialPaths } from '../../../../src/download/file/partialPaths.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { fileServer } from './fileServer.ts';
import { failsWith, planned, useFileRig } from './rig.ts';

const MB = 1_000_000;

/**
 * A disk that holds so many bytes of each file, or fails in another way.
 * @param delay how long each write takes, in ms
 */
function diskWith(limit: number, code = 'ENOSPC', delay = 0): FileSystem & { asked: Set<string> } {
  const asked = new Set<string>();
  const refuse = (
    way: string,
    pieces: readonly NodeJS.ArrayBufferView[],
    position?: number | null,
  ): void => {
    asked.add(way);
    const end = (position ?? 0) + pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (end > limit) throw Object.assign(new Error(`${code}: no`), { code });
    const until = performance.now() + delay;
    while (performance.now() < until);
  };
  return {
    asked,
    writevSync: (fd, pieces, position) => {
      refuse('at once', pieces, position);
      return writevSync(fd, pieces, position ?? undefined);
    },
    open: async (path, flags, mode) => {
      const file = await open(path, flags, mode);
      const writev: FileHandle['writev'] = async (pieces, position) => {
        refuse('in the background', pieces, position);
        return await file.writev(pieces, position);
      };
      return new Proxy(file, {
        get: (_file, name) => {
          if (name === 'writev') return writev;
          const value: unknown = Reflect.get(file, name, file);
          return typeof value === 'function' ? (value.bind(file) as unknown) : value;
        },
      });
    },
  };
}

describe('A download to a disk', () => {
  const server = useLocalServer();
  const rig = useFileRig();
  const bytes = randomBytes(12 * MB);
  const file = planned(bytes);

  beforeEach(() => server().answer(fileServer(bytes).listener));

  it('that is full keeps what fits and goes on once there is room', async () => {
    const { download, target } = rig();
    const fileSystem = diskWith(10 * MB);
    await failsWith(download(server().url, file, {}, { fileSystem }), 'noSpace');
    const left = await partialBytes(target);
    assert.ok(left > MB, `${left} bytes`);
    const { listener, served } = fileServer(bytes);
    server().answer(listener);
    const again = rig();
    await again.download(server().url, file);
    again.assertInstalled(bytes);
    assert.equal(
      served.reduce((sum, one) => sum + one.sent, 0),
      bytes.length - left,
    );
  });

  it('that is slow is written to in the background, and found full there too', async () => {
    const { download, target } = rig();
    const fileSystem = diskWith(10 * MB, 'ENOSPC', 17);
    await failsWith(download(server().url, file, {}, { fileSystem }), 'noSpace');
    assert.deepEqual([...fileSystem.asked], ['at once', 'in the background']);
    const left = await partialBytes(target);
    assert.ok(left > MB, `${left} bytes`);
    const again = rig();
    await again.download(server().url, file);
    again.assertInstalled(bytes);
  });

  it('that fails says so', async () => {
    const { download, target } = rig();
    const fileSystem = diskWith(10 * MB, 'EIO');
    await failsWith(download(server().url, file, {}, { fileSystem }), 'folder', /EIO.*Check/);
    assert.equal(existsSync(target), false);
  });

  it('that may not be written says so', async () => {
    for (const code of ['EACCES', 'EROFS']) {
      const { download, target } = rig();
      const refused = Object.assign(new Error(`${code}: no`), { code });
      const fileSystem = { ...realFileSystem, open: () => Promise.reject(refused) };
      await failsWith(download(server().url, file, {}, { fileSystem }), 'folder', /Check/);
      assert.equal(existsSync(partialPaths(target).lock), false);
    }
  });

  it('whose folder is not there, or goes on the way, fails as that', async () => {
    const { download, target } = rig();
    const inside = join(dirname(target), 'models', 'model.gguf');
    await failsWith(download(server().url, file, { target: inside }), 'folder');
    mkdirSync(dirname(inside));
    const onProgress = (): void => rmSync(dirname(inside), { recursive: true, force: true });
    const flow = {
      connections: () => 1,
      take: () => new Promise<void>((resolve) => setTimeout(resolve, 2)),
    };
    await failsWith(download(server().url, file, { target: inside, onProgress, flow }), 'folder');
  });

  it('where a file is in place of the folder fails as that', async () => {
    const { download, target } = rig();
    const inside = join(dirname(target), 'file', 'model.gguf');
    writeFileSync(dirname(inside), 'a file in place of the folder');
    await failsWith(download(server().url, file, { target: inside }), 'folder');
  });

  it('replaces an older file, and never writes through a link', async () => {
    const { download, target, assertInstalled } = rig();
    writeFileSync(target, 'an older edition');
    await download(server().url, file);
    assertInstalled(bytes);

    const victim = join(dirname(target), 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, partialPaths(target).partial);
    symlinkSync(victim, partialPaths(target).journal);
    symlinkSync(victim, `${partialPaths(target).journal}.new`);
    await download(server().url, file);
    assertInstalled(bytes);
    rmSync(target);
    symlinkSync(victim, target);
    await download(server().url, file);
    assertInstalled(bytes);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  });

  it('waits for a scanner that has the file open, but not for ever', async () => {
    const { target } = rig();
    const clock = new FakeClock();
    let refusals = 3;
    const move = async (from: string, to: string): Promise<void> => {
      if (refusals-- > 0) throw Object.assign(new Error('EBUSY: no'), { code: 'EBUSY' });
      await rename(from, to);
    };
    const passTime = async (work: Promise<void>): Promise<void> => {
      let isOver = false;
      const settle = (): void => void (isOver = true);
      work.then(settle, settle);
      await until(() => {
        if (!isOver) clock.advance(clock.timers * 50);
        return isOver;
      });
    };
    writeFileSync(`${target}.partial`, 'whole');
    const first = install(`${target}.partial`, target, clock, move);
    await passTime(first);
    await first;
    assert.equal(readFileSync(target, 'utf8'), 'whole');

    refusals = Infinity;
    const second = install(`${target}.partial`, target, clock, move);
    await passTime(second);
    await failsWith(second, 'folder', /EBUSY/);
  });
});

describe('The lock of a download', () => {
  const folder = useTemporaryFolder();
  const never = (): void => assert.fail('it was lost');
  const path = (): string => join(folder(), 'model.gguf.partial.lock');

  it('is held by one, until it is released', async () => {
    const clock = new FakeClock(Date.now());
    const lock = await FileLock.take(path(), clock, never);
    await failsWith(FileLock.take(path(), clock, never), 'conflict');
    await lock.release();
    assert.equal(existsSync(path()), false);
    assert.equal(clock.timers, 0);
    await (await FileLock.take(path(), clock, never)).release();
  });

  it('is taken from a process that has ended, by one of many', async () => {
    const clock = new FakeClock(Date.now());
    for (let round = 0; round < 20; round++) {
      writeFileSync(path(), `${hostname()}:99999999:dead ${round}`);
      const taken = await Promise.allSettled(
        Array.from({ length: 8 }, async (_, index) => {
          for (let turn = 0; turn < index * 3; turn++) await new Promise(setImmediate);
          return await FileLock.take(path(), clock, never);
        }),
      );
      const locks = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      assert.equal(locks.length, 1);
      await locks[0]?.release();
      assert.deepEqual(readdirSync(folder()), []);
    }
  });

  it('is taken from another machine only when that one is silent for long', async () => {
    const clock = new FakeClock(Date.now());
    writeFileSync(path(), 'elsewhere:17:alive');
    await failsWith(FileLock.take(path(), clock, never), 'conflict');
    const old = new Date(clock.now() - 10 * 60_000);
    utimesSync(path(), old, old);
    await (await FileLock.take(path(), clock, never)).release();
  });

  it('is taken from a process that was killed before it could sign', async () => {
    const clock = new FakeClock(Date.now());
    writeFileSync(path(), '');
    await failsWith(FileLock.take(path(), clock, never), 'conflict');
    const old = new Date(clock.now() - 3_000);
    utimesSync(path(), old, old);
    await (await FileLock.take(path(), clock, never)).release();
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('is refreshed while it is held, and its loss is told', async () => {
    const clock = new FakeClock(Date.now());
    let lost: unknown;
    const lock = await FileLock.take(path(), clock, (error) => (lost = error));
    for (let minute = 0; minute < 20; minute++) {
      clock.advance(30_000);
      await until(() => clock.timers === 1);
    }
    await failsWith(FileLock.take(path(), clock, never), 'conflict');
    writeFileSync(path(), 'elsewhere:17:thief');
    clock.advance(30_000);
    await until(() => lost !== undefined);
    assert.equal((lost as { kind: string }).kind, 'conflict');
    await lock.release();
    assert.equal(readFileSync(path(), 'utf8'), 'elsewhere:17:thief');
  });

  it('is neither lost nor refreshed any more once it is released, even in the middle of that', async () => {
    for (let round = 0; round < 20; round++) {
      const clock = new FakeClock(Date.now());
      const lock = await FileLock.take(path(), clock, never);
      clock.advance(30_000);
      for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
      await lock.release();
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      assert.equal(clock.timers, 0, `round ${round}`);
    }
  });
});
