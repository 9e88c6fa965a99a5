import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { CatalogueReader } from '../../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../../src/sync/cache/database.ts';
import { Housekeeping } from '../../../../src/sync/cache/housekeeping.ts';
import { NOON } from '../../support/fakeClock.ts';
import { row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';
const DAY = 86_400_000;

describe('Keeping house in the catalogue', () => {
  const catalogue = useCatalogue();
  let house: Housekeeping;
  beforeEach(() => {
    const { database, path } = catalogue();
    house = new Housekeeping(database, path);
  });
  const known = (id: string): boolean => catalogue().reader.model(id, [HF, JAN]) !== undefined;

  it('forgets what has not been published for 30 days, but nothing that is to be kept', () => {
    const { apply } = catalogue();
    const ids = ['a/gone', 'a/kept', 'a/late', 'a/here'];
    apply(HF, { added: ids.map((id) => row({ id })) });
    apply(HF, { removed: ['a/gone', 'a/kept'] }, { at: NOON });
    apply(HF, { removed: ['a/late'] }, { at: NOON + DAY });
    house.noteKept(['a/kept'], NOON + 2 * DAY);
    house.purge(NOON + 30 * DAY);
    assert.ok(known('a/gone'));
    house.purge(NOON + 30 * DAY + 1);
    assert.deepEqual(ids.map(known), [false, true, true, true]);
  });

  it('forgets a source that nobody has followed for 30 days, with all that it said', () => {
    const { apply, database, reader, writer } = catalogue();
    apply(HF, { added: [row({ id: 'a/one' })] });
    apply(JAN, { added: [row({ id: 'a/one' }), row({ id: 'a/two' })] });
    house.noteFollowed([HF, JAN], NOON);
    house.noteFollowed([HF], NOON + 29 * DAY);
    house.purge(NOON + 30 * DAY);
    assert.equal(reader.count([HF, JAN]), 2);
    house.purge(NOON + 30 * DAY + 1);
    assert.equal(reader.count([HF, JAN]), 1);
    assert.equal(known('a/two'), false);
    assert.equal(writer.state(JAN).lastSuccess, undefined);
    const found = reader.search({
      ...{ text: 'two', sources: [HF, JAN], filters: {}, sort: 'newest', offset: 0, limit: 9 },
    });
    assert.deepEqual(found, []);
    const rows = database.prepare("SELECT count(*) AS n FROM search_terms('two')").get();
    assert.equal(rows?.['n'], 0);
  });

  it('counts 30 days from the first look at a source of which no follower is known', () => {
    const { apply } = catalogue();
    apply(HF, { added: [row({ id: 'a/one' })] });
    house.purge(NOON + 90 * DAY);
    assert.ok(known('a/one'));
    house.purge(NOON + 121 * DAY);
    assert.equal(known('a/one'), false);
  });

  it('keeps what another profile keeps, until that has not been said for 30 days', () => {
    const { apply, path } = catalogue();
    apply(HF, { added: [row({ id: 'a/theirs' })] });
    apply(HF, { removed: ['a/theirs'] }, { at: NOON });
    house.noteKept(['a/theirs'], NOON);
    house.noteKept(['a/ours'], NOON + 20 * DAY);
    const watcher = new CatalogueReader(openForReading(path));
    house.noteKept(['a/ours'], NOON + 20 * DAY + 1);
    assert.equal(watcher.changedElsewhere(), false, 'written once a day');
    watcher.close();
    house.purge(NOON + 30 * DAY);
    assert.ok(known('a/theirs'));
    house.purge(NOON + 30 * DAY + 1);
    assert.equal(known('a/theirs'), false);
  });

  it('notes who is followed once a day at most, also after a clock was set back', () => {
    const { apply, path } = catalogue();
    apply(HF, {});
    const watcher = new CatalogueReader(openForReading(path));
    const writes = (now: number): boolean => {
      house.noteFollowed([HF, 'hf:never-synced'], now);
      return watcher.changedElsewhere();
    };
    assert.deepEqual(
      [0, 1, DAY - 1, DAY, DAY + 1, -10 * DAY, -10 * DAY + 1].map((offset) =>
        writes(NOON + offset),
      ),
      [true, false, false, true, false, true, false],
    );
    watcher.close();
  });

  it('is cleared: gone is what can be fetched again, and the file is shorter', () => {
    const { apply, database, path, reader, writer } = catalogue();
    const text = 'x'.repeat(2_000);
    const many = Array.from({ length: 500 }, (_, index) =>
      row({ id: `a/${index}`, description: text }),
    );
    const body = { sequence: 1, sha256: 'a', bytes: new Uint8Array(1_000_000) };
    apply(HF, { added: [row({ id: 'a/stays' }), ...many] }, { body });
    apply(HF, { removed: many.map(({ record }) => record.id) });
    house.noteKept(['a/7'], NOON);
    writer.checkpoint();
    const size = (): number => statSync(path).size + statSync(`${path}-wal`).size;
    const before = size();
    const other = new CatalogueReader(openForReading(path));
    let asked = 0;
    const { freedBytes } = house.clear(() => (asked += 1));
    assert.equal(asked, 1);
    assert.equal(freedBytes, before - size());
    assert.ok(freedBytes > 2_000_000, `${freedBytes} of ${before} bytes`);
    assert.equal(writer.body(HF), undefined);
    assert.deepEqual([known('a/stays'), known('a/7'), known('a/8')], [true, true, false]);
    assert.equal(other.count([HF]), 1);
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    assert.equal(reader.changedElsewhere(), true);
    other.close();
  });

  it('is cleared under a reader that goes on with what it began to read', () => {
    const { apply, database, path } = catalogue();
    database.exec('PRAGMA busy_timeout = 1');
    const rows = ['a/0', 'a/1', 'a/2'].map((id) => row({ id }));
    apply(HF, { added: rows });
    apply(HF, { removed: ['a/2'] });
    const other = new CatalogueReader(openForReading(path));
    const reading = other.rows();
    reading.next();
    house.clear(() => undefined);
    assert.deepEqual(
      [...reading].map(({ record }) => record.id),
      ['a/1', 'a/2'],
    );
    assert.equal([...other.rows()].length, 2);
    other.close();
  });

  it('shortens also a file that was not made to be', () => {
    const { apply, database, path, writer } = catalogue();
    database.exec('PRAGMA auto_vacuum = NONE; VACUUM');
    const many = Array.from({ length: 500 }, (_, index) =>
      row({ id: `a/${index}`, description: 'x'.repeat(2_000) }),
    );
    apply(HF, { added: many });
    apply(HF, { removed: many.map(({ record }) => record.id) });
    writer.checkpoint();
    const before = statSync(path).size;
    assert.ok(house.clear(() => undefined).freedBytes > 1_000_000);
    assert.ok(statSync(path).size < before / 2);
  });
});
