import assert from 'node:assert/strict';
import { fieldMembers } from '../../../../src/sync/http/fieldMembers.ts';

describe('The members of a header field', () => {
  const read = (field: string | undefined) =>
    fieldMembers(field).map(({ value, parameters, marks }) => [
      value,
      Object.fromEntries(parameters),
      marks,
    ]);

  for (const [name, field, expected] of [
    ['are none without the field', undefined, []],
    ['are none in an empty field', '', []],
    ['are none between commas', ' , ,', []],
    ['are separated by commas', 'a, b', ['a', 'b'].map((value) => [value, {}, []])],
    ['have parameters', 'a;r=1; t = 2 ', [['a', { r: '1', t: '2' }, []]]],
    [
      'have marks, which are parameters without a value',
      'a;old; b=1',
      [['a', { b: '1' }, ['old']]],
    ],
    ['have parameters in any case', 'a;Rel=Next', [['a', { rel: 'Next' }, []]]],
    ['are what the first of two equal parameters says', 'a;r=1;r=2', [['a', { r: '1' }, []]]],
    ['may be without a value only if they say nothing', ';r=1, b', [['b', {}, []]]],
    ['may hold separators in quotes', '"a,b;c";r="1,2;3"', [['a,b;c', { r: '1,2;3' }, []]]],
    ['may hold separators in addresses', '<x?a,b;c>;r=1', [['<x?a,b;c>', { r: '1' }, []]]],
    ['may hold quotes in quotes', String.raw`"say \"a, b\" \\"`, [['say "a, b" \\', {}, []]]],
    ['may be cut in a quote', 'a;r="1, 2', [['a', { r: '1, 2' }, []]]],
    ['keep quotes that are only a part', 'x"a"', [['x"a"', {}, []]]],
    ['keep what stands behind a quote', '"a"x', [['"a"x', {}, []]]],
    ['may have values over lines, and with more =', 'a;r="1\n=2"', [['a', { r: '1\n=2' }, []]]],
    ['have no parameter whose name is quoted', 'a;"r=1"', [['a', {}, ['r=1']]]],
  ] as const) {
    it(name, () => assert.deepEqual(read(field), expected));
  }
});
