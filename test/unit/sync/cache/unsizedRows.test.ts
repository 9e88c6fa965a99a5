import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { CatalogueWriter } from '../../../../src/sync/cache/catalogueWriter.ts';
import { UnsizedRows } from '../../../../src/sync/cache/unsizedRows.ts';
import { SEED_FINGERPRINT } from '../../../../src/sync/fingerprint.ts';
import type { ModelFile, ModelRecord, SourceRow } from '../../../../src/sync/model.ts';
import { groupVariants } from '../../../../src/sync/variants.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { NOON } from '../../support/fakeClock.ts';
import { changeSet, estimated, exact, file, row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const SOURCE = 'hf:a';
const SHA = '1'.repeat(40);
const OTHER_SHA = '2'.repeat(40);
const UNKNOWN_FILES = [file('m-Q4_0.gguf'), file('m-Q8_0.gguf')];
const EXACT_FILES = [file('m-Q4_0.gguf', exact(4)), file('m-Q8_0.gguf', exact(8))];

/** A model at a commit, of which the sizes are not known. */
function unsized(id: string, changes: Partial<ModelRecord> = {}): SourceRow {
  return row({ id, sha: SHA, variants: groupVariants(UNKNOWN_FILES), ...changes });
}

describe('Rows without exact sizes', () => {
  const catalogue = useCatalogue();
  let rows: UnsizedRows;

  beforeEach(() => {
    rows = new UnsizedRows(catalogue().database);
  });

  function next(question: Partial<Parameters<UnsizedRows['next']>[0]> = {}): readonly string[] {
    const all = { sources: [SOURCE], first: [], except: new Set<string>(), limit: 10 };
    return rows.next({ ...all, ...question }).map(({ id }) => id);
  }

  const sizesOf = (id: string): unknown[] =>
    (catalogue().reader.model(id, [SOURCE, 'hf:b', 'cortex'])?.variants ?? []).map(
      ({ size }) => size,
    );

  it('are found, the newest first, those asked for before all others', () => {
    catalogue().apply(SOURCE, {
      added: [1, 3, 2].map((day) => unsized(`a/${day}`, { lastModified: day })),
    });
    assert.deepEqual(next(), ['a/3', 'a/2', 'a/1']);
    assert.deepEqual(next({ first: ['a/1', 'x/y', 'a/2'] }), ['a/1', 'a/2', 'a/3']);
    assert.deepEqual(next({ first: ['a/1'], limit: 2 }), ['a/1', 'a/3']);
    assert.deepEqual(next({ except: new Set([`a/3@${SHA}`]), limit: 2 }), ['a/2', 'a/1']);
  });

  it('are those of the sources asked for only, and each once', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1', { lastModified: 1 })] });
    catalogue().apply('hf:b', {
      added: [unsized('a/1', { lastModified: 1 }), unsized('b/2', { lastModified: 2 })],
    });
    assert.deepEqual(next({ first: ['b/2'] }), ['a/1']);
    assert.deepEqual(next({ sources: [SOURCE, 'hf:b'] }), ['b/2', 'a/1']);
  });

  for (const [name, one] of [
    ['with a size that is only estimated', [file('m-Q4_0.gguf', estimated(4))]],
    ['with a projector of unknown size', [...EXACT_FILES, file('mmproj-m.gguf')]],
    ['of which parts are missing', [file('m-Q4_0-00001-of-00002.gguf', exact(4))]],
  ] as const satisfies readonly (readonly [string, readonly ModelFile[]])[]) {
    it(`are those ${name}`, () => {
      catalogue().apply(SOURCE, { added: [unsized('a/1', { variants: groupVariants(one) })] });
      assert.deepEqual(next(), ['a/1']);
    });
  }

  for (const [name, one] of [
    ['that know all their sizes', unsized('a/1', { variants: groupVariants(EXACT_FILES) })],
    ['whose commit is not known', row({ id: 'a/1', variants: groupVariants(UNKNOWN_FILES) })],
    ['without any model file', unsized('a/1', { variants: [] })],
    ['of the bundled seed', { ...unsized('a/1'), fingerprint: SEED_FINGERPRINT }],
  ] as const) {
    it(`are not those ${name}`, () => {
      catalogue().apply(SOURCE, { added: [one] });
      assert.deepEqual(next(), []);
    });
  }

  it('are not those that are no longer published', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1')] });
    catalogue().apply(SOURCE, { removed: ['a/1'] });
    assert.deepEqual(next(), []);
    assert.deepEqual(rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]), []);
  });

  it('get exact sizes in all sources that list that commit, which is told to readers', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1'), unsized('a/2')] });
    catalogue().apply('hf:b', { added: [unsized('a/1')] });
    catalogue().apply('cortex', { added: [unsized('a/1', { sha: OTHER_SHA })] });
    const epochs = (): number[] =>
      catalogue()
        .reader.sources([SOURCE, 'hf:b', 'cortex'])
        .map(({ epoch }) => epoch);
    const before = epochs();
    const refined = rows.refine([
      { id: 'a/1', sha: SHA, files: EXACT_FILES },
      { id: 'a/2', sha: SHA, files: EXACT_FILES },
    ]);
    assert.deepEqual(
      refined.map(({ source, ids }) => [source, ids]),
      [
        [SOURCE, ['a/1', 'a/2']],
        ['hf:b', ['a/1']],
      ],
    );
    assert.deepEqual(
      epochs().map((epoch, index) => epoch - before[index]!),
      [1, 1, 0],
    );
    assert.deepEqual(refined[0]?.epoch, epochs()[0]);
    assert.deepEqual(sizesOf('a/1'), [exact(4), exact(8)]);
    assert.deepEqual(next({ sources: [SOURCE, 'hf:b', 'cortex'] }), ['a/1']);
  });

  it('are as new as they were: more exact is no change', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1')] }, { at: NOON });
    const read = (): unknown =>
      catalogue().database.prepare('SELECT changed, first_seen, fingerprint FROM model').get();
    const before = read();
    rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]);
    assert.deepEqual(read(), before);
  });

  it('are asked for no more, though the tree does not have what they list', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1')] });
    rows.refine([{ id: 'a/1', sha: SHA, files: [file('m-Q4_0-00001-of-00002.gguf', exact(4))] }]);
    assert.deepEqual(next(), []);
  });

  for (const record of ['{"id":"a/1","vari', 'null', '{"id":"b/2"}']) {
    it(`hold up no others where they are damaged: ${record}`, () => {
      catalogue().apply(SOURCE, { added: [unsized('a/1'), unsized('a/2')] });
      const { database } = catalogue();
      database.prepare("UPDATE model SET record = ? WHERE id = 'a/1'").run(record);
      assert.deepEqual(rows.paths({ id: 'a/1', sha: SHA }), []);
      rows.refine(['a/1', 'a/2'].map((id) => ({ id, sha: SHA, files: EXACT_FILES })));
      assert.deepEqual(next(), []);
      assert.deepEqual(sizesOf('a/2'), [exact(4), exact(8)]);
      const kept = database.prepare("SELECT record FROM model WHERE id = 'a/1'").get();
      assert.equal(kept?.['record'], record);
    });
  }

  it('write nothing for a commit that nobody lists any more', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1', { sha: OTHER_SHA })] });
    const other = new DatabaseSync(catalogue().path, { readOnly: true });
    const version = (): unknown => other.prepare('PRAGMA data_version').get()!['data_version'];
    const before = version();
    assert.deepEqual(rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]), []);
    assert.equal(version(), before);
    other.close();
  });

  it('do not make a run that began before them a conflict, nor hide one', async () => {
    const { writer } = catalogue();
    catalogue().apply(SOURCE, { added: [unsized('a/1'), unsized('a/2')] });
    const begun = writer.state(SOURCE).epoch;
    rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]);
    catalogue().apply(SOURCE, { added: [unsized('a/3')] }, { epoch: begun });
    assert.equal(catalogue().reader.sources([SOURCE])[0]?.epoch, writer.shownEpoch(SOURCE));
    rows.refine([{ id: 'a/2', sha: SHA, files: EXACT_FILES }]);
    const late = (): unknown =>
      catalogue().apply(SOURCE, { added: [unsized('a/4')] }, { epoch: begun });
    await rejectsWith(Promise.resolve().then(late), 'conflict');
  });

  it('are unknown again at the next commit', () => {
    catalogue().apply(SOURCE, { added: [unsized('a/1')] });
    rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]);
    catalogue().apply(SOURCE, { updated: [unsized('a/1', { sha: OTHER_SHA })] });
    assert.deepEqual(next(), ['a/1']);
    assert.deepEqual(sizesOf('a/1'), [{ sureness: 'unknown' }, { sureness: 'unknown' }]);
  });

  it('know their sizes at once if the tree of their commit is there', () => {
    const { database } = catalogue();
    const asked: string[] = [];
    const writer = new CatalogueWriter(database, (id, sha) => {
      asked.push(`${id}@${sha}`);
      return EXACT_FILES;
    });
    const changes = changeSet(SOURCE, { added: [unsized('a/1'), row({ id: 'a/2' })] });
    const quiet = { validators: {}, swept: false, counted: false, at: NOON, noteworthy: false };
    writer.apply({ ...quiet, changes }, 0);
    assert.deepEqual(asked, [`a/1@${SHA}`]);
    assert.deepEqual(sizesOf('a/1'), [exact(4), exact(8)]);
    assert.deepEqual(next(), []);
  });

  it('are found by an index, however many rows there are', () => {
    const { database } = catalogue();
    const asked = new Set<string>();
    const prepare = database.prepare.bind(database);
    database.prepare = (sql: string) => {
      asked.add(sql);
      return prepare(sql);
    };
    rows = new UnsizedRows(database);
    catalogue().apply(SOURCE, { added: [unsized('a/1')] });
    next({ first: ['a/1'] });
    rows.refine([{ id: 'a/1', sha: SHA, files: EXACT_FILES }]);
    const reads = [...asked].filter((sql) => /^\s*(?:SELECT|UPDATE)/.test(sql));
    assert.ok(reads.length >= 4);
    for (const sql of reads) {
      const plan = prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      const steps = plan.map(({ detail }) => String(detail)).join('; ');
      assert.doesNotMatch(steps, /SCAN (?:model|search)(?:;| |$)/, sql);
      if (sql.includes('LIMIT')) assert.doesNotMatch(steps, /TEMP B-TREE/, sql);
    }
  });
});
