import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { INDEX_VERSION } from '../../../../src/sync/cache/searchIndex.ts';
import {
  facet,
  indexTerms,
  magnitudes,
  searchable,
  seesImages,
  trigrams,
  wordsOf,
  yesOrNo,
} from '../../../../src/sync/cache/searchTerms.ts';
import type { ModelRecord } from '../../../../src/sync/model.ts';
import { groupVariants } from '../../../../src/sync/variants.ts';
import { NOON } from '../../support/fakeClock.ts';
import { estimated, exact, file, unknown } from '../../support/rows.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Has something of everything that a row can be found by. */
const RECORD: ModelRecord = {
  id: 'janhq/Jan-v1-4B-GGUF',
  architecture: 'qwen3',
  task: 'image-text-to-text',
  library: 'transformers',
  license: 'apache-2.0',
  parameters: 4_022_468_096,
  tags: ['gguf', 'region:us', 'conversational'],
  description: 'Ein schönes Modell',
  takesTools: true,
  gated: 'auto',
  lastModified: NOON,
  variants: [{ name: 'Q4_K_M', files: [file('Q4_K_M.gguf')], size: exact(2_497_281_120) }],
};

describe('What rows are found by', () => {
  it('is another only with another version of the index, which has catalogues indexed anew', () => {
    const found = searchable('hf:janhq', RECORD);
    const digest = createHash('sha256')
      .update(JSON.stringify([found, indexTerms(found)]))
      .digest('hex');
    assert.deepEqual(
      { version: INDEX_VERSION, digest: digest.slice(0, 16) },
      { version: 2, digest: '41b3f62e810fbce9' },
      'Raise INDEX_VERSION, then note the new digest here.',
    );
  });
});

const termsOf = (record: Partial<ModelRecord>, source = 'hf:a') =>
  searchable(source, { id: 'a/b', ...record })
    .terms.trim()
    .split(' ');
const facetsOf = (record: Partial<ModelRecord>, source?: string) =>
  termsOf(record, source).filter((term) => term.startsWith('='));

describe('What a row can be found by', () => {
  it('is its words in lower case, in a row, without tags that say nothing', () => {
    const { text } = searchable('hf:a', {
      ...{ id: 'Jan-HQ/Jan-v1', architecture: 'Qwen3', task: 'text-generation', library: 'gguf' },
      ...{ tags: ['Tool-Use', 'license:mit'], description: ' Two\n\t words \u0000 here ' },
    });
    assert.equal(text, 'jan-hq/jan-v1 qwen3 text-generation gguf tool-use two words here');
    assert.equal(searchable('hf:a', { id: 'a/b' }).text, 'a/b');
  });

  it('is its words composed, whatever way they are written in', () => {
    assert.equal(searchable('hf:a', { id: 'a/b', description: 'E\u0301' }).text, 'a/b é');
  });

  it('is no more than 2000 letters of text and a hundred tags', () => {
    const tags = Array.from({ length: 150 }, (_, at) => `t${at}`);
    assert.equal(facetsOf({ tags }).filter((term) => term.startsWith('=tag:')).length, 100);
    assert.equal(
      searchable('hf:a', { id: 'a/b', description: 'x'.repeat(3_000) }).text.length,
      2_000,
    );
    assert.equal(facet('tag', 'x'.repeat(300)), `=tag:${'x'.repeat(100)}`);
  });

  it('is the beginning of each word and number of its id', () => {
    const beginnings = termsOf({ id: 'Jan/Qwen3-4b' }).filter((term) => term.startsWith('_'));
    assert.deepEqual(beginnings, ['_j', '_ja', '_q', '_qw', '_3', '_3-', '_4', '_4b', '_b']);
  });

  it('is each of its facets, once', () => {
    const record: Partial<ModelRecord> = {
      ...{ id: 'Jan HQ/b', license: 'MIT', task: 'Chat', library: 'gguf', architecture: 'qwen3' },
      ...{ tags: ['x y', 'x y', 'region:us'], takesTools: true, gated: 'auto' },
    };
    assert.deepEqual(facetsOf(record, 'hf:Jan'), [
      ...['=source:hf:jan', '=author:jan_hq', '=license:mit', '=task:chat', '=library:gguf'],
      ...['=architecture:qwen3', '=family:qwen', '=tools:yes', '=vision:no', '=gated:yes'],
      '=tag:x_y',
    ]);
  });

  it('is no facet that nobody tells, but for those that are told by silence', () => {
    assert.deepEqual(facetsOf({}), [
      ...['=source:hf:a', '=author:a', '=family:', '=vision:no', '=gated:no'],
    ]);
    assert.ok(facetsOf({ gated: false, takesTools: false }).includes('=gated:no'));
    assert.ok(facetsOf({ takesTools: false }).includes('=tools:no'));
  });

  it('is the magnitude of each size, of the least and of the largest', () => {
    const variants = groupVariants([
      file('m-Q4_0.gguf', exact(GIB)),
      file('m-Q8_0.gguf', estimated(4 * GIB)),
      file('m-F16.gguf', unknown),
    ]);
    const { sizes } = searchable('hf:a', { id: 'a/b', variants });
    assert.deepEqual(sizes, [GIB, 4 * GIB]);
    const found = termsOf({ variants }).filter((term) => term.startsWith('#'));
    assert.deepEqual(found, ['#bytes:120', '#bytes:128', '#smallest:30', '#largest:32']);
    assert.deepEqual(
      termsOf({ parameters: GIB }).filter((term) => term.startsWith('#')),
      ['#parameters:60'],
    );
  });

  it('is an estimate of the size where nobody tells it, in whole bytes', () => {
    const variants = groupVariants([file('m-Q4_0.gguf')]);
    const { sizes } = searchable('hf:a', { id: 'a/b', variants, parameters: 1_000_000_007 });
    assert.equal(sizes.length, 1);
    assert.ok(Number.isInteger(sizes[0]));
  });

  it('stands in the index with every three letters of the text', () => {
    const terms = indexTerms({ text: 'abcd', terms: ' x ' });
    assert.equal(terms, ' x ~abc ~bcd');
    assert.match(searchable('hf:a', { id: 'a/b' }).terms, /^ \S.*\S $/);
  });
});

