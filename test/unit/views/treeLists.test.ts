import assert from 'node:assert/strict';
import type { ModelRecord } from '../../../src/sync/model.ts';
import type { SharedState } from '../../../src/device/shared/sharedState.ts';
import { Favourites } from '../../../src/views/favourites.ts';
import type { Circumstances } from '../../../src/views/search/localSearch.ts';
import { Arrangement } from '../../../src/views/tree/arrangement.ts';
import { CatalogueLists } from '../../../src/views/tree/catalogueLists.ts';
import type { ParentNode, TreeNode } from '../../../src/views/tree/nodes.ts';
import { treeRow } from '../../../src/views/tree/treeRows.ts';
import { plainWording } from '../details/samples.ts';
import { NOON } from '../support/fakeClock.ts';
import { row } from '../support/rows.ts';
import { useCatalogue } from '../support/useCatalogue.ts';
import { sharedOf } from '../support/sharedOf.ts';
import { FakeMemory, GIB, variant } from './searchSamples.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';
const FOLLOWED = [HF, JAN];
const DAY = 86_400_000;

describe('The lists of the catalogue', () => {
  const catalogue = useCatalogue();
  let arrangement: Arrangement;
  let shared: SharedState;
  let favourites: Favourites;
  let lists: CatalogueLists;
  let around: Pick<Circumstances, 'budget' | 'installed'>;
  let lastVisit: number;
  let looked: boolean;
  let inPause: () => void;

  beforeEach(() => {
    const { reader } = catalogue();
    arrangement = new Arrangement(new FakeMemory());
    shared = sharedOf(new FakeMemory());
    favourites = new Favourites(shared);
    around = { budget: { gpu: 0, main: 8 * GIB, most: 9 * GIB }, installed: new Set() };
    lastVisit = NOON;
    looked = false;
    inPause = () => undefined;
    lists = new CatalogueLists({
      catalogue: {
        sources: () => reader.sources(FOLLOWED),
        search: (query) => reader.search({ ...query, sources: FOLLOWED }, lastVisit),
        groups: async (query, by) => {
          const steps = reader.groups({ ...query, sources: FOLLOWED }, by);
          for (;;) {
            const { done, value } = steps.next();
            if (done === true) return Promise.resolve(value);
          }
        },
        model: (id) => reader.model(id, FOLLOWED, lastVisit),
        news: () => reader.news(FOLLOWED, lastVisit),
        count: () => reader.count(FOLLOWED),
      },
      arranged: () => arrangement.value,
      circumstances: (look) => {
        looked ||= look;
        return { ...around, favourites: favourites.ids, hidden: shared.keys('hidden') };
      },
      pins: () => shared.keys('pins'),
      trouble: () => undefined,
      pause: () => {
        inPause();
        return Promise.resolve();
      },
      wording: plainWording,
    });
  });

  const records: readonly ModelRecord[] = [
    { id: 'janhq/Jan-v1-4B', lastModified: NOON - DAY, variants: [variant('Q4_K_M', 2.5 * GIB)] },
    { id: 'janhq/jan-code', lastModified: NOON, variants: [variant('Q8_0', 20 * GIB)] },
    { id: 'unsloth/Qwen3-4B', lastModified: NOON - 2 * DAY, license: 'mit' },
    { id: 'Qwen/Qwen3-8B', lastModified: NOON - 3 * DAY, license: 'mit', tags: ['gguf'] },
  ];
  const fill = (): void => {
    const [first, second, third, fourth] = records.map((record, index) =>
      row(record, { downloads: [10, 40, 30, 20][index] ?? 0 }),
    );
    assert.ok(first && second && third && fourth);
    catalogue().apply(HF, { added: [first, second, third] });
    catalogue().apply(JAN, { added: [third, fourth] });
  };
  const told = (nodes: readonly TreeNode[]): string[] =>
    nodes.map((node) => {
      const circumstances = {
        ...{ budget: around.budget, filters: {} },
        ...{ isFavourite: () => false, isPinned: () => false, isHidden: () => false },
      };
      const { label, description } = treeRow(node, circumstances, plainWording);
      return node.type === 'model' ? label : [label, description].filter(Boolean).join(': ');
    });
  const roots = async (): Promise<string[]> => told(await lists.roots());
  const inside = async (key: string): Promise<string[]> => {
    const node = (await lists.roots()).find(
      (one): one is ParentNode =>
        (one.type === 'source' || one.type === 'group') && one.key === key,
    );
    assert.ok(node, `there is no ${key}`);
    return told(await lists.modelsIn(node.list, node));
  };

  it('are none where there is no model', async () => {
    assert.deepEqual(await roots(), []);
  });

  it('are what was marked where there is no model besides', async () => {
    await favourites.toggle('janhq/Jan-v1-4B');
    assert.deepEqual(await roots(), ['Favourites: 1 model']);
    assert.deepEqual(await inside('favourites '), ['Jan-v1-4B']);
  });

  it('are the sources, each with its models, the newest first', async () => {
    fill();
    assert.deepEqual(await roots(), [
      'janhq: Hugging Face · 3 models',
      'jan:v2: catalogue file · 2 models',
    ]);
    assert.deepEqual(await inside(`source ${HF}`), ['jan-code', 'Jan-v1-4B', 'Qwen3-4B']);
    assert.deepEqual(await inside(`source ${JAN}`), ['Qwen3-4B', 'Qwen3-8B']);
  });

  it('hold each model once, though the catalogue changes while it is read', async () => {
    const models = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) =>
        row({ id: `janhq/m${from + n}`, lastModified: NOON + from + n }),
      );
    catalogue().apply(HF, { added: models(0, 150) });
    inPause = () => catalogue().apply(HF, { added: models(150, 160) });
    const nodes = (await lists.roots()).filter((node) => node.type === 'source');
    const [source] = nodes;
    assert.ok(source);
    const keys = (await lists.modelsIn(source.list, source)).map(({ key }) => key);
    assert.ok(keys.length >= 150);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('begin with what was marked, though no source lists it any more', async () => {
    fill();
    await favourites.toggle('nobody/Knows-it');
    await favourites.toggle('Qwen/Qwen3-8B');
    await favourites.toggle('janhq/Jan-v1-4B');
    catalogue().apply(HF, { removed: ['janhq/Jan-v1-4B'] });
    assert.equal((await roots())[0], 'Favourites: 3 models');
    assert.deepEqual(await inside('favourites '), ['Qwen3-8B', 'Jan-v1-4B', 'Knows-it']);
  });

  it('go on with what came since the last visit', async () => {
    fill();
    catalogue().apply(HF, { added: [row({ id: 'janhq/fresh' })] }, { at: NOON + DAY });
    assert.deepEqual((await roots())[0], 'New Since Last Visit: 1 model');
    assert.deepEqual(await inside('news '), ['fresh']);
    lastVisit = NOON + 2 * DAY;
    assert.equal((await roots()).length, 2);
  });

  it('are put together by author, by family, or not at all, each model once', async () => {
    fill();
    await arrangement.arrange({ grouping: 'author' });
    assert.deepEqual(await roots(), ['janhq: 2 models', 'Qwen: 1 model', 'unsloth: 1 model']);
    assert.deepEqual(await inside('author qwen'), ['Qwen3-8B']);
    await arrangement.arrange({ grouping: 'family' });
    assert.deepEqual(await roots(), ['Jan: 2 models', 'Qwen: 2 models']);
    assert.deepEqual(await inside('family qwen'), ['Qwen3-4B', 'Qwen3-8B']);
    await arrangement.arrange({ grouping: 'none' });
    assert.deepEqual(await roots(), ['jan-code', 'Jan-v1-4B', 'Qwen3-4B', 'Qwen3-8B']);
  });

  it('put what is of no known family last', async () => {
    fill();
    const strange = ['x/one', 'x/two', 'x/three'].map((id) => row({ id }));
    catalogue().apply(JAN, { added: strange });
    await arrangement.arrange({ grouping: 'family' });
    assert.deepEqual((await roots()).at(-1), 'Other Families: 3 models');
    assert.deepEqual((await inside('family ')).sort(), ['one', 'three', 'two']);
  });

  it('stand in the order that is asked for', async () => {
    fill();
    await arrangement.arrange({ grouping: 'none', order: 'downloads' });
    assert.deepEqual(await roots(), ['jan-code', 'Qwen3-4B', 'Qwen3-8B', 'Jan-v1-4B']);
    await arrangement.arrange({ order: 'name' });
    assert.deepEqual(await roots(), ['jan-code', 'Jan-v1-4B', 'Qwen3-4B', 'Qwen3-8B']);
    await arrangement.arrange({ order: 'size' });
    assert.deepEqual((await roots()).slice(0, 2), ['Jan-v1-4B', 'jan-code']);
    arrangement.filterBy('sort:downloads');
    assert.equal((await roots())[1], 'Qwen3-4B');
  });

  it('hold only what answers to a filter, whatever they are put together by', async () => {
    fill();
    arrangement.filterBy('qwen license:mit');
    assert.deepEqual(await roots(), [
      'janhq: Hugging Face · 1 model',
      'jan:v2: catalogue file · 2 models',
    ]);
    assert.deepEqual(await inside(`source ${HF}`), ['Qwen3-4B']);
    await arrangement.arrange({ grouping: 'author' });
    assert.deepEqual(await roots(), ['Qwen: 1 model', 'unsloth: 1 model']);
    await arrangement.arrange({ grouping: 'none' });
    assert.deepEqual(await roots(), ['Qwen3-4B', 'Qwen3-8B']);
    arrangement.filterBy('nothing-like-this');
    assert.deepEqual(await roots(), []);
  });

  it('hold only what is installed, marked or fits, and tell where a number is a guess', async () => {
    fill();
    await arrangement.arrange({ grouping: 'none' });
    around = { ...around, installed: new Set(['Qwen/Qwen3-8B', 'elsewhere/Unlisted']) };
    arrangement.filterBy('@installed');
    assert.deepEqual(await roots(), ['Qwen3-8B']);
    assert.ok(looked);
    await favourites.toggle('unsloth/Qwen3-4B');
    arrangement.filterBy('@favourite');
    assert.deepEqual(await roots(), ['Favourites: 1 model', 'Qwen3-4B']);
    await favourites.toggle('unsloth/Qwen3-4B');
    arrangement.filterBy('@fits');
    assert.deepEqual(await roots(), ['Jan-v1-4B']);
    await arrangement.arrange({ grouping: 'author' });
    assert.deepEqual(await roots(), ['janhq: ≈ 1 model']);
  });

  it('say so where the filter leaves nothing of a group after all', async () => {
    // The file fits the memory, but not together with what a conversation takes.
    const nearly = [variant('Q8_0', 7.9 * GIB)];
    catalogue().apply(HF, { added: [row({ id: 'janhq/nearly', variants: nearly })] });
    arrangement.filterBy('@fits');
    assert.deepEqual(await inside(`source ${HF}`), ['Nothing here answers to the filter.']);
  });

  it('say what they wait for', async () => {
    fill();
    around = { budget: undefined, installed: undefined };
    arrangement.filterBy('@installed');
    assert.deepEqual(await roots(), ['Finding out what is installed on this machine…']);
    arrangement.filterBy('@fits');
    assert.match((await roots())[0] ?? '', /^How much memory this machine has is being found out/);
  });

  it('are long: page by page, and nothing is left out or twice', async () => {
    const added = Array.from({ length: 450 }, (_, index) =>
      row({ id: `janhq/model-${index}`, lastModified: NOON + index * 1_000 }),
    );
    catalogue().apply(HF, { added });
    const first = await inside(`source ${HF}`);
    assert.deepEqual(
      [first.length, first[0], first.at(-1)],
      [201, 'model-449', 'Show More (250 left)'],
    );
    lists.showMore(`source ${HF}`);
    lists.showMore(`source ${HF}`);
    const all = await inside(`source ${HF}`);
    assert.equal(all.length, 450);
    assert.equal(new Set(all).size, 450);
    lists.reset();
    assert.equal((await inside(`source ${HF}`)).length, 201);
  });

  it('are many: the groups come page by page too', async () => {
    const added = Array.from({ length: 250 }, (_, index) => row({ id: `author-${index}/model` }));
    catalogue().apply(HF, { added });
    await arrangement.arrange({ grouping: 'author' });
    assert.equal((await roots()).at(-1), 'Show More (50 left)');
    lists.showMore('author');
    assert.equal((await roots()).length, 250);
  });

  it('have pinned models first, and no hidden ones, which are not counted either', async () => {
    fill();
    await shared.put('pins', 'unsloth/Qwen3-4B');
    assert.deepEqual(await inside(`source ${HF}`), ['Qwen3-4B', 'jan-code', 'Jan-v1-4B']);
    await shared.put('hidden', 'janhq/jan-code');
    assert.deepEqual(await inside(`source ${HF}`), ['Qwen3-4B', 'Jan-v1-4B']);
    assert.deepEqual(await roots(), [
      'janhq: Hugging Face · 2 models',
      'jan:v2: catalogue file · 2 models',
    ]);
    await arrangement.arrange({ grouping: 'author' });
    assert.deepEqual((await roots()).sort(), [
      'Qwen: 1 model',
      'janhq: 1 model',
      'unsloth: 1 model',
    ]);
    await shared.put('hidden', 'Qwen/Qwen3-8B');
    assert.deepEqual((await roots()).sort(), ['janhq: 1 model', 'unsloth: 1 model']);
  });

  it('show what is hidden to who asks for it, and among favourites', async () => {
    fill();
    await shared.put('hidden', 'janhq/jan-code');
    await favourites.set('janhq/jan-code', true);
    assert.deepEqual(await inside('favourites '), ['jan-code']);
    await arrangement.arrange({ grouping: 'none' });
    arrangement.filterBy('@hidden');
    assert.deepEqual(await roots(), ['Favourites: 1 model', 'jan-code']);
  });
});
