import assert from 'node:assert/strict';
import { HeldNodes } from '../../../src/views/tree/heldNodes.ts';
import { noteNode } from '../../../src/views/tree/nodes.ts';

describe('The nodes that the tree holds', () => {
  const note = (text: string) => noteNode(text, undefined, text);
  const texts = (held: HeldNodes): string[] => held.all.map(({ key }) => key);

  it('are those of the reading that was begun last, whichever answers last', () => {
    const held = new HeldNodes();
    const older = held.begin();
    const newer = held.begin();
    assert.equal(newer([note('new')]), true);
    assert.equal(older([note('old')]), false);
    assert.deepEqual(texts(held), ['note new']);
  });

  it('are not overwritten for a moment by an older answer that comes first', () => {
    const held = new HeldNodes();
    const older = held.begin('group');
    const newer = held.begin('group');
    assert.equal(older([note('old')]), false);
    assert.equal(newer([note('new')]), true);
    assert.deepEqual(texts(held), ['note new']);
  });

  it('belong to what stands at the root now', () => {
    const held = new HeldNodes();
    held.begin()([note('root')]);
    held.begin('one')([note('in one')]);
    const late = held.begin('two');
    held.begin()([note('other root')]);
    assert.equal(late([note('in two')]), false);
    assert.deepEqual(texts(held), ['note other root']);
    assert.deepEqual(held.roots?.length, 1);
  });

  it('are of different lists at once', () => {
    const held = new HeldNodes();
    assert.equal(held.roots, undefined);
    const keep = ['one', 'two'].map((key) => held.begin(key));
    for (const each of keep) assert.equal(each([note('x')]), true);
    assert.equal(held.all.length, 2);
  });
});