describe('The words of a query', () => {
  it('are looked for anywhere where they are long, else at the beginnings of words', () => {
    assert.deepEqual(wordsOf(' Qwen  3B x '), [
      { inside: 'qwen' },
      { beginning: '_3b' },
      { beginning: '_x' },
    ]);
    assert.deepEqual(wordsOf('abc'), [{ inside: 'abc' }]);
    assert.deepEqual(wordsOf('模型'), [{ beginning: '_模型' }]);
    assert.deepEqual(wordsOf('𝒳𝒴'), [{ beginning: '_𝒳𝒴' }], 'two letters of two units each');
  });

  it('mean nothing where they are signs alone', () => {
    assert.deepEqual(wordsOf('- -- / -x'), [{ beginning: '_x' }]);
    assert.deepEqual(wordsOf(''), []);
    assert.deepEqual(wordsOf('---'), [{ inside: '---' }]);
  });

  it('have every three letters, each once, across no space', () => {
    assert.deepEqual([...trigrams('abab abab ab c')], ['~aba', '~bab']);
    assert.deepEqual([...trigrams('𝒳𝒴𝒵')], ['~𝒳𝒴𝒵']);
    assert.deepEqual([...trigrams('')], []);
  });
});

describe('The magnitudes between two numbers', () => {
  it('are those of all numbers between them', () => {
    assert.deepEqual(magnitudes('smallest', GIB, 4 * GIB), [
      ...['#smallest:30', '#smallest:31', '#smallest:32'],
    ]);
    assert.deepEqual(magnitudes('parameters', GIB, GIB), ['#parameters:60']);
    assert.deepEqual(magnitudes('bytes', GIB, 1.2 * GIB), ['#bytes:120', '#bytes:121']);
  });

  it('do not go on below a megabyte, nor above what anybody publishes', () => {
    assert.deepEqual(magnitudes('smallest', 0, MIB), ['#smallest:20']);
    assert.deepEqual(magnitudes('largest', 2 ** 45, Number.MAX_SAFE_INTEGER), ['#largest:45']);
  });

  it('are none of no number, and too many of too wide a range', () => {
    assert.deepEqual(magnitudes('smallest', 8 * GIB, GIB), []);
    assert.equal(magnitudes('smallest', MIB, 2 ** 35)?.length, 16);
    assert.equal(magnitudes('smallest', MIB, 2 ** 36), undefined);
  });
});

describe('Whether a model sees images', () => {
  it('is told by its task, or by a projector beside any of its variants', () => {
    assert.ok(seesImages({ id: 'a/b', task: 'image-text-to-text' }));
    const variants = groupVariants([file('m-Q4_0.gguf'), file('mmproj-F16.gguf')]);
    assert.ok(seesImages({ id: 'a/b', variants }));
    assert.ok(!seesImages({ id: 'a/b', task: 'chat', variants: groupVariants([file('m.gguf')]) }));
    assert.ok(!seesImages({ id: 'a/b' }));
    assert.deepEqual([yesOrNo(true), yesOrNo(false)], ['yes', 'no']);
  });
});
