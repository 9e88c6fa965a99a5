import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completeQuery } from '../../../../src/sync/query/completeQuery.ts';
import type { ModelQuery } from '../../../../src/sync/query/modelQuery.ts';
import { SORTS } from '../../../../src/sync/query/modelQuery.ts';
import { parseQuery, printQuery } from '../../../../src/sync/query/parseQuery.ts';

const GB = 1e9;

describe('A query', () => {
  it('says in one line what a form would ask for in ten fields', () => {
    const { query, problems } = parseQuery(
      'qwen @fits @license:apache-2.0 size:<8gb sort:newest @tools -@gated 3b task:text-generation arch:qwen2',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(query, {
      text: 'qwen 3b',
      fits: true,
      sort: 'newest',
      filters: {
        license: 'apache-2.0',
        maxBytes: 8 * GB - 1,
        takesTools: true,
        gated: false,
        task: 'text-generation',
        architecture: 'qwen2',
      },
    } satisfies ModelQuery);
  });

  it('knows other spellings, any case, quotes and repeated tags', () => {
    const { query } = parseQuery(
      'LICENCE:MIT @Favorite architecture:"my arch" tag:a tag:b Params:<=8B',
    );
    assert.deepEqual(query, {
      text: '',
      favourite: true,
      filters: { license: 'MIT', architecture: 'my arch', tags: ['a', 'b'], maxParameters: 8e9 },
    });
  });

  for (const [text, min, max] of [
    ['<8gb', undefined, 8 * GB - 1],
    ['<=8GB', undefined, 8 * GB],
    ['8gb', undefined, 8 * GB],
    ['>8gb', 8 * GB + 1, undefined],
    ['>=1.5gib', 1.5 * 1024 ** 3, undefined],
    ['500mb..2gb', GB / 2, 2 * GB],
    ['2gb..2gb', 2 * GB, 2 * GB],
    ['7', undefined, 7],
    ['=7b', undefined, 7],
    ['1.234567gb', undefined, 1.234567 * GB],
    ['1kib', undefined, 1024],
    ['1mib', undefined, 1024 ** 2],
    ['1tib', undefined, 1024 ** 4],
    ['1kb', undefined, 1e3],
    ['1tb', undefined, 1e12],
  ] as const) {
    it(`takes sizes like ${text}`, () => {
      const { filters } = parseQuery(`size:${text}`).query;
      assert.deepEqual([filters.minBytes, filters.maxBytes], [min, max]);
    });
  }

  for (const [text, kind, hint] of [
    ['@fit', 'unknownWord', '@fits'],
    ['@instaled', 'unknownWord', '@installed'],
    ['@xyzzy', 'unknownWord', undefined],
    ['-@fits', 'unknownWord', '@fits'],
    ['@licens:mit', 'unknownWord', 'license:'],
    ['size:big', 'badValue', 'size:<8gb'],
    ['size:8gb..4gb', 'badValue', 'size:<8gb'],
    ['size:<8xb', 'badValue', 'size:<8gb'],
    ['size:x8gb', 'badValue', 'size:<8gb'],
    ['size:8gb!', 'badValue', 'size:<8gb'],
    ['size:8gb<', 'badValue', 'size:<8gb'],
    ['size:..8gb', 'badValue', 'size:<8gb'],
    ['size:8gb..', 'badValue', 'size:<8gb'],
    ['size:1gb..2gb..3gb', 'badValue', 'size:<8gb'],
    ['size:99999tb', 'badValue', 'size:<8gb'],
    ['license:', 'badValue', 'license:apache-2.0'],
    ['license:""', 'badValue', 'license:apache-2.0'],
    ['params:', 'badValue', 'params:<8b'],
    ['sort:best', 'badValue', 'sort:newest'],
  ] as const) {
    it(`tells of ${text}, and asks for the rest`, () => {
      const { query, problems } = parseQuery(`qwen ${text} 7b`);
      assert.deepEqual(query, { text: 'qwen 7b', filters: {} });
      const [problem] = problems;
      assert.deepEqual(
        [problem?.start, problem?.end, problem?.kind, problem?.word, problem?.hint],
        [5, 5 + text.length, kind, text, hint],
      );
    });
  }

  it('is short of words that are near to none', () => {
    const hintOf = (text: string) => parseQuery(text).problems[0]?.hint;
    assert.deepEqual(
      ['@fts', '@fitz', '@xfits', '@hiden', '@favorit', '@fiiiits', '@f'].map(hintOf),
      ['@fits', '@fits', '@fits', '@hidden', '@favourite', undefined, undefined],
    );
  });

  it('gives a problem no hint where there is none', () => {
    const [problem] = parseQuery('@xyzzy').problems;
    assert.ok(problem && !('hint' in problem));
  });

  for (const [range, printed] of [
    [{ maxBytes: 8 * GB }, 'size:<=8gb'],
    [{ maxBytes: 8 * GB - 1 }, 'size:<8gb'],
    [{ minBytes: 8 * GB + 1 }, 'size:>8gb'],
    [{ minBytes: 1.5 * 1024 ** 3 }, 'size:>=1.5gib'],
    [{ minBytes: 2_000, maxBytes: 3_000 }, 'size:2kb..3kb'],
    [{ maxBytes: 0 }, 'size:<1'],
    [{ minBytes: 0 }, 'size:>=0'],
    [{ minBytes: 1 }, 'size:>0'],
    [{ maxBytes: 1_234_567 }, 'size:<1234568'],
    [{ maxParameters: 7e9 }, 'params:<=7b'],
    [{ minParameters: 5e8 }, 'params:>=500m'],
    [{ minParameters: 999 }, 'params:>998'],
  ] as const) {
    it(`is printed as ${printed}`, () => {
      assert.equal(printQuery({ text: '', filters: range }), printed);
    });
  }

  it('is printed in as few signs as mean the same', () => {
    assert.equal(printQuery({ text: '', filters: {} }), '');
    assert.equal(printQuery({ text: 'qwen 3b', filters: {} }), 'qwen 3b');
    assert.equal(
      printQuery({ text: '@fits a:b license:mit -@x x-@y -a', filters: { library: 'two words' } }),
      '"@fits" "a:b" "license:mit" "-@x" x-@y -a library:"two words"',
    );
  });

  it('has words that are single, whatever stands between them', () => {
    assert.equal(parseQuery('  a \t\n b   "c   d" ').query.text, 'a b c d');
  });

  it('has keys and flags only at the beginnings of its words', () => {
    const { query, problems } = parseQuery('x-@fits x@license:mit x-license:mit');
    assert.deepEqual([problems, query.filters], [[], {}]);
    assert.equal(query.text, 'x-@fits x@license:mit x-license:mit');
  });

  it('takes addresses and unknown prefixes as text', () => {
    const { query, problems } = parseQuery('https://huggingface.co/a/b foo:bar "@fits"');
    assert.deepEqual(problems, []);
    assert.equal(query.text, 'https://huggingface.co/a/b foo:bar @fits');
  });

  it('is empty if it asks for nothing', () => {
    assert.deepEqual(parseQuery('  ""  '), { query: { text: '', filters: {} }, problems: [] });
  });

  const word = fc.stringMatching(/^[\p{L}\d:@<>.\-/]{1,12}$/u);
  const value = fc.stringMatching(/^[a-z\d.][a-z\d. -]{0,11}[a-z\d]$/);
  const opt = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined });
  const range = fc
    .tuple(opt(fc.integer({ min: 0, max: 1e12 })), opt(fc.integer({ min: 0, max: 1e12 })))
    .map(([a, b]) => (a !== undefined && b !== undefined && a > b ? [b, a] : [a, b]));
  const truth = opt(fc.constant(true as const));
  const queries = fc
    .record({
      words: fc.array(word, { maxLength: 3 }),
      ...{
        fits: truth,
        installed: truth,
        favourite: truth,
        hidden: truth,
        sort: opt(fc.constantFrom(...SORTS)),
      },
      ...{ takesTools: opt(fc.boolean()), vision: opt(fc.boolean()), gated: opt(fc.boolean()) },
      ...{ author: opt(value), license: opt(value), task: opt(value), architecture: opt(value) },
      ...{
        tags: opt(fc.array(value, { minLength: 1, maxLength: 3 })),
        bytes: range,
        weights: range,
      },
    })
    .map(({ words, bytes, weights, sort, fits, installed, favourite, hidden, ...filters }) => {
      const [minBytes, maxBytes] = bytes;
      const [minParameters, maxParameters] = weights;
      const all = { ...filters, minBytes, maxBytes, minParameters, maxParameters };
      return JSON.parse(
        JSON.stringify({
          text: words.join(' '),
          filters: all,
          sort,
          fits,
          installed,
          favourite,
          hidden,
        }),
      ) as ModelQuery;
    });

  it('means the same after it was printed', () => {
    fc.assert(
      fc.property(queries, (query) => {
        const { query: read, problems } = parseQuery(printQuery(query));
        assert.deepEqual(problems, [], printQuery(query));
        assert.deepEqual(read, query, printQuery(query));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never makes the reader throw, and printing what was read settles', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('@', '-', ':', '"', 'size:', '<', '..', 'sort:', '@fits', ' ', 'tag:"'),
      ),
    );
    fc.assert(
      fc.property(pieces, (all) => {
        const { query } = parseQuery(all.join(''));
        const printed = printQuery(query);
        assert.equal(printQuery(parseQuery(printed).query), printed);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('While a query is typed', () => {
  const vocabulary = (key: string): string[] =>
    key === 'license' ? ['apache-2.0', 'mit', 'with space'] : [];
  const offered = (text: string, cursor = text.length): readonly string[] | undefined =>
    completeQuery(text, cursor, vocabulary)?.options;

  it('flags and keys are offered after an @', () => {
    assert.deepEqual(offered('qwen @f'), ['@fits', '@favourite']);
    assert.ok(offered('@')!.includes('@installed') && offered('@')!.includes('license:'));
    assert.deepEqual(offered('-@g'), ['-@gated']);
  });

  it('keys are offered for the begin of a word', () => {
    assert.deepEqual(offered('lic'), ['license:']);
    assert.equal(offered('l'), undefined);
    assert.equal(offered('qwen'), undefined);
  });

  it('values are offered after a key, in the place of what was begun', () => {
    assert.deepEqual(offered('license:'), [
      'license:apache-2.0',
      'license:mit',
      'license:"with space"',
    ]);
    assert.deepEqual(completeQuery('qwen @licence:m 7b', 15, vocabulary), {
      ...{ start: 5, end: 15 },
      options: ['license:mit'],
    });
    assert.deepEqual(offered('sort:n'), ['sort:newest', 'sort:name']);
    assert.ok(offered('size:')!.includes('size:<8gb'));
  });

  it('what is offered belongs to the word with the cursor', () => {
    const at = (cursor: number) => completeQuery('lic @f', cursor, vocabulary);
    assert.deepEqual(at(0), undefined, 'before the first');
    assert.deepEqual([at(1)?.start, at(1)?.end], [0, 3]);
    assert.deepEqual(at(3)?.options, ['license:']);
    assert.deepEqual(at(4), undefined, 'between them');
    assert.deepEqual([at(5)?.start, at(5)?.end, at(5)?.options[0]], [4, 6, '@fits']);
  });

  it('values are offered behind the colon, and keys before it', () => {
    const text = 'qwen license:mi';
    assert.deepEqual(completeQuery(text, 12, vocabulary)?.options, undefined);
    assert.deepEqual(completeQuery(text, 13, vocabulary)?.options, ['license:mit']);
    assert.deepEqual(offered('LICENSE:MI'), ['license:mit']);
    assert.deepEqual(offered('-@license:mi'), ['license:mit']);
  });

  it('no more is offered than can be read', () => {
    const many = Array.from({ length: 100 }, (_, at) => `value-${at}`);
    const options = completeQuery('license:v', 9, () => many)?.options;
    assert.ok(options && options.length < 50 && options[0] === 'license:value-0');
  });

  it('nothing is offered inside of a word, nor where nothing is typed, or all of it', () => {
    assert.equal(offered('x@fi'), undefined);
    assert.equal(offered('x-@fi'), undefined);
    assert.equal(offered('@fits'), undefined);
    assert.equal(offered(''), undefined);
    assert.equal(offered('qwen '), undefined);
    assert.equal(offered('license:mit'), undefined);
    assert.equal(offered('foo:b'), undefined);
  });

  it('what is offered can be read', () => {
    for (const text of ['@', 'li', 'size:', 'params:', 'sort:', 'license:']) {
      for (const option of offered(text) ?? []) {
        const whole = option.endsWith(':')
          ? `${option}${offered(option)?.[0]?.split(':')[1] ?? 'x'}`
          : option;
        assert.deepEqual(parseQuery(whole).problems, [], whole);
      }
    }
  });
});
