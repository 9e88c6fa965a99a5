import assert from 'node:assert/strict';
import type { StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';
import { CatalogueReader } from '../../../../src/sync/cache/catalogueReader.ts';
import { CatalogueWriter } from '../../../../src/sync/cache/catalogueWriter.ts';
import { openForReading } from '../../../../src/sync/cache/database.ts';
import type { SearchFilters, SearchQuery, SearchSort } from '../../../../src/sync/cache/search.ts';
import { prepareSearch } from '../../../../src/sync/cache/searchIndex.ts';
import type { ModelRecord, SourceKey, Variant } from '../../../../src/sync/model.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { changeSet, estimated, exact, file, row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';
const DAY = 86_400_000;
const GB = 1e9;

const query = (asked: Partial<SearchQuery> = {}): SearchQuery => ({
  ...{ text: '', sources: [HF, JAN], filters: {}, sort: 'newest', offset: 0, limit: 100 },
  ...asked,
});

const variantOf = (name: string, bytes: number, sure = true): Variant => ({
  name,
  files: [file(`${name}.gguf`)],
  size: sure ? exact(bytes) : estimated(bytes),
});

describe('Searching the catalogue', () => {
  const catalogue = useCatalogue();
  const search = (asked: Partial<SearchQuery> = {}): string[] =>
    catalogue()
      .reader.search(query(asked))
      .map(({ id }) => id);
  const fill = (records: readonly ModelRecord[], source: SourceKey = HF): void => {
    catalogue().apply(source, { added: records.map((record) => row(record)) });
  };

  describe('by words', () => {
    beforeEach(() => {
      fill([
        { id: 'janhq/Jan-v1-4B-GGUF', tags: ['gguf', 'region:us'], lastModified: NOON },
        { id: 'unsloth/Qwen3-4B-Instruct', architecture: 'qwen3', lastModified: NOON - DAY },
        { id: 'zai-org/GLM-4.7', task: 'text-generation', lastModified: NOON - 2 * DAY },
        { id: 'x/y', description: 'Schreibt schöne Gedichte "für dich"', lastModified: 0 },
      ]);
    });

    const expected: Readonly<Record<string, readonly string[]>> = {
      '': ['janhq/Jan-v1-4B-GGUF', 'unsloth/Qwen3-4B-Instruct', 'zai-org/GLM-4.7', 'x/y'],
      // Three and more characters: anywhere.
      wen: ['unsloth/Qwen3-4B-Instruct'],
      QWEN3: ['unsloth/Qwen3-4B-Instruct'],
      'en3-4b-i': ['unsloth/Qwen3-4B-Instruct'],
      hq_: [],
      'jan gguf': ['janhq/Jan-v1-4B-GGUF'],
      'gguf jan': ['janhq/Jan-v1-4B-GGUF'],
      'jan qwen': [],
      'text-gen': ['zai-org/GLM-4.7'],
      'SCHÖNE ged': ['x/y'],
      '"für': ['x/y'],
      // All its trigrams occur, but not side by side.
      'gguf-jan': [],
      'region:us': [],
      // One and two: where a word or a number begins in the name.
      j: ['janhq/Jan-v1-4B-GGUF'],
      a: [],
      4: ['janhq/Jan-v1-4B-GGUF', 'unsloth/Qwen3-4B-Instruct', 'zai-org/GLM-4.7'],
      '4b': ['janhq/Jan-v1-4B-GGUF', 'unsloth/Qwen3-4B-Instruct'],
      v1: ['janhq/Jan-v1-4B-GGUF'],
      'qw 4': ['unsloth/Qwen3-4B-Instruct'],
      '/y': ['x/y'],
      sc: [],
      // What means nothing asks for nothing.
      '- / "': ['janhq/Jan-v1-4B-GGUF', 'unsloth/Qwen3-4B-Instruct', 'zai-org/GLM-4.7', 'x/y'],
      '%_%': [],
      '   jan\t\n': ['janhq/Jan-v1-4B-GGUF'],
      'OR AND NOT': [],
      '😀': ['janhq/Jan-v1-4B-GGUF', 'unsloth/Qwen3-4B-Instruct', 'zai-org/GLM-4.7', 'x/y'],
      '😀😀😀': [],
    };
    for (const [text, ids] of Object.entries(expected)) {
      it(`finds ${ids.length} of 4 for ${JSON.stringify(text)}`, () => {
        assert.deepEqual(search({ text }), ids);
      });
    }
  });

  it('finds only what is named, if names are given, by all that else is asked', () => {
    fill([{ id: 'a/one', license: 'mit' }, { id: 'a/two' }, { id: 'a/three', license: 'mit' }]);
    catalogue().apply(JAN, { added: [row({ id: 'a/one' })] });
    const only = ['a/one', 'a/two', 'a/none', 'a/one'];
    assert.deepEqual(search({ only }).toSorted(), ['a/one', 'a/two']);
    assert.deepEqual(search({ only, text: 'one' }), ['a/one']);
    assert.deepEqual(search({ only, filters: { license: 'mit' } }), ['a/one']);
    assert.deepEqual(search({ only, text: 'three' }), []);
    assert.deepEqual(search({ only: [] }), []);
    assert.equal(search({ only, limit: 1, offset: 1 }).length, 1);
    assert.deepEqual(search({ only, sources: [JAN] }), ['a/one']);
  });

  it('keeps in step with what is applied, removed, returned and sized', () => {
    const { apply } = catalogue();
    fill([{ id: 'a/one', license: 'mit' }, { id: 'a/two' }]);
    assert.deepEqual(search({ text: 'one' }), ['a/one']);
    apply(HF, { updated: [row({ id: 'a/one', license: 'apache-2.0', tags: ['fresh'] })] });
    assert.deepEqual(search({ filters: { license: 'mit' } }), []);
    assert.deepEqual(search({ text: 'fresh', filters: { license: 'Apache-2.0' } }), ['a/one']);
    apply(HF, { removed: ['a/one'] });
    assert.deepEqual(search({ text: 'one' }), []);
    assert.deepEqual(search(), ['a/two']);
    apply(HF, { added: [row({ id: 'a/one' })], removed: ['a/two'] });
    assert.deepEqual(search(), ['a/one']);
    assert.deepEqual(search({ text: 'fresh' }), []);
    apply(HF, {
      counters: new Map([['a/one', { likes: 3 }]]),
      added: [row({ id: 'a/x' }, { likes: 2 })],
    });
    assert.deepEqual(search({ sort: 'likes' }), ['a/one', 'a/x']);
    assert.equal(catalogue().reader.sources([HF])[0]?.models, 2);
  });

  it('knows nothing of a run that failed half-way, also in the next one', () => {
    const { apply, reader } = catalogue();
    fill([{ id: 'a/one' }]);
    const impossible = { ...row({ id: 'a/three' }), counters: { downloads: 1.5 } };
    assert.throws(() =>
      apply(HF, { added: [row({ id: 'a/two' }), impossible], removed: ['a/one'] }),
    );
    assert.deepEqual(search(), ['a/one']);
    apply(HF, { added: [row({ id: 'a/four' })] });
    assert.deepEqual(search({ text: 'one' }), ['a/one']);
    assert.deepEqual(search({ text: 'two' }), []);
    assert.deepEqual(search({ text: 'four' }), ['a/four']);
    assert.equal(reader.sources([HF])[0]?.models, 2);
  });

  it('filters by what a model is', () => {
    const mmproj = file('mmproj.gguf');
    fill([
      { id: 'a/one', license: 'mit', takesTools: true, gated: 'auto', tags: ['moe', 'code'] },
      { id: 'b/two', task: 'image-text-to-text', takesTools: false, library: 'mlx', gated: false },
      { id: 'A/three', architecture: 'llama', variants: [{ ...variantOf('q4', GB), mmproj }] },
    ]);
    const found = (filters: SearchFilters): string[] => search({ filters }).sort();
    assert.deepEqual(found({ license: 'MIT' }), ['a/one']);
    assert.deepEqual(found({ takesTools: true }), ['a/one']);
    assert.deepEqual(found({ takesTools: false }), ['b/two']);
    assert.deepEqual(found({ gated: true }), ['a/one']);
    assert.deepEqual(found({ gated: false }), ['A/three', 'b/two']);
    assert.deepEqual(found({ vision: true }), ['A/three', 'b/two']);
    assert.deepEqual(found({ vision: false }), ['a/one']);
    assert.deepEqual(found({ author: 'a' }), ['A/three', 'a/one']);
    assert.deepEqual(found({ library: 'mlx', vision: true }), ['b/two']);
    assert.deepEqual(found({ architecture: 'llama' }), ['A/three']);
    assert.deepEqual(found({ tags: ['code', 'moe'] }), ['a/one']);
    assert.deepEqual(found({ tags: ['code', 'dense'] }), []);
    assert.deepEqual(found({ license: 'mi' }), []);
  });

  it('filters by the size of one variant, and by parameters; estimates count', () => {
    fill([
      { id: 'a/small', parameters: 1e9, variants: [variantOf('q4', GB)] },
      { id: 'a/wide', parameters: 8e9, variants: [variantOf('q2', GB), variantOf('q8', 9 * GB)] },
      { id: 'a/about', variants: [variantOf('q4', 5 * GB, false)] },
      {
        id: 'a/computed',
        parameters: 8e9,
        variants: [
          {
            name: 'm-Q8_0',
            quantisation: 'Q8_0',
            files: [file('m-Q8_0.gguf')],
            size: { sureness: 'unknown' },
          },
        ],
      },
      { id: 'a/unknown' },
    ]);
    const found = (filters: SearchFilters): string[] => search({ filters }).sort();
    assert.deepEqual(found({ maxBytes: 2 * GB }), ['a/small', 'a/wide']);
    assert.deepEqual(found({ minBytes: 6 * GB }), ['a/computed', 'a/wide']);
    assert.deepEqual(found({ minBytes: 4 * GB, maxBytes: 6 * GB }), ['a/about']);
    assert.deepEqual(found({ minParameters: 8e9 }), ['a/computed', 'a/wide']);
    assert.deepEqual(found({ minParameters: 1e9, maxParameters: 2e9 }), ['a/small']);
    assert.deepEqual(search({ sort: 'size' }).slice(2), ['a/about', 'a/computed', 'a/unknown']);
    const [about] = catalogue().reader.search(query({ text: 'about' }));
    assert.equal(about?.variants?.[0]?.size.sureness, 'estimated');
  });

  it('sorts by every order, unknown last, page by page', () => {
    const { apply } = catalogue();
    apply(HF, {
      added: [
        row({ id: 'a/Beta', lastModified: 3 }, { downloads: 1, likes: 5 }),
        row({ id: 'b/alpha', lastModified: 2 }, { downloads: 9, trendingScore: 0.5 }),
        row({ id: 'c/gamma', lastModified: 1 }, { likes: 7, trendingScore: 1.5 }),
      ],
    });
    const names = (sort: SearchSort): string =>
      [0, 1, 2].flatMap((offset) => search({ sort, offset, limit: 1 })).join(' ');
    assert.equal(names('newest'), 'a/Beta b/alpha c/gamma');
    assert.equal(names('downloads'), 'b/alpha a/Beta c/gamma');
    assert.equal(names('likes'), 'c/gamma a/Beta b/alpha');
    assert.equal(names('trending'), 'c/gamma b/alpha a/Beta');
    assert.equal(names('name'), 'b/alpha a/Beta c/gamma');
  });

  it('shows a model once, by what its best followed source says, merged with the others', () => {
    fill([{ id: 'a/one', license: 'mit', lastModified: 1 }]);
    fill([{ id: 'a/one', license: 'other', description: 'by Jan' }, { id: 'a/two' }], JAN);
    const [one, two, ...others] = catalogue().reader.search(query());
    assert.deepEqual([one?.id, two?.id, others.length], ['a/one', 'a/two', 0]);
    assert.equal(one?.description, 'by Jan');
    assert.deepEqual(one.sources, [HF, JAN]);
    assert.deepEqual(search({ filters: { license: 'other' } }), []);
    assert.deepEqual(search({ filters: { license: 'other' }, sources: [JAN] }), ['a/one']);
    assert.deepEqual(search({ sources: [] }), []);
    assert.deepEqual(search({ sources: ['hf:nobody'] }), []);
    catalogue().apply(HF, { removed: ['a/one'] });
    assert.deepEqual(search({ filters: { license: 'other' } }), ['a/one']);
  });

  it('answers again from memory, until anybody has written', () => {
    const { reader, apply } = catalogue();
    fill([{ id: 'a/one' }]);
    const first = reader.search(query());
    assert.equal(reader.search(query()), first);
    assert.notEqual(reader.search(query({ sort: 'name' })), first);
    apply(HF, { added: [row({ id: 'a/two' })] });
    assert.equal(reader.search(query()).length, 2);
  });

  it('builds its index anew once it is mostly about rows that are gone', () => {
    const { apply, database, path } = catalogue();
    const terms = (): number =>
      Number(database.prepare("SELECT count(*) AS n FROM search_terms('_a')").get()!['n']);
    const some = Array.from({ length: 3_000 }, (_, index) => row({ id: `a/${index}` }));
    apply(HF, { added: [...some, row({ id: 'a/stays' })] });
    prepareSearch(database, collectingLogger());
    const ids = some.map(({ record }) => record.id);
    apply(HF, { removed: ids });
    apply(HF, { added: some });
    apply(HF, { removed: ids });
    assert.equal(terms(), 6_001);
    prepareSearch(database, collectingLogger());
    assert.equal(terms(), 1);
    const reader = new CatalogueReader(openForReading(path));
    assert.deepEqual(
      reader.search(query({ text: 'a' })).map(({ id }) => id),
      ['a/stays'],
    );
    assert.equal(reader.sources([HF])[0]?.models, 1);
    reader.close();
  });

  it('answers the same without a full-text index, with one line in the log, and builds it later', () => {
    const { database, path, reader } = catalogue();
    fill([{ id: 'a/one', license: 'mit' }]);
    const logger = collectingLogger();
    const without = new WithoutFullText(path);
    prepareSearch(without, logger);
    assert.equal(logger.lines.length, 1, logger.lines.join());
    assert.match(logger.lines[0]!, /^warn: There is no full-text index here.*no such module/);
    new CatalogueWriter(without).apply(
      {
        changes: changeSet(HF, { added: [row({ id: 'a/two' })], removed: ['a/one'] }),
        ...{ validators: {}, swept: false, counted: false, at: NOON, noteworthy: true },
      },
      1,
    );
    const slow = new CatalogueReader(without);
    const ids = (from: CatalogueReader, text: string): string[] =>
      from.search(query({ text })).map(({ id }) => id);
    assert.deepEqual(ids(slow, 'two'), ['a/two']);
    assert.deepEqual(ids(slow, 'one'), []);
    slow.close();

    prepareSearch(database, logger);
    assert.deepEqual(ids(reader, 'two'), ['a/two']);
    assert.deepEqual(ids(reader, 'one'), []);
    assert.equal(reader.sources([HF])[0]?.models, 1);
    assert.equal(logger.lines.length, 1);
  });
});

/** SQLite as some runtimes build it. */
class WithoutFullText extends DatabaseSync {
  override exec(sql: string): void {
    refuseFullText(sql);
    super.exec(sql);
  }

  override prepare(sql: string): StatementSync {
    refuseFullText(sql);
    return super.prepare(sql);
  }
}

function refuseFullText(sql: string): void {
  if (/fts5|search_terms/.test(sql)) throw new Error('no such module: fts5');
}
