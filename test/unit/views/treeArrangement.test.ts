import assert from 'node:assert/strict';
import { Arrangement, GROUPINGS, orderOf, ORDERS } from '../../../src/views/tree/arrangement.ts';
import {
  arrangedText,
  groupingTexts,
  orderTexts,
} from '../../../src/views/tree/arrangementText.ts';
import { plainWording } from '../details/samples.ts';
import { FakeMemory } from './searchSamples.ts';

describe('How the catalogue is put together', () => {
  const text = (arrangement: Arrangement): string => arrangedText(arrangement.value, plainWording);

  it('is as usual until somebody wants it otherwise, and then stays so', async () => {
    const memory = new FakeMemory();
    const arrangement = new Arrangement(memory);
    assert.deepEqual(arrangement.value, { grouping: 'source', order: 'newest' });
    assert.equal(text(arrangement), '');
    let told = 0;
    arrangement.onDidChange(() => told++);
    await arrangement.arrange({ grouping: 'family' });
    await arrangement.arrange({ order: 'size' });
    assert.deepEqual(new Arrangement(memory).value, { grouping: 'family', order: 'size' });
    assert.equal(text(arrangement), 'by Family · Size, smallest first');
    assert.equal(told, 2);
  });

  it('stays as it is where another window chooses, until the next session', async () => {
    const memory = new FakeMemory();
    const [here, elsewhere] = [new Arrangement(memory), new Arrangement(memory)];
    await elsewhere.arrange({ grouping: 'author', order: 'name' });
    assert.deepEqual(here.value, { grouping: 'source', order: 'newest' });
    assert.deepEqual(new Arrangement(memory).value, { grouping: 'author', order: 'name' });
  });

  it('is as usual where what was kept means nothing', () => {
    for (const kept of [7, 'x', { grouping: 'colour', order: null }]) {
      const memory = new FakeMemory();
      memory.values.set('modelHub.catalogueArrangement', kept);
      assert.deepEqual(new Arrangement(memory).value, { grouping: 'source', order: 'newest' });
    }
  });

  it('is offered and told in sentences that are translated whole', () => {
    const whole = { t: (sentence: string) => `<${sentence}>` };
    const texts = [
      ...GROUPINGS.map((one) => groupingTexts(one, whole)),
      ...ORDERS.map((one) => orderTexts(one, whole)),
    ].flatMap(({ choice, state }) => [choice, state]);
    for (const text of texts) assert.match(text, /^<[^<{]+>$/);
    assert.equal(new Set(texts).size, texts.length);
    const arranged = { grouping: 'none', order: 'name' } as const;
    assert.equal(arrangedText(arranged, whole), '<by Nothing> · <Name>');
  });

  it('is in the order that the filter says, whatever was chosen', async () => {
    const arrangement = new Arrangement(new FakeMemory());
    await arrangement.arrange({ grouping: 'none', order: 'size' });
    assert.equal(orderOf(arrangement.value), 'size');
    arrangement.filterBy('qwen sort:likes');
    assert.equal(orderOf(arrangement.value), 'likes');
    assert.equal(text(arrangement), 'qwen sort:likes · by Nothing');
    arrangement.filterBy('qwen');
    assert.equal(text(arrangement), 'qwen · by Nothing · Size, smallest first');
  });

  it('has a filter until it is taken away or the session ends', () => {
    const memory = new FakeMemory();
    const arrangement = new Arrangement(memory);
    arrangement.filterBy('  qwen @fits ');
    assert.deepEqual(arrangement.value.filter, {
      text: 'qwen @fits',
      query: { text: 'qwen', filters: {}, fits: true },
    });
    assert.equal(text(arrangement), 'qwen @fits');
    assert.equal(new Arrangement(memory).value.filter, undefined);
    arrangement.filterBy(' ');
    assert.equal(arrangement.value.filter, undefined);
  });
});
