import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { budgetOf } from '../../../src/device/hardware.ts';
import type { Hardware } from '../../../src/device/hardware.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import type { Model } from '../../../src/sync/model.ts';
import type { RecommendToolServices } from '../../../src/views/tools/recommendTool.ts';
import { recommendVariant } from '../../../src/views/tools/recommendTool.ts';
import type { SearchToolServices } from '../../../src/views/tools/searchTool.ts';
import { searchModels } from '../../../src/views/tools/searchTool.ts';
import {
  readRecommendInput,
  readSearchInput,
  ToolInputError,
} from '../../../src/views/tools/toolInputs.ts';
import { file, plainWording, SHA } from '../details/samples.ts';
import { GIB, model, variant } from './searchSamples.ts';

const HARDWARE: Hardware = {
  ...{ memory: 16 * GIB, unified: false, said: [] },
  gpus: [{ name: 'RTX', memory: 8 * GIB }],
};
const { signal } = new AbortController();

describe('The tool that searches', () => {
  const small = model('a/small', {
    ...{ license: 'mit', parameters: 4e9, lastModified: Date.UTC(2026, 4, 6), gated: 'auto' },
    variants: [variant('Q4_K_M', 2 * GIB), variant('Q8_0', 4 * GIB, false)],
  });
  const large = model('b/large', { variants: [variant('Q4_K_M', 40 * GIB)] });
  const services = (changes: Partial<SearchToolServices> = {}): SearchToolServices => ({
    search: ({ text, only }) =>
      [small, large].filter(
        ({ id }) => id.includes(text) && (only === undefined || only.includes(id)),
      ),
    searchHub: () => Promise.resolve([]),
    budget: () => Promise.resolve(budgetOf(HARDWARE)),
    installed: () => Promise.resolve(new Set(['b/large'])),
    favourites: () => [],
    hidden: () => [],
    ...changes,
  });
  const search = (
    query: string,
    changes: Partial<SearchToolServices> = {},
    limit = 10,
  ): ReturnType<typeof searchModels> => searchModels({ query, limit }, services(changes), signal);

  it('tells what is asked for, with the variant for this machine', async () => {
    const { models } = await search('small');
    assert.deepEqual(models, [
      {
        ...{ id: 'a/small', name: 'small', parameters: 4e9, license: 'mit' },
        ...{ updated: '2026-05-06', gated: true },
        recommended: {
          ...{ variant: 'Q4_K_M', name: 'model-Q4_K_M', size: '2 GB', bytes: 2 * GIB, fit: 'gpu' },
        },
      },
    ]);
  });

  it('takes the flags of the query language, and tells what it does not understand', async () => {
    const fitting = await search('@fits');
    assert.deepEqual(
      fitting.models.map(({ id }) => id),
      ['a/small'],
    );
    const installed = await search('@installed');
    assert.deepEqual(
      installed.models.map(({ id, installed: is }) => [id, is]),
      [['b/large', true]],
    );
    const { notUnderstood } = await search('@fitz');
    assert.deepEqual(notUnderstood, [{ word: '@fitz', hint: '@fits' }]);
  });

  it('says why it finds nothing where this machine is not known', async () => {
    const { models, notes } = await search('@fits', { budget: () => Promise.resolve(undefined) });
    assert.deepEqual(models, []);
    assert.match(notes?.join() ?? '', /memory of this machine is not known/);
  });

  it('adds what the Hub finds, once, filtered in the same way and marked', async () => {
    const found = [
      small,
      model('c/small-too', { variants: [variant('Q4_K_M', GIB)] }),
      model('d/small-huge', { variants: [variant('Q4_K_M', 99 * GIB)] }),
    ];
    const { models } = await search('small @fits', { searchHub: () => Promise.resolve(found) });
    assert.deepEqual(
      models.map(({ id, foundOn }) => [id, foundOn]),
      [
        ['a/small', undefined],
        ['c/small-too', 'Hugging Face'],
      ],
    );
  });

  it('does not ask the Hub for more than is wanted', async () => {
    const searchHub = (): never => assert.fail('the Hub was asked');
    const { models } = await search('a', { searchHub }, 1);
    assert.equal(models.length, 1);
  });

  it('goes on with the catalogue where the Hub cannot be asked, and says so', async () => {
    const searchHub = (): Promise<never> =>
      Promise.reject(new SyncError('offline', 'The Hub cannot be reached.'));
    const { models, notes } = await search('small', { searchHub });
    assert.equal(models.length, 1);
    assert.deepEqual(notes, ['Results of the catalogue only. The Hub cannot be reached.']);
  });

  it('ends when it is cancelled', async () => {
    const cancelling = new AbortController();
    const searchHub = (_: unknown, given: AbortSignal): Promise<never> => {
      cancelling.abort();
      return Promise.reject(given.reason as Error);
    };
    const input = { query: 'small', limit: 10 };
    const asked = searchModels(input, services({ searchHub }), cancelling.signal);
    await assert.rejects(asked, { name: 'AbortError' });
  });
});

