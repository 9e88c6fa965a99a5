import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IdentityHasher } from '../../../src/runtime/identityHasher.ts';
import { IdentityStore } from '../../../src/runtime/identityStore.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import type { LocalFile } from '../../../src/runtime/runtime.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeHasher, localFile, sha256, writeWeights } from '../support/fakeRuntime.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';

describe('Hashing in the background', () => {
  const folder = useTemporaryFolder();
  let clock: FakeClock;
  let store: IdentityStore;
  let hasher: FakeHasher;
  let logger: ReturnType<typeof collectingLogger>;
  let proved: number;
  let hashers: IdentityHasher[];
  let files: LocalFile[];

  const begin = (): IdentityHasher => {
    const one = new IdentityHasher({
      ...{ store, hasher, clock, logger },
      onDidProve: () => proved++,
    });
    hashers.push(one);
    return one;
  };
  const known = (file: LocalFile): string | undefined =>
    store.sha256Of(file.path, file.size, file.modifiedAt);

  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
    store = new IdentityStore({ storage: folder(), now: clock.now(), logger });
    hasher = new FakeHasher();
    proved = 0;
    hashers = [];
    files = ['a', 'b', 'c'].map((name) => writeWeights(join(folder(), `${name}.gguf`), name));
  });
  afterEach(async () => {
    for (const one of hashers) await one.close();
    store.close();
  });

  it('waits until the user is away, then takes one file after the other, in their order', async () => {
    const one = begin();
    one.want(files);
    assert.deepEqual(hasher.hashed, []);
    one.setIdle(true);
    await until(() => proved === 3);
    assert.deepEqual(
      hasher.hashed,
      files.map(({ path }) => path),
    );
    assert.deepEqual(files.map(known), ['a', 'b', 'c'].map(sha256));
  });

  it('stops as soon as the user is back, and goes on with the same file', async () => {
    const one = begin();
    const gate = Promise.withResolvers<undefined>();
    hasher.gate = gate.promise;
    one.want(files);
    one.setIdle(true);
    await until(() => hasher.hashed.length === 1);
    one.setIdle(false);
    await until(() => hasher.aborted.length === 1);
    assert.equal(hasher.hashed.length, 1);
    one.setIdle(true);
    gate.resolve(undefined);
    await until(() => proved === 3);
    assert.deepEqual(
      hasher.hashed,
      [files[0]!, ...files].map(({ path }) => path),
    );
  });

  it('goes on where the user was back for a moment only', async () => {
    const one = begin();
    hasher.gate = new Promise(() => undefined);
    one.want(files);
    one.setIdle(true);
    await until(() => hasher.hashed.length === 1);
    hasher.gate = Promise.resolve();
    one.setIdle(false);
    one.setIdle(true);
    await until(() => proved === 3);
  });

  it('hashes nothing twice, in any window', async () => {
    const one = begin();
    one.want(files);
    one.setIdle(true);
    await until(() => proved === 3);
    const other = begin();
    other.want(files);
    other.setIdle(true);
    one.want(files);
    assert.equal(hasher.hashed.length, 3);
  });

  it('leaves it to the window that is at it already, and takes over when that has closed', async () => {
    const [one, other] = [begin(), begin()];
    hasher.gate = new Promise(() => undefined);
    one.want(files);
    one.setIdle(true);
    await until(() => hasher.hashed.length === 1);
    other.want(files);
    other.setIdle(true);
    clock.advance(60_000);
    assert.equal(hasher.hashed.length, 1);
    hasher.gate = Promise.resolve();
    await one.close();
    clock.advance(60_000);
    await until(() => files.every((file) => known(file) !== undefined));
  });

  it('passes over what cannot be read, until it is another file', async () => {
    const one = begin();
    rmSync(files[0]!.path);
    one.want(files);
    one.setIdle(true);
    await until(() => known(files[2]!) !== undefined);
    assert.equal(one.isPending(files[0]!), false);
    assert.match(logger.at('warn').join(), /a\.gguf is stays unknown/);
    const again = writeWeights(files[0]!.path, 'another');
    one.want([again]);
    await until(() => known(again) !== undefined);
  });

  it('does not remember a file that was written to meanwhile', async () => {
    const one = begin();
    const gate = Promise.withResolvers<undefined>();
    hasher.gate = gate.promise;
    const proving = one.prove(files[0]!.path, { signal: new AbortController().signal });
    await until(() => hasher.hashed.length === 1);
    writeFileSync(files[0]!.path, 'longer than before');
    gate.resolve(undefined);
    await assert.rejects(proving, (error) => {
      assert.ok(RuntimeError.is(error, 'disk'));
      assert.match(error.message, /being written to/);
      return true;
    });
    assert.equal(known(localFile(files[0]!.path)), undefined);
  });

  it('tells that a file cannot be read, and that it was given up', async () => {
    const one = begin();
    const { signal } = new AbortController();
    await assert.rejects(one.prove(join(folder(), 'gone.gguf'), { signal }), (error) =>
      RuntimeError.is(error, 'disk'),
    );
    await assert.rejects(one.prove(files[0]!.path, { signal: AbortSignal.abort() }), (error) =>
      RuntimeError.is(error, 'cancelled'),
    );
  });
});
