import assert from 'node:assert/strict';
import type { GroupBy, GroupQuery } from '../../../../src/sync/cache/searchGroups.ts';
import { row } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';

describe('Counting what is found, by group', () => {
  const catalogue = useCatalogue();
  const steps = (by: GroupBy, asked: Partial<GroupQuery> = {}) =>
    catalogue().reader.groups({ text: '', filters: {}, sources: [HF, JAN], ...asked }, by);
  const count = (by: GroupBy, asked: Partial<GroupQuery> = {}): string[] => {
    const counting = steps(by, asked);
    for (;;) {
      const { done, value } = counting.next();
      if (done === true) return value.map(({ name, models }) => `${name} ${models}`);
    }
  };
  const fill = (): void => {
    const shared = row({ id: 'Qwen/Qwen3-4B', license: 'mit' });
    const { apply } = catalogue();
    apply(HF, { added: [row({ id: 'janhq/Jan-v1' }), row({ id: 'janhq/other' }), shared] });
    apply(JAN, { added: [row({ id: 'qwen/QwQ-32B' }), shared] });
  };

  it('counts a model once, unless sources are what is counted', () => {
    fill();
    assert.deepEqual(count('all'), [' 4']);
    assert.deepEqual(count('source'), [`${HF} 3`, `${JAN} 2`]);
    assert.deepEqual(count('family'), ['Qwen 2', ' 1', 'Jan 1']);
  });

  it('takes an author for one, however the name is written', () => {
    fill();
    const [first, second] = count('author');
    assert.equal(first?.toLowerCase(), 'janhq 2');
    assert.equal(second?.toLowerCase(), 'qwen 2');
  });

  it('keeps to words, filters, names and followed sources', () => {
    fill();
    assert.deepEqual(count('author', { text: 'jan-v1' }), ['janhq 1']);
    assert.deepEqual(count('all', { filters: { license: 'mit' } }), [' 1']);
    assert.deepEqual(count('all', { filters: { family: 'qwen' } }), [' 2']);
    assert.deepEqual(count('all', { filters: { family: '' } }), [' 1']);
    assert.deepEqual(count('source', { only: ['Qwen/Qwen3-4B', 'x/y'] }), [`${HF} 1`, `${JAN} 1`]);
    assert.deepEqual(count('all', { sources: [JAN] }), [' 2']);
    assert.deepEqual(count('all', { text: 'nothing-like-this' }), []);
  });

  it('goes on in steps over many rows, and does not count the same twice', () => {
    const many = Array.from({ length: 2_500 }, (_, index) =>
      row({ id: `a${index % 7}/m${index}` }),
    );
    catalogue().apply(HF, { added: many });
    const counting = steps('author');
    let taken = 0;
    let result = counting.next();
    for (; result.done !== true; result = counting.next()) taken++;
    assert.equal(taken, 3);
    assert.equal(result.value.length, 7);
    assert.equal(
      result.value.reduce((sum, { models }) => sum + models, 0),
      2_500,
    );
    assert.equal(steps('author').next().done, true);
    catalogue().apply(HF, { removed: ['a0/m0'] });
    assert.equal(steps('author').next().done, false);
  });
});
