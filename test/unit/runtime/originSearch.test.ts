import assert from 'node:assert/strict';
import { join } from 'node:path';
import { IdentityStore } from '../../../src/runtime/identityStore.ts';
import type { OriginQuestion } from '../../../src/runtime/originSearch.ts';
import { OriginSearch } from '../../../src/runtime/originSearch.ts';
import type { RuntimeEntry, RuntimeKind } from '../../../src/runtime/runtime.ts';
import { cancelled, SyncError } from '../../../src/sync/errors.ts';
import type { FileOrigin } from '../../../src/sync/model.ts';
import type { CollectingLogger } from '../support/collectingLogger.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeRuntime, installedEntry, sha256, writeWeights } from '../support/fakeRuntime.ts';
import { exact } from '../support/rows.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { useInstalled } from '../support/useInstalled.ts';

const MODEL = 'a/model-GGUF';
const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);
const A = sha256('a');
const B = sha256('b');

const originOf = (hash: string, model = MODEL): FileOrigin => {
  return { sha256: hash, model, revision: ONE, path: 'm-Q4_0.gguf' };
};

describe('The search for the commit of a file', () => {
  const folder = useTemporaryFolder();
  let clock: FakeClock;
  let logger: CollectingLogger;
  let store: IdentityStore;
  let searches: OriginSearch[];
  let asked: string[];
  let aborted: number;
  let found: number;
  /** What there is to be found, or why nothing is. */
  let earlier: readonly FileOrigin[] | SyncError;
  let gate: Promise<unknown>;

  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
    store = new IdentityStore({ storage: folder(), now: clock.now(), logger });
    [searches, asked, aborted, found, earlier] = [[], [], 0, 0, []];
    gate = Promise.resolve();
  });
  afterEach(async () => {
    await Promise.all(searches.map((search) => search.close()));
    store.close();
  });

  async function searchCommits(
    model: string,
    hashes: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FileOrigin[]> {
    asked.push(`${model} ${hashes.join()}`);
    const left = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted++;
        reject(cancelled());
      });
    });
    await Promise.race([gate, left]);
    if (earlier instanceof SyncError) throw earlier;
    return earlier.filter((one) => one.model === model && hashes.includes(one.sha256));
  }

  function begin(): OriginSearch {
    const search = new OriginSearch({
      ...{ searchCommits, store, clock, logger },
      onDidFind: () => found++,
    });
    searches.push(search);
    return search;
  }

  const question = (hashes: string[], model = MODEL, head = TWO): OriginQuestion => {
    return { model, head, sha256: new Set(hashes) };
  };
  const isNoted = (hash: string, model = MODEL): boolean => store.isUnfound(hash, model, TWO);

  it('waits until the user is away, then takes one model after the other', async () => {
    const search = begin();
    const held = Promise.withResolvers<undefined>();
    gate = held.promise;
    search.want([question([A, B]), question([A], 'b/other')]);
    assert.deepEqual(asked, []);
    search.setIdle(true);
    assert.deepEqual(asked, [`${MODEL} ${A},${B}`]);
    held.resolve(undefined);
    await until(() => isNoted(A, 'b/other'));
    assert.deepEqual(asked.slice(1), [`b/other ${A}`]);
  });

  it('keeps what it finds, and tells of it', async () => {
    earlier = [originOf(A)];
    const search = begin();
    search.want([question([A, B])]);
    search.setIdle(true);
    await until(() => found === 1);
    assert.deepEqual(store.originsOf(A), [originOf(A)]);
    assert.deepEqual([isNoted(A), isNoted(B)], [false, true]);
  });

  it('never looks again for what it did not find, in any window, until there is a commit', async () => {
    const search = begin();
    search.want([question([A])]);
    search.setIdle(true);
    await until(() => isNoted(A));
    search.want([question([A])]);
    const other = begin();
    other.want([question([A])]);
    other.setIdle(true);
    assert.equal(asked.length, 1);
    other.want([question([A], MODEL, '3'.repeat(40))]);
    assert.equal(asked.length, 2);
    assert.equal(found, 0);
  });

  it('looks only once where that cannot be noted', async () => {
    const search = begin();
    store.close();
    search.want([question([A]), question([A], 'b/other')]);
    search.setIdle(true);
    await until(() => asked.length === 2);
    assert.deepEqual(asked, [`${MODEL} ${A}`, `b/other ${A}`]);
    store = new IdentityStore({ storage: folder(), now: clock.now(), logger });
  });

  it('stops as soon as the user is back, and begins again when it is away', async () => {
    const search = begin();
    const held = Promise.withResolvers<undefined>();
    gate = held.promise;
    search.want([question([A])]);
    search.setIdle(true);
    search.setIdle(false);
    assert.equal(aborted, 1);
    held.resolve(undefined);
    search.setIdle(true);
    await until(() => isNoted(A));
    assert.equal(asked.length, 2);
    assert.deepEqual(logger.lines, []);
  });

  it('goes on with the next model after a failure, and tries again in an hour', async () => {
    earlier = new SyncError('offline', 'The Hub cannot be reached.');
    const search = begin();
    search.want([question([A]), question([A], 'b/other')]);
    search.setIdle(true);
    await until(() => asked.length === 2 && logger.lines.length === 2);
    assert.match(logger.lines.join(), /a\/model-GGUF.*The Hub cannot be reached/);
    assert.deepEqual([isNoted(A), found], [false, 0]);
    search.want([question([A])]);
    assert.equal(asked.length, 2);
    earlier = [originOf(A)];
    clock.advance(60 * 60_000);
    search.want([question([A])]);
    await until(() => found === 1);
  });

  it('ends when it is closed', async () => {
    const search = begin();
    gate = new Promise(() => undefined);
    search.want([question([A])]);
    search.setIdle(true);
    await search.close();
    search.want([question([B])]);
    assert.deepEqual([asked.length, aborted], [1, 1]);
  });
});