describe('The tool that recommends', () => {
  const known = model('a/model', {
    ...{ sha: SHA, parameters: 8e9, contextLength: 32_768 },
    variants: [variant('Q4_K_M', 5 * GIB, false), variant('Q8_0', 9 * GIB, false)],
  });
  const services = (changes: Partial<RecommendToolServices> = {}): RecommendToolServices => ({
    model: (id) => (id === known.id ? known : undefined),
    lookUp: () => Promise.resolve(undefined),
    files: () => Promise.resolve([file('m-Q4_K_M.gguf', 5 * GIB), file('m-Q8_0.gguf', 9 * GIB)]),
    hardware: () => Promise.resolve(HARDWARE),
    huggingFace: () => 'https://huggingface.co',
    wording: plainWording,
    ...changes,
  });
  const ask = async (
    changes: Partial<RecommendToolServices> = {},
    input: { id?: string; contextLength?: number } = {},
  ): Promise<Exclude<Awaited<ReturnType<typeof recommendVariant>>, { problem: string }>> => {
    const told = await recommendVariant({ id: 'a/model', ...input }, services(changes), signal);
    assert.ok(!('problem' in told), JSON.stringify(told));
    return told;
  };

  it('names the variant, why, and the memory it needs, from exact sizes', async () => {
    const { recommended, machine, context, variants } = await ask();
    assert.equal(recommended?.variant, 'Q4_K_M');
    assert.equal(recommended.size, '5 GB');
    assert.equal(recommended.fit, 'gpu');
    assert.match(recommended.why, /best quality that the graphics hold.*context of 8,192 tokens/);
    assert.deepEqual(recommended.memory, {
      ...{ weights: '5 GB', context: '≈ 1 GB', overhead: '≈ 535 MB', total: '≈ 6.5 GB' },
    });
    assert.deepEqual(machine?.graphics, ['RTX, 8 GB']);
    assert.equal(context, 8_192);
    assert.deepEqual(
      variants.map(({ variant: name, fit }) => [name, fit]),
      [
        ['Q4_K_M', 'gpu'],
        ['Q8_0', 'memory'],
      ],
    );
  });

  it('reckons with the context that is asked for', async () => {
    const { recommended, context, notes } = await ask({}, { contextLength: 65_536 });
    assert.equal(context, 65_536);
    assert.equal(recommended?.fit, 'tight');
    assert.deepEqual(notes, ['The model was made for a context of 32768 tokens at most.']);
  });

  it('takes estimates where the file list cannot be had, and says so', async () => {
    const files = (): Promise<never> => Promise.reject(new SyncError('offline', 'Offline.'));
    const { recommended, notes } = await ask({ files });
    assert.equal(recommended?.size, '≈ 5 GB');
    assert.deepEqual(notes, ['Sizes are estimates. Offline.']);
  });

  it('looks up what no source lists, and takes an address', async () => {
    const asked: string[] = [];
    const lookUp = (id: string): Promise<Model> => {
      asked.push(id);
      return Promise.resolve({ ...known, id });
    };
    const { id } = await ask({ lookUp }, { id: 'https://huggingface.co/x/y' });
    assert.equal(id, 'x/y');
    assert.deepEqual(asked, ['x/y']);
  });

  it('says that a model is none, or unknown', async () => {
    const told = async (id: string): Promise<unknown> => {
      const answer = await recommendVariant({ id }, services(), signal);
      return 'problem' in answer && answer.problem;
    };
    assert.match(String(await told('../../etc/passwd')), /This is no model/);
    assert.match(String(await told('nobody/knows')), /Neither the catalogue nor Hugging Face/);
  });

  it('tells sizes where this machine is not known, and recommends nothing', async () => {
    const answer = await ask({ hardware: () => Promise.resolve(undefined) });
    assert.equal(answer.recommended, undefined);
    assert.equal(answer.variants.length, 2);
    assert.match(answer.notes?.join() ?? '', /memory of this machine is not known/);
  });
});

describe('The input of the tools', () => {
  it('is completed', () => {
    assert.deepEqual(readSearchInput({ query: 'x' }), { query: 'x', limit: 10 });
    assert.deepEqual(readRecommendInput({ id: 'a/b' }), { id: 'a/b' });
  });

  const wrong: readonly unknown[] = [null, 'x', {}, { query: 7 }, { query: 'x'.repeat(501) }];
  for (const input of [...wrong, { query: 'x', limit: 0 }, { query: 'x', limit: 26 }]) {
    it(`is not ${JSON.stringify(input).slice(0, 40)}`, () => {
      assert.throws(() => readSearchInput(input), ToolInputError);
    });
  }

  it('is checked as the manifest tells it to language models', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: {
        languageModelTools: {
          name: string;
          inputSchema: {
            required: string[];
            properties: Record<string, Record<string, unknown>>;
          };
        }[];
      };
    };
    const [search, recommend] = manifest.contributes.languageModelTools;
    assert.deepEqual(search?.inputSchema.required, ['query']);
    assert.deepEqual(recommend?.inputSchema.required, ['id']);
    const { limit, query } = search.inputSchema.properties;
    const { contextLength } = recommend.inputSchema.properties;
    const takes = (length: unknown): unknown =>
      readRecommendInput({ id: 'a/b', contextLength: length });
    assert.ok(readSearchInput({ query: 'x'.repeat(Number(query?.['maxLength'])) }));
    assert.equal(readSearchInput({ query: 'x' }).limit, limit?.['default']);
    for (const bound of ['minimum', 'maximum']) {
      assert.ok(readSearchInput({ query: '', limit: limit?.[bound] }));
      assert.ok(takes(contextLength?.[bound]));
    }
    assert.throws(() => takes(Number(contextLength?.['maximum']) + 1), ToolInputError);
    assert.throws(() => takes(Number(contextLength?.['minimum']) - 1), ToolInputError);
  });
});
