import assert from 'node:assert/strict';
import {
  facetTerms,
  matchQuery,
  rangeConditions,
  termConditions,
  variantConditions,
} from '../../../../src/sync/cache/searchConditions.ts';
import { wordsOf } from '../../../../src/sync/cache/searchTerms.ts';

const GIB = 1024 ** 3;

describe('The question to the full-text index', () => {
  const ask = (text: string, filters = {}, sources: readonly string[] = []) =>
    matchQuery(wordsOf(text), filters, sources);

  it('is none where nothing is asked for', () => assert.equal(ask(''), ''));

  it('has no more trigrams than cover a word', () => {
    assert.equal(ask('qwen'), '"~qwe" AND "~wen"');
    assert.equal(ask('abcdefg'), '"~abc" AND "~def" AND "~efg"');
    assert.equal(ask('abcdef'), '"~abc" AND "~def"');
    assert.equal(ask('3b qwe'), '"_3b" AND "~qwe"');
  });

  it('has the facets that are asked for, and any of the sources', () => {
    const filters = { license: 'MIT', gated: false, tags: ['a', 'b'] };
    assert.equal(
      ask('', filters, ['hf:a', 'jan:v2']),
      '"=license:mit" AND "=gated:no" AND "=tag:a" AND "=tag:b" AND ' +
        '("=source:hf:a" OR "=source:jan:v2")',
    );
  });

  it('has the magnitudes of what bounds a size, where they are few', () => {
    assert.equal(ask('', { minBytes: GIB, maxBytes: GIB }), '("#bytes:120")');
    assert.equal(ask('', { maxBytes: 4 * 1024 ** 2 }).match(/#smallest/g)?.length, 3);
    assert.equal(ask('', { minBytes: 2 ** 44 }), '("#largest:44" OR "#largest:45")');
    assert.equal(ask('', { maxBytes: 2 ** 44 }), '', 'they are too many');
    assert.equal(ask('', { minParameters: GIB, maxParameters: GIB }), '("#parameters:60")');
  });

  it('has quotes in its words doubled', () => assert.equal(ask('"""'), '"~"""""""'));
});

describe('The terms of filters', () => {
  it('are those of all that are asked for', () => {
    const filters = {
      ...{ author: 'A', license: 'B', task: 'C', library: 'D', architecture: 'E', family: 'F' },
      ...{ takesTools: true, vision: false, gated: true, tags: ['G'] },
    };
    assert.deepEqual(facetTerms(filters), [
      ...['=author:a', '=license:b', '=task:c', '=library:d', '=architecture:e', '=family:f'],
      ...['=tools:yes', '=vision:no', '=gated:yes', '=tag:g'],
    ]);
    assert.deepEqual(facetTerms({}), []);
  });

  it('and words stand in a row as a whole', () => {
    const conditions = termConditions(wordsOf('qwen 3b'), ['=license:mit']);
    assert.deepEqual(
      conditions.map(({ values }) => values),
      [{ word0: 'qwen' }, { term0: ' _3b ' }, { term1: ' =license:mit ' }],
    );
  });
});

describe('Conditions on sizes', () => {
  it('are those that are asked for', () => {
    assert.deepEqual(rangeConditions({}), []);
    assert.deepEqual(
      rangeConditions({ minParameters: 1, maxParameters: 2, maxBytes: 3 }).map((one) => one.values),
      [{ minParameters: 1 }, { maxParameters: 2 }, { maxBytes: 3 }],
    );
    assert.deepEqual(variantConditions({ maxBytes: 3 }), []);
    const [both] = variantConditions({ minBytes: 0, maxBytes: 3 });
    assert.deepEqual(both?.values, { minBytes: 0, mostBytes: 3 });
    const [least] = variantConditions({ minBytes: 2 });
    assert.deepEqual(least?.values, { minBytes: 2, mostBytes: Number.MAX_SAFE_INTEGER });
  });
});
