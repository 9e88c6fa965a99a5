import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { CatalogueWriter } from '../../../src/sync/cache/catalogueWriter.ts';
import { openDatabase } from '../../../src/sync/cache/database.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { HttpClient } from '../../../src/sync/http/httpClient.ts';
import type { SyncReason } from '../../../src/sync/strategy/policy.ts';
import { SyncService } from '../../../src/sync/syncService.ts';
import { assertFailure, rejectsWith } from '../support/assertSyncError.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock, NOON } from '../support/fakeClock.ts';
import { changeSet, row } from '../support/rows.ts';
import { SlowSource } from '../support/slowSource.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const KEY = 'hf:janhq';

describe('Syncs that meet', () => {
  const folder = useTemporaryFolder();
  let database: DatabaseSync;
  let catalogue: CatalogueWriter;
  let source: SlowSource;
  let service: SyncService;
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
    const logger = collectingLogger();
    ({ database } = openDatabase(folder(), NOON, logger));
    catalogue = new CatalogueWriter(database);
    source = new SlowSource();
    service = new SyncService({
      catalogue,
      http: new HttpClient({
        transport: () => Promise.reject(new Error('nobody asks the network here')),
        tokenFor: () => undefined,
        userAgent: 'test',
        clock,
        logger,
      }),
      openSource: () => source,
      clock,
      logger,
    });
  });
  afterEach(() => database.close());

  const sync = (reason: SyncReason, signal?: AbortSignal) =>
    service.sync({ reason, sources: [KEY], ...(signal && { signal }) });
  const manifest = (): string[] => [...catalogue.state(KEY).manifest.keys()];

  /** A first run, so that the next ones have something to be less thorough than. */
  async function begin(): Promise<void> {
    const first = sync('startup');
    await source.wasAsked(1);
    source.answer();
    await first;
  }

  it('share one run', async () => {
    const both = [sync('visible'), sync('idle')];
    await source.wasAsked(1);
    source.answer();
    const reports = await Promise.all(both);
    assert.deepEqual(source.asked, ['sweep']);
    for (const report of reports) assert.equal(report.sources[0]?.added, 1);
  });

  it('become thorough when the user asks for one', async () => {
    await begin();
    const background = sync('visible');
    await source.wasAsked(2);
    source.rows.push(row({ id: 'janhq/two' }));
    const manual = sync('manual');
    source.answer();
    await source.wasAsked(3);
    source.rows.shift();
    source.answer();
    assert.deepEqual(source.asked, ['sweep', 'probe', 'sweep']);
    // Both hear of all that was done since the run began.
    for (const { sources } of await Promise.all([background, manual])) {
      const [report] = sources;
      assert.deepEqual([report?.added, report?.removed, report?.error], [1, 1, undefined]);
    }
    assert.deepEqual(manifest(), ['janhq/two']);
  });

  it('go on for whoever stays when another leaves', async () => {
    const leaving = new AbortController();
    const left = sync('visible', leaving.signal);
    const stays = sync('visible');
    await source.wasAsked(1);
    leaving.abort();
    await rejectsWith(left, 'cancelled');
    assert.equal(source.aborted, false);
    source.answer();
    assert.equal((await stays).sources[0]?.added, 1);
  });

  it('are aborted when nobody waits any more: nothing is applied, nothing is a failure', async () => {
    const leaving = new AbortController();
    const left = sync('manual', leaving.signal);
    await source.wasAsked(1);
    leaving.abort();
    await rejectsWith(left, 'cancelled');
    assert.equal(source.aborted, true);
    source.answer();
    await service.close();
    assert.deepEqual(manifest(), []);
    assert.equal(catalogue.state(KEY).failing, false);
    assert.equal(catalogue.state(KEY).lastAttempt, undefined);
  });

  it('apply nothing where the answer comes after the last has left', async () => {
    source.deaf = true;
    const leaving = new AbortController();
    const left = sync('manual', leaving.signal);
    await source.wasAsked(1);
    leaving.abort();
    await rejectsWith(left, 'cancelled');
    const closed = service.close();
    source.answer();
    await closed;
    assert.deepEqual(manifest(), []);
  });

  it('ask for all again while a record that was listed could not be had', async () => {
    source.validators = { sweep: '"1"' };
    source.vanished = 'janhq/one';
    source.rows.push(row({ id: 'janhq/two' }));
    await begin();
    assert.deepEqual(manifest(), ['janhq/two']);
    assert.deepEqual(catalogue.state(KEY).validators, {});
    source.vanished = undefined;
    const again = sync('manual');
    await source.wasAsked(2);
    source.answer();
    assert.equal((await again).sources[0]?.added, 1);
    assert.deepEqual(catalogue.state(KEY).validators, { sweep: '"1"' });
  });

  it('are not begun for whoever had left before', async () => {
    await rejectsWith(sync('manual', AbortSignal.abort()), 'cancelled');
    assert.deepEqual(source.asked, []);
  });

  it('end when the engine closes', async () => {
    const running = sync('manual');
    await source.wasAsked(1);
    await service.close();
    assertFailure((await running).sources[0]?.error, 'cancelled');
    assert.deepEqual(manifest(), []);
  });

  describe('with one of another window', () => {
    let other: DatabaseSync;
    beforeEach(() => {
      other = openDatabase(folder(), NOON, collectingLogger()).database;
    });
    afterEach(() => other.close());

    /** Another window finds a model in the meantime. */
    function meanwhile(id: string): void {
      const writer = new CatalogueWriter(other);
      const { epoch } = writer.state(KEY);
      const changes = changeSet(KEY, { added: [row({ id })] });
      writer.apply({ changes, validators: {}, swept: true, at: NOON, noteworthy: true }, epoch);
    }

    it('start anew from what that has left, and lose nothing', async () => {
      const run = sync('manual');
      await source.wasAsked(1);
      meanwhile('janhq/other');
      source.rows.push(row({ id: 'janhq/other' }));
      source.answer();
      await source.wasAsked(2);
      source.answer();
      const [report] = (await run).sources;
      assert.equal(report?.error, undefined);
      assert.equal(report?.added, 1);
      assert.deepEqual(manifest().sort(), ['janhq/one', 'janhq/other']);
    });

    it('give up where that is always faster, and that is no failure of the source', async () => {
      const run = sync('manual');
      for (let round = 1; round <= 3; round++) {
        await source.wasAsked(round);
        meanwhile(`janhq/other-${round}`);
        source.answer();
      }
      assertFailure((await run).sources[0]?.error, 'conflict', /Another window/);
      assert.equal(source.asked.length, 3);
      assert.equal(catalogue.state(KEY).failing, false);
      assert.equal(manifest().length, 3);
    });
  });

  it('tell that the disk is full, keep what is known and go on when there is room', async () => {
    await begin();
    const pages = Number(database.prepare('PRAGMA page_count').get()!['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    source.rows = Array.from({ length: 100 }, (_, index) =>
      row({ id: `janhq/big-${index}`, description: 'x'.repeat(1_000) }),
    );
    const failing = sync('manual');
    await source.wasAsked(2);
    source.answer();
    assertFailure((await failing).sources[0]?.error, 'storage', /disk is full.*kept.*Free space/);
    assert.deepEqual(manifest(), ['janhq/one']);

    database.exec('PRAGMA max_page_count = 1000000');
    const again = sync('manual');
    await source.wasAsked(3);
    source.answer();
    assert.equal((await again).sources[0]?.added, 100);
    assert.equal(catalogue.state(KEY).failing, false);
  });

  it('fail half-way without having done anything, and do it all the next time', async () => {
    await begin();
    source.failure = new SyncError('server', 'It is tried again later.');
    source.rows = [row({ id: 'janhq/two' }), row({ id: 'janhq/three' })];
    const failing = sync('manual');
    await source.wasAsked(2);
    source.answer();
    assertFailure((await failing).sources[0]?.error, 'server');
    assert.deepEqual(manifest(), ['janhq/one']);
    assert.equal(catalogue.state(KEY).failing, true);

    source.failure = undefined;
    const again = sync('idle');
    await source.wasAsked(3);
    source.answer();
    assert.equal((await again).sources[0]?.added, 2);
    assert.equal(catalogue.state(KEY).failing, false);
  });

  it('note that a source answers even where the clock was set back', async () => {
    await begin();
    clock.jump(-86_400_000);
    const later = sync('visible');
    await source.wasAsked(2);
    source.answer();
    await later;
    assert.equal(catalogue.state(KEY).lastSuccess, clock.now());
  });
});
