import assert from 'node:assert/strict';
import { chosen, readArguments } from '../../../scripts/lib/seededRun.ts';

const takes = {
  usage: 'npm run some -- thing',
  what: 'thing',
  numbers: { days: 30, runs: undefined },
  words: ['only'],
} as const;

describe('The arguments of a command that draws at random', () => {
  it('are what was told', () => {
    const told = ['thing', '--seed', '0', '--days', '2', '--runs', '5', '--only', 'a,b'];
    assert.deepEqual(readArguments(takes, told), { seed: 0, days: 2, runs: 5, only: 'a,b' });
  });

  it('have another seed each time where none was told, and what is usual', () => {
    const { seed, ...others } = readArguments(takes, ['thing']);
    assert.ok(Number.isInteger(seed) && seed >= 0);
    assert.deepEqual(others, { days: 30, runs: undefined, only: undefined });
  });

  for (const [name, args, says] of [
    ['no number', ['thing', '--days', 'many'], /--days is a whole number from 1 on/],
    ['nothing to be done', ['thing', '--days', '0'], /--days/],
    ['parts of a number', ['thing', '--runs', '1.5'], /--runs/],
    ['a seed below zero', ['thing', '--seed=-1'], /--seed is a whole number from 0 on/],
    ['what is not known', ['thing', '--else', '1'], /--else/],
    ['another word than the first must be', ['something'], /begins with "thing"/],
    ['no word', [], /begins with "thing"/],
  ] as [string, string[], RegExp][]) {
    it(`are refused with a sentence: ${name}`, () => {
      assert.throws(() => readArguments(takes, args), says);
    });
  }

  it('choose among all by name', () => {
    const all = [{ name: 'a' }, { name: 'b' }];
    assert.deepEqual(chosen(all, undefined), all);
    assert.deepEqual(chosen(all, 'b'), [{ name: 'b' }]);
    assert.throws(() => chosen(all, 'b,c'), /Nothing here is called c/);
  });
});
