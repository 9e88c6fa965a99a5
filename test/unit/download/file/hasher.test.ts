import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hasher } from '../../../../src/download/file/hasher.ts';
import { HashQueue } from '../../../../src/download/file/hashQueue.ts';
import { SyncError } from '../../../../src/sync/errors.ts';
import { systemClock } from '../../../../src/sync/worker/systemClock.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { digestOf, failsWith, HASH_PROGRAM } from './rig.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

describe('The thread that hashes', () => {
  const folder = useTemporaryFolder();
  const bytes = randomBytes(5 * MIB + 1);
  let hasher: Hasher;
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
    hasher = new Hasher({ program: HASH_PROGRAM, clock });
  });
  afterEach(() => hasher.close());

  const written = (content: Buffer | string): string => {
    const path = join(folder(), 'file');
    writeFileSync(path, content);
    return path;
  };

  it('tells the sha256 and the git id of a file', async () => {
    const path = written(bytes);
    assert.equal(await hasher.hashFile(path, { signal }), digestOf(bytes).hex);
    const algorithm = 'git';
    assert.equal(await hasher.hashFile(path, { algorithm, signal }), digestOf(bytes, 'git').hex);
    const empty = digestOf(Buffer.alloc(0)).hex;
    assert.equal(await hasher.hashFile(written(''), { signal }), empty);
  });

  it('follows a file that grows, as far as it was told', async () => {
    const path = written(bytes.subarray(0, MIB));
    const { digest, advance } = hasher.follow(path, {
      ...{ algorithm: 'sha256', size: bytes.length, signal },
      onProgress: () => undefined,
    });
    advance(MIB);
    appendFileSync(path, bytes.subarray(MIB, 3 * MIB));
    advance(3 * MIB);
    appendFileSync(path, bytes.subarray(3 * MIB));
    advance(bytes.length);
    assert.equal(await digest, digestOf(bytes).hex);
  });

  it('does many at once', async () => {
    const path = written(bytes);
    const digests = await Promise.all(
      Array.from({ length: 5 }, () => hasher.hashFile(path, { signal })),
    );
    assert.deepEqual(new Set(digests), new Set([digestOf(bytes).hex]));
  });

  it('stops when it is told to, and goes on with others', async () => {
    const path = written(bytes);
    const abort = new AbortController();
    const slow = hasher.hashFile(path, { signal: abort.signal, bytesPerSecond: 1 });
    const other = hasher.hashFile(path, { signal });
    assert.equal(await other, digestOf(bytes).hex);
    abort.abort();
    await assert.rejects(slow, (error) => SyncError.is(error, 'cancelled'));
    await assert.rejects(hasher.hashFile(path, { signal: abort.signal }), { kind: 'cancelled' });
  });

  it('says of a file that cannot be read what to do', async () => {
    const missing = join(folder(), 'missing');
    await failsWith(hasher.hashFile(missing, { signal }), 'folder', /ENOENT.*Check/);
    await failsWith(hasher.hashFile(folder(), { signal }), 'folder');
    const path = written(bytes.subarray(0, MIB));
    const { digest, advance } = hasher.follow(path, {
      ...{ algorithm: 'sha256', size: bytes.length, signal },
      onProgress: () => undefined,
    });
    advance(bytes.length);
    await failsWith(digest, 'folder', /shorter/);
  });

  it('tells how far it is', async () => {
    const path = written(bytes);
    const told: number[] = [];
    const onProgress = (count: number): void => void told.push(count);
    await hasher.hashFile(path, { signal, onProgress });
    assert.ok(told.length > 0);
    assert.ok(told.every((count) => count > 0 && count <= bytes.length));
  });

  it('ends after a while without work, and starts again', async () => {
    const path = written(bytes);
    await hasher.hashFile(path, { signal });
    assert.equal(clock.timers, 1);
    clock.advance(60_000);
    assert.equal(clock.timers, 0);
    assert.equal(await hasher.hashFile(path, { signal }), digestOf(bytes).hex);
  });

  it('that is closed cancels what it hashes', async () => {
    const path = written(bytes);
    const running = hasher.hashFile(path, { signal, bytesPerSecond: 1 });
    const told = assert.rejects(running, (error) => SyncError.is(error, 'cancelled'));
    await hasher.close();
    await told;
  });

  it('that cannot start fails what it was asked for', async () => {
    const broken = new Hasher({ program: join(folder(), 'no-such-program.ts'), clock });
    await assert.rejects(broken.hashFile(written(bytes), { signal }), (error) =>
      SyncError.is(error, 'server'),
    );
    await broken.close();
  });
});

describe('Files that wait to be hashed', () => {
  const folder = useTemporaryFolder();

  it('give way to those that are being downloaded', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, Buffer.alloc(20 * MIB));
    const order: string[] = [];
    const queue = new HashQueue(systemClock, () => undefined);
    const whole = queue.run({ id: 1, path, algorithm: 'sha256' }, signal);
    const followed = queue.run({ id: 2, path, algorithm: 'sha256', size: 20 * MIB }, signal);
    void whole.then(() => order.push('whole'));
    void followed.then(() => order.push('followed'));
    queue.advance({ id: 2, bytes: 20 * MIB });
    await Promise.all([whole, followed]);
    assert.deepEqual(order, ['followed', 'whole']);
  });

  it('are hashed no faster than they may be', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, Buffer.alloc(4 * MIB));
    const clock = new FakeClock();
    const begin = clock.now();
    let isDone = false;
    const queue = new HashQueue(clock, () => undefined);
    const job = { id: 1, path, algorithm: 'sha256', bytesPerSecond: MIB } as const;
    void queue.run(job, signal).then(() => (isDone = true));
    await until(() => {
      if (!isDone) clock.advance(clock.timers * 100);
      return isDone;
    });
    const seconds = (clock.now() - begin) / 1_000;
    assert.ok(seconds >= 3 && seconds <= 4.5, `${seconds} s`);
  });
});
