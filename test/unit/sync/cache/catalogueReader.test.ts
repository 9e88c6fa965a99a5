import assert from 'node:assert/strict';
import { CatalogueReader, MOST_NEW } from '../../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../../src/sync/cache/database.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';
import { modelsOf } from '../../../support/modelsOf.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';
const DAY = 86_400_000;

describe('Reading the catalogue', () => {
  const catalogue = useCatalogue();

  it('lists the newest first, equal ones by name, page by page', () => {
    const { apply, reader } = catalogue();
    const dates: [string, number | undefined][] = [
      ['janhq/b', NOON],
      ['janhq/old', NOON - DAY],
      ['janhq/a', NOON],
      ['janhq/undated', undefined],
      ['janhq/new', NOON + DAY],
    ];
    apply(HF, {
      added: dates.map(([id, lastModified]) =>
        row({ id, ...(lastModified === undefined ? {} : { lastModified }) }),
      ),
    });
    const page = (offset: number, limit: number): string[] =>
      modelsOf(reader, HF, { offset, limit }).map(({ name }) => name);
    const all = ['new', 'a', 'b', 'old', 'undated'];
    assert.deepEqual(page(0, 100), all);
    assert.deepEqual([...page(0, 2), ...page(2, 2), ...page(4, 2)], all);
    assert.deepEqual(page(5, 2), []);
  });

  it('merges a model with what other followed sources know, and only with those', () => {
    const { apply, reader } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/one', license: 'mit' })] });
    apply(JAN, { added: [row({ id: 'janhq/one', description: 'by Jan', license: 'x' })] });
    const [merged] = modelsOf(reader, HF, { followed: [JAN] });
    assert.equal(merged?.license, 'mit');
    assert.equal(merged.description, 'by Jan');
    assert.deepEqual(merged.sources, [HF, JAN]);
    assert.equal(reader.model('janhq/one', [HF])?.description, undefined);
    assert.equal(reader.model('janhq/one', [])?.id, undefined);
  });

  it('counts a model once, however many sources publish it, and no removed one', () => {
    const { apply, reader } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/one' }), row({ id: 'janhq/two' })] });
    apply(JAN, { added: [row({ id: 'janhq/one' })] });
    assert.equal(reader.count([HF, JAN]), 2);
    apply(HF, { removed: ['janhq/two'] });
    assert.equal(reader.count([HF, JAN]), 1);
    assert.equal(reader.count([]), 0);
  });

  it('tells what is known of each source, in the order asked for', () => {
    const { apply, reader } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/one' })] }, { swept: true });
    assert.deepEqual(reader.sources([JAN, HF]), [
      { key: JAN, models: 0, epoch: 0 },
      { key: HF, models: 1, epoch: 1, lastSuccess: NOON, lastAttempt: NOON },
    ]);
    assert.deepEqual(reader.knownSources(), [HF]);
  });

  it('does not count a source that never answered among the known ones', () => {
    const { apply, reader, writer } = catalogue();
    writer.fail('hf:janqh', { kind: 'notFound', message: 'Check the name.', at: NOON });
    apply(HF, {});
    assert.deepEqual(reader.knownSources(), [HF]);
    writer.fail(HF, { kind: 'offline', message: 'Check the network.', at: NOON });
    assert.deepEqual(reader.knownSources(), [HF]);
  });

  it('dumps what was published, ordered by source and id', () => {
    const { apply, reader } = catalogue();
    apply(JAN, { added: [row({ id: 'b/b' }), row({ id: 'B/a' })] });
    apply(HF, { added: [row({ id: 'janhq/z' }, { downloads: 3 }), row({ id: 'janhq/_' })] });
    assert.deepEqual(
      [...reader.dump()].map(({ source, id }) => `${source} ${id}`),
      ['hf:janhq janhq/_', 'hf:janhq janhq/z', 'jan:v2 B/a', 'jan:v2 b/b'],
    );
    assert.deepEqual([...reader.dump()][1]?.content, '{"id":"janhq/z"}');
  });

  it('notices once what another connection has changed, and nothing of its own', () => {
    const { apply, path } = catalogue();
    const reader = new CatalogueReader(openForReading(path));
    assert.equal(reader.changedElsewhere(), false);
    apply(HF, { added: [row({ id: 'janhq/one' })] });
    assert.equal(reader.changedElsewhere(), true);
    assert.equal(reader.changedElsewhere(), false);
    modelsOf(reader, HF);
    assert.equal(reader.changedElsewhere(), false);
    reader.close();
  });

  it('goes on while a writer is at work', () => {
    const { apply, database, reader } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/one' })] });
    database.exec('BEGIN IMMEDIATE');
    database.exec("DELETE FROM model WHERE id = 'janhq/one'");
    assert.equal(reader.count([HF]), 1);
    database.exec('ROLLBACK');
  });

  it('leaves out a damaged row, says so once, and shows all others', () => {
    const { apply, database, path } = catalogue();
    apply(HF, { added: ['a', 'b', 'c', 'd'].map((name) => row({ id: `janhq/${name}` })) });
    const damage = database.prepare('UPDATE model SET record = ? WHERE id = ?');
    damage.run('{"id":"janhq/b","lic', 'janhq/b');
    damage.run('null', 'janhq/c');
    const logger = collectingLogger();
    const reader = new CatalogueReader(openForReading(path), logger);
    const listed = modelsOf(reader, HF);
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['a', 'd'],
    );
    assert.equal(reader.model('janhq/b', [HF]), undefined);
    assert.equal([...reader.rows()].length, 2);
    assert.match(logger.lines.join('\n'), /^warn: The saved row of janhq\/[bc] is damaged[^\n]*$/);
    reader.close();
  });

  describe('tells what is news', () => {
    const HOUR = 3_600_000;
    const at = (hours: number): { at: number } => ({ at: NOON + hours * HOUR });
    const news = (seenUpTo: number, followed = [HF, JAN]): Record<string, string | undefined> => {
      const { reader } = catalogue();
      const models = modelsOf(reader, HF, { followed, seenUpTo });
      const found = Object.fromEntries(models.map(({ name, news: what }) => [name, what] as const));
      const count = Object.values(found).filter((what) => what === 'new').length;
      assert.equal(reader.countNew([HF], seenUpTo), count, 'the badge tells the same');
      for (const { id, news: what } of models) {
        assert.equal(reader.model(id, followed, seenUpTo)?.news, what);
      }
      return found;
    };

    it('nothing of what a source had when it answered for the first time', () => {
      const { apply } = catalogue();
      apply(HF, { added: [row({ id: 'janhq/a' }), row({ id: 'janhq/b' })] });
      assert.deepEqual(news(0), { a: undefined, b: undefined });
    });

    it('what came or changed since it was seen, until it is seen', () => {
      const { apply } = catalogue();
      apply(HF, { added: [row({ id: 'janhq/a' }), row({ id: 'janhq/b' })] });
      apply(HF, { added: [row({ id: 'janhq/c' })] }, at(1));
      apply(HF, { updated: [row({ id: 'janhq/a', license: 'mit' })] }, at(2));
      apply(HF, { counters: new Map([['janhq/b', { likes: 9 }]]) }, at(3));
      assert.deepEqual(news(NOON), { a: 'updated', b: undefined, c: 'new' });
      assert.deepEqual(news(NOON + HOUR), { a: 'updated', b: undefined, c: undefined });
      assert.deepEqual(news(NOON + 2 * HOUR), { a: undefined, b: undefined, c: undefined });
      apply(HF, { updated: [row({ id: 'janhq/c', license: 'mit' })] }, at(4));
      assert.deepEqual(news(NOON), { a: 'updated', b: undefined, c: 'new' });
      assert.deepEqual(news(NOON + HOUR), { a: 'updated', b: undefined, c: 'updated' });
    });

    it('not what another source has found that was long known, nor what is gone', () => {
      const { apply, reader } = catalogue();
      apply(JAN, {});
      apply(HF, { added: [row({ id: 'janhq/a' }), row({ id: 'janhq/b' })] });
      apply(JAN, { added: [row({ id: 'janhq/a' })] }, at(1));
      assert.deepEqual(news(NOON), { a: undefined, b: undefined });
      assert.equal(reader.countNew([HF, JAN], NOON), 0);
      assert.equal(reader.countNew([JAN], NOON), 1);
      assert.deepEqual(reader.news([HF, JAN], NOON), []);
      apply(HF, { updated: [row({ id: 'janhq/b', license: 'mit' })] }, at(2));
      assert.deepEqual(reader.news([HF, JAN], NOON), ['janhq/b']);
      apply(HF, { removed: ['janhq/b'], added: [row({ id: 'janhq/c' })] }, at(3));
      assert.equal(reader.countNew([HF, JAN], NOON), 1);
      apply(JAN, { added: [row({ id: 'janhq/c' })] }, at(3));
      assert.equal(reader.countNew([HF, JAN], NOON), 1, 'new to both, and one model');
      apply(HF, { removed: ['janhq/c'] }, at(4));
      apply(JAN, { removed: ['janhq/c'] }, at(4));
      assert.deepEqual(reader.news([HF, JAN], NOON), []);
      assert.equal(reader.countNew([HF, JAN], NOON), 0);
    });

    it('of very many new ones only that there are many, however many others changed', () => {
      const { apply, reader } = catalogue();
      const rows = (name: string, license: string) =>
        Array.from({ length: MOST_NEW }, (_, n) => row({ id: `janhq/${name}${n}`, license }));
      apply(HF, { added: rows('old', 'mit') });
      apply(HF, { updated: rows('old', 'gpl') }, at(1));
      assert.equal(reader.countNew([HF], NOON), 0);
      apply(HF, { added: rows('new', 'mit').slice(0, 7) }, at(2));
      assert.equal(reader.countNew([HF], NOON), 7);
      apply(HF, { added: [...rows('new', 'mit').slice(7), ...rows('more', 'mit')] }, at(3));
      assert.equal(reader.countNew([HF], NOON), MOST_NEW);
    });

    it('nothing of a bundled list', () => {
      const { reader, writer } = catalogue();
      writer.seed(HF, [{ ...row({ id: 'janhq/a' }), fingerprint: '' }], NOON);
      assert.equal(reader.countNew([HF], 0), 0);
      assert.equal(reader.model('janhq/a', [HF], 0)?.news, undefined);
    });
  });

  it('counts models that sources have in common once, whichever has more', () => {
    const { apply, reader } = catalogue();
    const rows = (...names: string[]) => names.map((name) => row({ id: `janhq/${name}` }));
    apply(HF, { added: rows('a', 'b', 'c') });
    apply(JAN, { added: rows('b', 'c', 'd') });
    apply('hf:third', { added: rows('d', 'e') });
    assert.equal(reader.count([HF, JAN, 'hf:third', 'hf:never']), 5);
    assert.equal(reader.count([JAN, 'hf:third']), 4);
    assert.equal(reader.count(['hf:third']), 2);
  });
});
