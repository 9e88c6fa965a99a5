import assert from 'node:assert/strict';
import type { Model } from '../../../src/sync/model.ts';
import { groupNode, modelNode, sourceNode, variantNode } from '../../../src/views/tree/nodes.ts';
import type { RowCircumstances } from '../../../src/views/tree/treeRows.ts';
import { treeRow } from '../../../src/views/tree/treeRows.ts';
import { plainWording } from '../details/samples.ts';
import { GIB, model, variant } from './searchSamples.ts';

const BUDGET = { gpu: 0, main: 8 * GIB, most: 9 * GIB };
const LIST = { key: 'all', models: 1 };

describe('The rows of the catalogue', () => {
  const around = (changes: Partial<RowCircumstances> = {}): RowCircumstances => ({
    ...{ budget: BUDGET, filters: {} },
    ...{ isFavourite: () => false, isPinned: () => false, isHidden: () => false },
    ...changes,
  });
  const rowOf = (one: Model, changes: Partial<RowCircumstances> = {}) =>
    treeRow(modelNode(LIST, undefined, one), around(changes), plainWording);
  const sized = model('x/Small-4B', {
    parameters: 4e9,
    variants: [variant('Q4_K_M', 2 * GIB), variant('Q8_0', 20 * GIB)],
  });

  it('tell the variant for this machine, its size and how it fits', () => {
    const { label, description, spoken, context } = rowOf(sized);
    assert.deepEqual([label, description], ['Small-4B', `x · ${2 * GIB} B · Fits`]);
    assert.equal(spoken, `Small-4B, x, ${2 * GIB} B, Fits, 2 variants`);
    assert.equal(context, 'model unmarked loose shown downloadable');
  });

  it('mark what is estimated, and say it in words', () => {
    const guessed = model('x/Guess', { variants: [variant('Q4_K_M', 2 * GIB, false)] });
    const { description, spoken } = rowOf(guessed);
    assert.equal(description, `x · ≈ ${2 * GIB} B · ≈ Fits`);
    assert.equal(spoken, `Guess, x, about ${2 * GIB} B, about Fits, 1 variant`);
  });

  it('do not wait for the memory of this machine', () => {
    const { description, context } = rowOf(sized, { budget: undefined });
    assert.equal(description, `x · ${2 * GIB} B to ${20 * GIB} B`);
    assert.equal(context, 'model unmarked loose shown');
  });

  it('go by the variants that the filter asks for', () => {
    const { description } = rowOf(sized, { filters: { minBytes: 10 * GIB } });
    assert.equal(description, `x · ${20 * GIB} B · Too big`);
  });

  it('tell news, marks, gates and what is gone', () => {
    const shown = rowOf(model('x/One', { news: 'new', gated: 'manual', published: false }), {
      ...{ isFavourite: () => true, isPinned: () => true, isHidden: () => true },
    });
    assert.equal(shown.description, 'new · pinned · hidden · x · gated · no longer published');
    assert.equal(
      shown.spoken,
      'One, new, x, favourite, pinned, hidden, gated, no longer published',
    );
    assert.deepEqual(
      [shown.context, shown.isNews, shown.icon],
      ['model favourite pinned hidden', true, 'pinned'],
    );
  });

  it('do not repeat the author that stands above', () => {
    const status = { key: 'hf:x', models: 1, epoch: 1 };
    const parents = [sourceNode(status), groupNode('author', 'x', { models: 1 })];
    for (const parent of parents) {
      const node = modelNode(LIST, parent, model('x/One'));
      assert.equal(treeRow(node, around(), plainWording).description, '');
    }
  });

  it('of variants tell which one is for this machine', () => {
    const [small, large] = sized.variants ?? [];
    assert.ok(small && large);
    const parent = modelNode(LIST, undefined, sized);
    const told = [small, large].map(
      (one) => treeRow(variantNode(parent, one), around(), plainWording).description,
    );
    assert.deepEqual(told, [`${2 * GIB} B · Fits · recommended`, `${20 * GIB} B · Too big`]);
  });

  it('of sources tell why they failed', () => {
    const failure = { kind: 'offline', message: 'No network.', at: 1 };
    const status = { key: 'hf:x', models: 2, epoch: 1, failure };
    const { description, spoken, opens } = treeRow(sourceNode(status), around(), plainWording);
    assert.equal(description, 'Hugging Face · 2 models · not reached');
    assert.equal(spoken, 'x, Hugging Face, 2 models, not reached, No network.');
    assert.equal(opens, 'open');
  });
});
