import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { CatalogueWriter } from '../../../src/sync/cache/catalogueWriter.ts';
import { Coordination } from '../../../src/sync/cache/coordination.ts';
import { RunStore } from '../../../src/sync/cache/runStore.ts';
import { openDatabase } from '../../../src/sync/cache/database.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import type { Source } from '../../../src/sync/gateway/source.ts';
import { HttpClient } from '../../../src/sync/http/httpClient.ts';
import type { SyncReason } from '../../../src/sync/strategy/policy.ts';
import { BACKGROUND_INTERVAL } from '../../../src/sync/strategy/policy.ts';
import type { CatalogueChange } from '../../../src/sync/syncService.ts';
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
  let offered: Source;
  let service: SyncService;
  let clock: FakeClock;
  let applied: CatalogueChange[];

  beforeEach(() => {
    clock = new FakeClock();
    applied = [];
    const logger = collectingLogger();
    const opened = openDatabase(folder(), NOON, logger);
    const { path } = opened;
    ({ database } = opened);
    catalogue = new CatalogueWriter(database);
    source = new SlowSource();
    offered = source;
    service = new SyncService({
      catalogue,
      http: new HttpClient({
        transport: () =>
          Promise.resolve({ status: 200, headers: {}, body: nothing(), decoded: true }),
        tokenFor: () => undefined,
        userAgent: 'test',
        clock,
        logger,
      }),
      coordination: new Coordination({
        ...{ database, cataloguePath: path, logger },
        ...{ owner: 'this window', isDead: () => false },
      }),
      runs: new RunStore(database),
      storage: folder(),
      openSource: () => offered,
      backgroundBytesPerDay: () => undefined,
      random: () => 0.5,
      onDidApply: (change) => applied.push(change),
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
    clock.advance(BACKGROUND_INTERVAL);
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

  it('tell which epochs a change lies between, and that counters alone begin none', async () => {
    await begin();
    const listing = {
      ...{ manifest: catalogue.state(KEY).manifest, complete: false, dropped: 0, validators: {} },
      ...{ counted: false, counters: new Map([['janhq/one', { likes: 7 }]]) },
      load: () => Promise.resolve({ rows: [], dropped: 0 }),
    };
    source.probe = () => Promise.resolve(listing);
    await sync('visible');
    assert.deepEqual(
      applied.map(({ updated, since, epoch }) => [updated, since, epoch]),
      [
        [[], 0, 1],
        [['janhq/one'], 1, 1],
      ],
    );
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
    assert.equal(catalogue.state(KEY).failure, undefined);
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
      writer.apply(
        { changes, validators: {}, swept: true, counted: false, at: NOON, noteworthy: true },
        epoch,
      );
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
      assert.equal(catalogue.state(KEY).failure, undefined);
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
    assert.equal(catalogue.state(KEY).failure, undefined);
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
    assert.equal(catalogue.state(KEY).failure?.kind, 'server');

    source.failure = undefined;
    clock.advance(BACKGROUND_INTERVAL);
    const again = sync('idle');
    await source.wasAsked(3);
    source.answer();
    assert.equal((await again).sources[0]?.added, 2);
    assert.equal(catalogue.state(KEY).failure, undefined);
  });

  describe('where the quota leaves the background nothing', () => {
    const refusal = new SyncError('rateLimited', 'It is tried again later.', { retryAt: NOON * 2 });
    let asked: string[];
    beforeEach(async () => {
      await begin();
      asked = [];
      const ask =
        (question: string): Source['probe'] =>
        ({ http: { priority } }) => {
          asked.push(`${question} ${priority}`);
          return priority === 'background' ? Promise.reject(refusal) : Promise.resolve(undefined);
        };
      offered = { key: KEY, probe: ask('probe'), sweep: ask('sweep') };
    });

    it('make way, which is no failure', async () => {
      clock.jump(-10 * 60_000);
      const [report] = (await sync('visible')).sources;
      assert.deepEqual([report?.skipped, report?.error], ['backoff', undefined]);
      assert.equal(catalogue.state(KEY).failure, undefined);
      assert.deepEqual(asked, ['probe background']);
    });

    it('make way half-way too, and tell what that cost', async () => {
      offered = {
        ...offered,
        sweep: async ({ http }) => {
          await http.get('https://hub.example/list');
          throw refusal;
        },
      };
      clock.advance(24 * 60 * 60_000);
      const [report] = (await sync('idle')).sources;
      assert.deepEqual([report?.skipped, report?.error], [undefined, undefined]);
      assert.equal(report?.requests, 1);
      assert.equal(catalogue.state(KEY).failure, undefined);
      assert.deepEqual(asked, ['probe foreground']);
    });

    it('fail where the server itself refuses', async () => {
      const refused = new SyncError('rateLimited', 'It is tried again later.', { status: 429 });
      offered = { ...offered, sweep: () => Promise.reject(refused) };
      clock.advance(24 * 60 * 60_000);
      assertFailure((await sync('idle')).sources[0]?.error, 'rateLimited');
    });

    it('ask for the news all the same once in a quarter of an hour', async () => {
      clock.advance(24 * 60 * 60_000);
      const [report] = (await sync('idle')).sources;
      assert.deepEqual([report?.skipped, report?.error], [undefined, undefined]);
      assert.deepEqual(asked, ['sweep background', 'probe foreground']);
      clock.advance(60_000);
      assert.equal((await sync('visible')).sources[0]?.skipped, 'backoff');
      assert.deepEqual(asked.slice(2), ['probe background']);
    });

    it('tell of a failure where not even that is answered', async () => {
      offered = { ...offered, probe: () => Promise.reject(refusal) };
      clock.advance(60_000);
      const [report] = (await sync('idle')).sources;
      assertFailure(report?.error, 'rateLimited');
      assert.equal(catalogue.state(KEY).failure?.kind, 'rateLimited');
    });
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

/** The body of an answer with nothing in it. */
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array());
}
