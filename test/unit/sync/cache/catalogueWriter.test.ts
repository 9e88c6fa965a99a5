import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { SyncError } from '../../../../src/sync/errors.ts';
import { SEED_FINGERPRINT } from '../../../../src/sync/fingerprint.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { NOON } from '../../support/fakeClock.ts';
import { changeSet, row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const SOURCE = 'hf:janhq';
const one = row({ id: 'janhq/one' }, { downloads: 1 });
const two = row({ id: 'janhq/two' }, { downloads: 2 });

describe('Writing the catalogue', () => {
  const catalogue = useCatalogue();

  it('knows nothing of a source that was never asked', () => {
    assert.deepEqual(catalogue().writer.state(SOURCE), {
      key: SOURCE,
      epoch: 0,
      validators: {},
      lastSuccess: undefined,
      lastAttempt: undefined,
      lastSweep: undefined,
      lastCounters: undefined,
      failure: undefined,
      failures: 0,
      retryAt: undefined,
      manifest: new Map(),
      times: new Map(),
    });
  });

  it('remembers what a run found, and when', () => {
    const { apply, writer } = catalogue();
    apply(SOURCE, { added: [one, two] }, { swept: true, validators: { sweep: 'W/"1"' } });
    assert.deepEqual(writer.state(SOURCE), {
      key: SOURCE,
      epoch: 1,
      validators: { sweep: 'W/"1"' },
      lastSuccess: NOON,
      lastAttempt: NOON,
      lastSweep: NOON,
      lastCounters: undefined,
      failure: undefined,
      failures: 0,
      retryAt: undefined,
      manifest: new Map([
        ['janhq/one', one.fingerprint],
        ['janhq/two', two.fingerprint],
      ]),
      times: new Map([
        ['janhq/one', 0],
        ['janhq/two', 0],
      ]),
    });
  });

  for (const [what, newer] of [
    ['the tables', 'PRAGMA user_version = 999'],
    ['what rows are found by', 'UPDATE search_index SET version = 999'],
  ] as const) {
    it(`ends where a newer version has changed ${what}, also in the middle of a run`, () => {
      const { apply, database, ids, writer, path } = catalogue();
      apply(SOURCE, { added: [one] });
      const { epoch } = writer.state(SOURCE);
      const other = new DatabaseSync(path);
      other.exec(newer);
      other.close();
      const refused = (write: () => unknown): void =>
        assert.throws(write, (error) => SyncError.is(error, 'outdated'));
      refused(() => apply(SOURCE, { added: [two], removed: ['janhq/one'] }, { epoch }));
      assert.equal(database.isTransaction, false);
      assert.deepEqual(ids(SOURCE), ['janhq/one']);
    });
  }

  it('keeps when a source began, through all that comes after', () => {
    const { apply, database, writer } = catalogue();
    const began = (): unknown =>
      database.prepare('SELECT began FROM source WHERE key = ?').get(SOURCE)?.['began'];
    writer.seed(SOURCE, [one], NOON - 2);
    writer.fail(SOURCE, { kind: 'offline', message: 'Check the network.', at: NOON - 1 });
    assert.equal(began(), null, 'neither a seed nor a failure is a beginning');
    apply(SOURCE, { updated: [one] });
    apply(SOURCE, { added: [two] }, { at: NOON + 1 });
    assert.equal(began(), NOON);
  });

  it('keeps when all counters last came, through runs that bring none', () => {
    const { apply, writer } = catalogue();
    apply(SOURCE, { added: [one] }, { counted: true });
    apply(SOURCE, {}, { at: NOON + 1 });
    assert.equal(writer.state(SOURCE).lastCounters, NOON);
  });

  it('counts failures in a row, with when to try again, until the next success', () => {
    const { apply, writer } = catalogue();
    const fail = (at: number): void =>
      writer.fail(SOURCE, { kind: 'server', message: 'It is tried again.', at }, at + 5);
    fail(NOON);
    fail(NOON + 1);
    const { failures, retryAt } = writer.schedule(SOURCE);
    assert.deepEqual([failures, retryAt], [2, NOON + 6]);
    apply(SOURCE, {});
    const after = writer.schedule(SOURCE);
    assert.deepEqual([after.failures, after.retryAt], [0, undefined]);
  });

  it('writes nothing, not even a failure, where the caller may not any more', () => {
    const { writer, reader } = catalogue();
    const refuse = (): void => {
      throw new SyncError('conflict', 'Refresh again in a moment.');
    };
    const outcome = {
      ...{ changes: changeSet(SOURCE, { added: [one] }), validators: {}, swept: true },
      ...{ counted: false, at: NOON, noteworthy: true },
    };
    const isConflict = (error: unknown) => assertSyncError(error, 'conflict');
    assert.throws(() => writer.apply(outcome, 0, refuse), isConflict);
    const failure = { kind: 'offline', message: 'Check the network.', at: NOON };
    assert.throws(() => writer.fail(SOURCE, failure, NOON, refuse), isConflict);
    assert.deepEqual(reader.sources([SOURCE]), [{ key: SOURCE, models: 0, epoch: 0 }]);
  });

  it('keeps when it last swept through runs that do not', () => {
    const { apply, writer } = catalogue();
    apply(SOURCE, { added: [one] }, { swept: true });
    apply(SOURCE, {}, { at: NOON + 60_000 });
    assert.equal(writer.state(SOURCE).lastSweep, NOON);
    assert.equal(writer.state(SOURCE).lastSuccess, NOON + 60_000);
  });

  it('applies all of a run or nothing', () => {
    const { apply, writer, ids } = catalogue();
    apply(SOURCE, { added: [one] });
    const before = writer.state(SOURCE);
    const impossible = { ...two, counters: { downloads: 1.5 } };
    assert.throws(() =>
      apply(SOURCE, {
        added: [row({ id: 'janhq/three' }), impossible],
        removed: ['janhq/one'],
      }),
    );
    assert.deepEqual(writer.state(SOURCE), before);
    assert.deepEqual(ids(SOURCE), ['janhq/one']);
  });

  it('refuses a run that began before another one changed the source', () => {
    const { apply, writer, ids } = catalogue();
    apply(SOURCE, { added: [one] });
    const { epoch } = writer.state(SOURCE);
    apply(SOURCE, { added: [two] }, { epoch });
    assert.throws(
      () => apply(SOURCE, { removed: ['janhq/one'] }, { epoch }),
      (error) => assertSyncError(error, 'conflict', /Another window/),
    );
    assert.deepEqual(ids(SOURCE), ['janhq/one', 'janhq/two']);
  });

  it('lets runs that change no rows pass each other, and other sources anyway', () => {
    const { apply } = catalogue();
    apply(SOURCE, { added: [one] });
    apply(SOURCE, { counters: new Map([['janhq/one', { downloads: 5 }]]) }, { epoch: 1 });
    apply('jan:v2', { added: [two] }, { epoch: 0 });
    apply(SOURCE, {}, { epoch: 1 });
  });

  it('notes a failure and keeps the rows; the next success ends it', () => {
    const { apply, writer, reader, ids } = catalogue();
    apply(SOURCE, { added: [one] });
    const failure = { kind: 'offline', message: 'Check the network.', at: NOON + 1 };
    writer.fail(SOURCE, failure);
    assert.equal(writer.state(SOURCE).failure?.kind, 'offline');
    assert.equal(writer.state(SOURCE).lastSuccess, NOON);
    const [status] = reader.sources([SOURCE]);
    assert.deepEqual(status?.failure, failure);
    assert.equal(status.lastAttempt, NOON + 1);
    assert.deepEqual(ids(SOURCE), ['janhq/one']);

    apply(SOURCE, {}, { at: NOON + 2 });
    assert.equal(writer.state(SOURCE).failure, undefined);
    assert.equal(reader.sources([SOURCE])[0]?.failure, undefined);
  });

  it('notes a failure of a source that never answered', () => {
    const { writer, reader } = catalogue();
    writer.fail(SOURCE, { kind: 'offline', message: 'Check the network.', at: NOON });
    const [status] = reader.sources([SOURCE]);
    assert.equal(status?.lastSuccess, undefined);
    assert.equal(status?.failure?.kind, 'offline');
  });

  it('changes counters alone, and tells which', () => {
    const { apply, reader, writer } = catalogue();
    apply(SOURCE, { added: [one, two] });
    const { manifest } = writer.state(SOURCE);
    const counters = new Map([
      ['janhq/one', { downloads: 10, likes: 3 }],
      ['janhq/two', { downloads: 2 }],
      ['janhq/unknown', { downloads: 9 }],
    ]);
    assert.deepEqual(apply(SOURCE, { counters }), ['janhq/one']);
    assert.deepEqual(writer.state(SOURCE).manifest, manifest);
    const model = reader.model('janhq/one', [SOURCE]);
    assert.equal(model?.downloads, 10);
    assert.equal(model.likes, 3);
    assert.deepEqual(apply(SOURCE, { counters }), []);
  });

  it('keeps a counter that an update does not tell', () => {
    const { apply, reader } = catalogue();
    apply(SOURCE, { added: [row({ id: 'janhq/one' }, { downloads: 7, trendingScore: 1.5 })] });
    apply(SOURCE, { updated: [row({ id: 'janhq/one', license: 'mit' }, { likes: 1 })] });
    const model = reader.model('janhq/one', [SOURCE]);
    assert.deepEqual([model?.downloads, model?.likes, model?.trendingScore], [7, 1, 1.5]);
    assert.equal(model?.license, 'mit');
  });

  it('hides what was removed and keeps it, and shows it again when it is back', () => {
    const { apply, reader, writer, ids } = catalogue();
    apply(SOURCE, { added: [one, two] });
    apply(SOURCE, { removed: ['janhq/one'] });
    assert.deepEqual(ids(SOURCE), ['janhq/two']);
    assert.equal(writer.state(SOURCE).manifest.has('janhq/one'), false);
    assert.equal(reader.model('janhq/one', [SOURCE])?.published, false);
    assert.deepEqual(
      [...reader.dump()].map(({ id }) => id),
      ['janhq/two'],
    );

    apply(SOURCE, { added: [one] });
    assert.equal(reader.model('janhq/one', [SOURCE])?.published, true);
    assert.deepEqual(ids(SOURCE), ['janhq/one', 'janhq/two']);
  });

  it('writes nothing for a run that changed nothing and is not worth a note', () => {
    const { apply, path, writer } = catalogue();
    apply(SOURCE, { added: [one] });
    const other = new DatabaseSync(path, { readOnly: true });
    const version = (): unknown => other.prepare('PRAGMA data_version').get()!['data_version'];
    const before = version();
    const counters = new Map([['janhq/one', { downloads: 1 }]]);
    apply(SOURCE, { counters }, { noteworthy: false, at: NOON + 1 });
    assert.equal(version(), before);
    assert.equal(writer.state(SOURCE).lastSuccess, NOON);
    apply(SOURCE, {}, { at: NOON + 2 });
    assert.notEqual(version(), before);
    other.close();
  });

  it('tells that the disk is full, and leaves everything as it was', () => {
    const { apply, database, writer, reader, ids } = catalogue();
    apply(SOURCE, { added: [one] }, { validators: { sweep: '1' } });
    const before = writer.state(SOURCE);
    const pages = Number(database.prepare('PRAGMA page_count').get()!['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const added = Array.from({ length: 200 }, (_, index) =>
      row({ id: `janhq/big-${index}`, description: 'x'.repeat(2_000) }),
    );
    assert.throws(
      () => apply(SOURCE, { added, removed: ['janhq/one'] }, { validators: { sweep: '2' } }),
      (error) => assertSyncError(error, 'storage', /disk is full.*kept.*Free space/),
    );
    assert.deepEqual(writer.state(SOURCE), before);
    assert.deepEqual(ids(SOURCE), ['janhq/one']);

    database.exec('PRAGMA max_page_count = 1000000');
    apply(SOURCE, { added });
    assert.equal(reader.count([SOURCE]), 201);
  });

  it('takes a seed once, and never over what a source has said', () => {
    const { apply, writer, reader, ids } = catalogue();
    const seeded = { ...row({ id: 'janhq/seeded' }), fingerprint: SEED_FINGERPRINT };
    writer.seed(SOURCE, [seeded], NOON);
    writer.seed(SOURCE, [seeded, { ...one, fingerprint: SEED_FINGERPRINT }], NOON);
    assert.deepEqual(ids(SOURCE), ['janhq/seeded']);
    assert.deepEqual([...reader.dump()], [], 'a seed is not what the source published');
    assert.equal(writer.state(SOURCE).lastSuccess, undefined);

    apply(SOURCE, { added: [one], removed: ['janhq/seeded'] });
    writer.seed(SOURCE, [seeded], NOON);
    assert.deepEqual(ids(SOURCE), ['janhq/one']);

    apply('jan:v2', {});
    writer.seed('jan:v2', [seeded], NOON);
    assert.deepEqual(ids('jan:v2'), []);
  });
});