describe('What something else downloaded', () => {
  const rig = useInstalled();

  beforeEach(() => {
    const newest = { path: 'm-Q4_0.gguf', size: exact(11), sha256: sha256('new weights') };
    rig().catalogue.publish(MODEL, TWO, [newest]);
    rig().catalogue.earlier.push(originOf(sha256('weights')));
  });

  /** Has a runtime that tells of one model, whose bytes were hashed. */
  async function have(kind: RuntimeKind, more: Partial<RuntimeEntry> = {}): Promise<void> {
    const { folder, background, scan } = rig();
    const file = writeWeights(join(folder, 'model.gguf'), 'weights');
    await background.prove(file.path, { signal: new AbortController().signal });
    await scan(new FakeRuntime(kind, [installedEntry('m', [file], more)]));
  }

  /** Leaves the machine alone, and waits until all was thought through. */
  async function leave(): Promise<void> {
    rig().models.setIdle(true);
    await rig().models.rescan();
  }

  it('is of the commit that has its bytes, and has an update', async () => {
    const { entry, models, catalogue } = rig();
    await have('jan', { origin: { model: MODEL } });
    assert.equal(entry('m').identity, 'claimed');
    models.setIdle(true);
    await until(() => entry('m').update !== undefined);
    assert.equal(entry('m').identity, 'proven');
    assert.deepEqual(entry('m').from, {
      ...{ model: MODEL, revision: ONE, variant: 'm-Q4_0', quantisation: 'Q4_0' },
    });
    assert.equal(entry('m').update?.revision, TWO);
    assert.deepEqual(catalogue.searched, [`${MODEL} ${sha256('weights')}`]);
  });

  it('is not looked for where nobody says of which model it is', async () => {
    await have('folder');
    await leave();
    assert.deepEqual(rig().catalogue.searched, []);
  });

  it('is not looked for where its model is not in the catalogue', async () => {
    await have('jan', { origin: { model: 'b/unknown' } });
    await leave();
    assert.deepEqual(rig().catalogue.searched, []);
  });

  it('is not looked for where its commit was noted', async () => {
    await have('jan', { origin: { model: MODEL, revision: ONE } });
    await leave();
    assert.deepEqual(rig().catalogue.searched, []);
  });

  it('is not looked for where its bytes are known of another model', async () => {
    const file = { path: 'copy.gguf', size: exact(7), sha256: sha256('weights') };
    rig().catalogue.publish('b/copy', ONE, [file]);
    await have('jan', { origin: { model: MODEL } });
    await leave();
    assert.deepEqual(rig().catalogue.searched, []);
    assert.equal(rig().entry('m').from?.model, 'b/copy');
  });

  it('stays what its runtime says if no commit has its bytes', async () => {
    rig().catalogue.earlier.length = 0;
    await have('jan', { origin: { model: MODEL } });
    await leave();
    await until(() => rig().store.isUnfound(sha256('weights'), MODEL, TWO));
    await rig().models.rescan();
    assert.equal(rig().entry('m').identity, 'claimed');
    assert.equal(rig().catalogue.searched.length, 1);
  });
});
