import assert from 'node:assert/strict';
import { CatalogueReader } from '../../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../../src/sync/cache/database.ts';
import { NOON } from '../../support/fakeClock.ts';
import { row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

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
      reader.models(HF, [HF], { offset, limit }).map(({ name }) => name);
    const all = ['new', 'a', 'b', 'old', 'undated'];
    assert.deepEqual(page(0, 100), all);
    assert.deepEqual([...page(0, 2), ...page(2, 2), ...page(4, 2)], all);
    assert.deepEqual(page(5, 2), []);
  });

  it('merges a model with what other followed sources know, and only with those', () => {
    const { apply, reader } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/one', license: 'mit' })] });
    apply(JAN, { added: [row({ id: 'janhq/one', description: 'by Jan', license: 'x' })] });
    const [merged] = reader.models(HF, [HF, JAN], { offset: 0, limit: 10 });
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
      { key: HF, models: 1, epoch: 1, lastSuccess: NOON, lastAttempt: NOON, lastSweep: NOON },
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
    reader.models(HF, [HF], { offset: 0, limit: 10 });
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
});
