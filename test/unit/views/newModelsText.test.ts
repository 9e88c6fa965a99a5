import assert from 'node:assert/strict';
import { newModelsText } from '../../../src/views/tree/newModelsText.ts';
import { plainWording } from '../details/samples.ts';

describe('The badge of the catalogue', () => {
  it('tells how many models are new, and where counting ended', () => {
    assert.deepEqual(
      [1, 2, 999, 1_000].map((count) => newModelsText(count, plainWording)),
      ['1 new model', '2 new models', '999 new models', '1,000 or more new models'],
    );
  });
});
