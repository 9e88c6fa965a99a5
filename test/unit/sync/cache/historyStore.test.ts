import assert from 'node:assert/strict';
import { KEPT_IN_TOTAL, NOTED_IN_RUN } from '../../../../src/sync/cache/historyStore.ts';
import { Housekeeping } from '../../../../src/sync/cache/housekeeping.ts';
import { SEED_FINGERPRINT } from '../../../../src/sync/fingerprint.ts';
import { NOON } from '../../support/fakeClock.ts';
import { row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HF = 'hf:a';
const JAN = 'jan:v2';
const DAY = 86_400_000;
const model = (id: string, license = 'mit') => row({ id, license });

describe('The saved history of models', () => {
  const catalogue = useCatalogue();
  const events = (id: string, sources = [HF, JAN]): string[] =>
    catalogue()
      .reader.history(id, sources)
      .entries.map(({ source, event }) => `${source} ${event}`);

  it('is told of the sources that are asked for alone, each with its own word', () => {
    const { apply } = catalogue();
    apply(HF, { added: [model('a/one')] });
    apply(JAN, { added: [model('a/one')] }, { at: NOON - 1 });
    apply(HF, { updated: [model('a/one', 'gpl')] });
    apply(JAN, { updated: [model('a/one', 'isc')] });
    assert.deepEqual(events('a/one'), ['jan:v2 changed', 'hf:a changed']);
    assert.deepEqual(events('a/one', [HF]), ['hf:a changed']);
    const { reader } = catalogue();
    assert.deepEqual(reader.history('a/one', [HF, JAN]).since, { source: JAN, at: NOON - 1 });
    assert.deepEqual(reader.history('a/none', [HF]), { entries: [] });
  });

  it('does not tell how the bundled list differs from what is published', () => {
    const { apply, writer } = catalogue();
    writer.seed(HF, [{ ...model('a/one'), fingerprint: SEED_FINGERPRINT }], NOON);
    apply(HF, { updated: [model('a/one', 'gpl')] });
    assert.deepEqual(events('a/one'), []);
  });

  it('is forgotten together with the row, and never before it', () => {
    const { apply, database, path } = catalogue();
    const house = new Housekeeping(database, path);
    apply(HF, { added: [model('a/one'), model('a/two')] });
    apply(HF, { removed: ['a/one'], updated: [model('a/two', 'gpl')] });
    house.purge(NOON + 30 * DAY);
    assert.deepEqual(events('a/one'), ['hf:a removed']);
    house.noteKept(['a/one'], NOON + 5 * DAY);
    house.purge(NOON + 31 * DAY);
    assert.deepEqual(events('a/one'), ['hf:a removed']);
    house.purge(NOON + 36 * DAY);
    assert.deepEqual([events('a/one'), events('a/two')], [[], ['hf:a changed']]);
    house.clear(() => undefined);
    assert.deepEqual(events('a/two'), ['hf:a changed']);
  });

  it('is not written where a run is not applied', () => {
    const { apply } = catalogue();
    apply(HF, { added: [model('a/one')] });
    assert.throws(() => apply(HF, { updated: [model('a/one', 'gpl')] }, { epoch: 7 }));
    assert.deepEqual(events('a/one'), []);
  });

  it('is left out where it is damaged', () => {
    const { apply, database } = catalogue();
    apply(HF, { added: [model('a/one')] });
    apply(HF, { updated: [model('a/one', 'gpl')] });
    database.exec(`UPDATE model_history SET change = '{"facts":'`);
    assert.deepEqual(events('a/one'), []);
  });

  it('keeps a share of what a huge run changes, and so the history of all others', () => {
    const { apply, database } = catalogue();
    apply(JAN, { added: [model('b/one')] });
    apply(JAN, { updated: [model('b/one', 'gpl')] });
    const many = (license?: string) =>
      Array.from({ length: NOTED_IN_RUN + 1 }, (_, at) => model(`a/${at}`, license));
    apply(HF, { added: many() });
    const count = database.prepare('SELECT count(*) AS n FROM model_history');
    const share = { n: 1 + NOTED_IN_RUN };
    apply(HF, { updated: many('gpl') });
    assert.deepEqual({ ...count.get() }, share);
    assert.deepEqual(events('b/one'), ['jan:v2 changed']);
    assert.deepEqual([events('a/0').length, events(`a/${NOTED_IN_RUN}`).length], [1, 0]);
    apply(HF, { removed: [`a/${NOTED_IN_RUN}`] });
    assert.deepEqual(events(`a/${NOTED_IN_RUN}`), ['hf:a removed'], 'the next run notes its own');
  });

  it('keeps so many entries in all, the newest', () => {
    const { apply, database } = catalogue();
    database.exec(`
      WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${KEPT_IN_TOTAL})
      INSERT INTO model_history (id, source, at, event, change)
      SELECT 'a/' || n, '${HF}', n, 'changed', '{}' FROM many`);
    apply(HF, { added: [model('b/one')] });
    apply(HF, { updated: [model('b/one', 'gpl')] });
    const kept = database.prepare('SELECT count(*) AS n, min(number) AS first FROM model_history');
    assert.deepEqual({ ...kept.get() }, { n: KEPT_IN_TOTAL, first: 2 });
    assert.deepEqual(events('b/one'), ['hf:a changed']);
  });
});
