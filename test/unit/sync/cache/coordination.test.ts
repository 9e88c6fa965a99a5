import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Coordination, LEASE_DURATION } from '../../../../src/sync/cache/coordination.ts';
import {
  COORDINATION_FILE,
  inTransaction,
  openDatabase,
} from '../../../../src/sync/cache/database.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

const SOURCE = 'hf:janhq';
const YEAR = 365 * 24 * 60 * 60_000;

describe('Windows that share a folder', () => {
  const folder = useTemporaryFolder();
  const logger = collectingLogger();
  let connections: DatabaseSync[];
  let dead: string;

  beforeEach(() => {
    connections = [];
    dead = '';
    logger.lines.length = 0;
  });
  afterEach(() => {
    for (const connection of connections) connection.close();
  });

  function open(owner: string): Coordination & { readonly database: DatabaseSync } {
    const { database, path } = openDatabase(folder(), NOON, logger);
    connections.push(database);
    const isDead = (other: string): boolean => other === dead;
    const options = { database, cataloguePath: path, owner, isDead, logger };
    return Object.assign(new Coordination(options), { database });
  }

  const isConflict = (error: unknown): true => assertSyncError(error, 'conflict', /Another window/);

  it('refresh a source one at a time, and other sources side by side', () => {
    const [one, two] = [open('one'), open('two')];
    assert.ok(one.take(SOURCE, NOON, false));
    assert.equal(two.take(SOURCE, NOON, false), undefined);
    assert.ok(two.take('jan:v2', NOON, false));
  });

  it('keep a lease for as long as it is renewed', () => {
    const [one, two] = [open('one'), open('two')];
    const lease = one.take(SOURCE, NOON, false)!;
    assert.deepEqual(one.take(SOURCE, NOON + 1, false), lease, 'it is the same one');
    one.renew(lease, NOON + LEASE_DURATION);
    assert.equal(two.take(SOURCE, NOON + LEASE_DURATION * 2, false), undefined);
    assert.ok(two.take(SOURCE, NOON + LEASE_DURATION * 2 + 1, false));
  });

  it('lose a lease that was not renewed, and cannot renew or use it then', () => {
    const [one, two] = [open('one'), open('two')];
    const lost = one.take(SOURCE, NOON, false)!;
    const later = NOON + LEASE_DURATION + 1;
    const taken = two.take(SOURCE, later, false)!;
    assert.ok(taken.epoch > lost.epoch);
    one.renew(lost, later + LEASE_DURATION);
    assert.equal(one.take(SOURCE, later, false), undefined);
    assert.throws(() => one.check(lost), isConflict);
    two.check(taken);
  });

  it('take over at once from a process that has ended', () => {
    const [one, two] = [open('one'), open('two')];
    one.take(SOURCE, NOON, true);
    assert.equal(two.take(SOURCE, NOON, false), undefined);
    dead = 'one';
    assert.ok(two.take(SOURCE, NOON, false));
  });

  it('give way to a user, whose run only another user has to wait for', () => {
    const [one, two] = [open('one'), open('two')];
    const background = one.take(SOURCE, NOON, false)!;
    const manual = two.take(SOURCE, NOON, true)!;
    assert.ok(manual);
    assert.throws(() => one.check(background), isConflict);
    assert.equal(one.take(SOURCE, NOON, false), undefined);
    assert.equal(one.take(SOURCE, NOON, true), undefined);
    two.rest(manual);
    assert.ok(one.take(SOURCE, NOON, false), 'the run is over');
  });

  it('give back what they hold when they close', () => {
    const [one, two] = [open('one'), open('two')];
    const old = one.take(SOURCE, NOON, true)!;
    one.release();
    const next = two.take(SOURCE, NOON, false)!;
    assert.ok(next.epoch > old.epoch);
    assert.throws(() => one.check(old), isConflict);
  });

  for (const [name, jump] of [
    ['set forward by a year', YEAR],
    ['set back by a year', -YEAR],
  ] as const) {
    it(`lock nothing for ever where the clock is ${name}`, () => {
      const [one, two] = [open('one'), open('two')];
      one.take(SOURCE, NOON, true);
      assert.ok(two.take(SOURCE, NOON + jump, false));
    });
  }

  it('keep a lease through a small step of the clock', () => {
    const [one, two] = [open('one'), open('two')];
    one.take(SOURCE, NOON, false);
    assert.equal(two.take(SOURCE, NOON - LEASE_DURATION / 2, false), undefined);
  });

  it('cannot take a lease while its holder applies a run', () => {
    const [one, two] = [open('one'), open('two')];
    two.database.exec('PRAGMA busy_timeout = 0');
    const lease = one.take(SOURCE, NOON, false)!;
    inTransaction(one.database, () => {
      one.check(lease);
      assert.throws(() => two.take(SOURCE, NOON, true), isConflict);
    });
    assert.ok(two.take(SOURCE, NOON, true));
  });

  it('tell each other when a source was last tried', () => {
    const [one, two] = [open('one'), open('two')];
    assert.equal(two.lastAttempt(SOURCE), undefined);
    one.take(SOURCE, NOON + 7, false);
    assert.equal(two.lastAttempt(SOURCE), NOON + 7);
    one.release();
    assert.equal(two.lastAttempt(SOURCE), NOON + 7);
  });

  it('count the traffic of a day together, and forget that of others', () => {
    const [one, two] = [open('one'), open('two')];
    one.addTraffic('2026-3-16', 5);
    two.addTraffic('2026-3-16', 7);
    assert.equal(one.traffic('2026-3-16'), 12);
    two.addTraffic('2026-3-17', 1);
    assert.equal(one.traffic('2026-3-17'), 1);
    assert.equal(one.traffic('2026-3-16'), 0);
  });

  it('wake no reader of the catalogue by all this', () => {
    const one = open('one');
    const reader = new DatabaseSync(join(folder(), 'catalogue.db'), { readOnly: true });
    connections.push(reader);
    const version = () => reader.prepare('PRAGMA data_version').get()!['data_version'];
    const before = version();
    const lease = one.take(SOURCE, NOON, true)!;
    one.renew(lease, NOON);
    one.rest(lease);
    one.addTraffic('2026-3-16', 5);
    inTransaction(one.database, () => one.check(lease));
    one.release();
    assert.equal(version(), before);
  });

  describe('where they cannot tell each other', () => {
    it('look after all sources themselves, and say so once', () => {
      mkdirSync(join(folder(), COORDINATION_FILE));
      const [one, two] = [open('one'), open('two')];
      assert.equal(one.shared, false);
      const lease = one.take(SOURCE, NOON, false)!;
      assert.ok(two.take(SOURCE, NOON, false));
      inTransaction(one.database, () => one.check(lease));
      one.addTraffic('2026-3-16', 5);
      assert.deepEqual([one.traffic('2026-3-16'), two.traffic('2026-3-16')], [5, 0]);
      assert.equal(logger.at('warn').length, 2, 'a line for each window');
    });

    it('begin anew with a file that is damaged', () => {
      writeFileSync(join(folder(), COORDINATION_FILE), 'not a database at all '.repeat(500));
      const [one, two] = [open('one'), open('two')];
      assert.ok(one.shared && two.shared);
      assert.ok(one.take(SOURCE, NOON, false));
      assert.equal(two.take(SOURCE, NOON, false), undefined);
      assert.match(logger.at('warn').join(), /damaged and is made anew/);
    });

    it('go on when the file is damaged while they run', () => {
      const one = open('one');
      one.take(SOURCE, NOON, false);
      writeFileSync(join(folder(), COORDINATION_FILE), 'not a database at all '.repeat(500));
      const lease = one.take(SOURCE, NOON, false);
      assert.ok(lease);
      assert.equal(one.shared, false);
      inTransaction(one.database, () => one.check(lease));
      assert.match(logger.at('warn').join(), /each looks after all sources itself/);
    });
  });
});
