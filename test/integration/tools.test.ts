import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import type { RecommendAnswer } from '../../src/views/tools/recommendTool.ts';
import type { SearchAnswer } from '../../src/views/tools/searchTool.ts';
import { follow, hub, modelHubOf, SOURCES, stranger } from './modelHub.ts';

const MODEL = 'cortexso/tinyllama';

describe('The tools for language models', () => {
  let api: ModelHubApi;

  before(async () => {
    api = await modelHubOf(['hf:cortexso', 'hf:janhq']);
  });

  after(async () => {
    await hub.setFaults();
    await follow(SOURCES);
  });

  const invoke = async (
    name: string,
    input: object,
    token?: vscode.CancellationToken,
  ): Promise<unknown> => {
    const { content } = await vscode.lm.invokeTool(
      name,
      { input, toolInvocationToken: undefined },
      token,
    );
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value);
  };
  const search = async (input: object): Promise<SearchAnswer> =>
    (await invoke('modelHub_search', input)) as SearchAnswer;

  it('are there, with a description and a schema', () => {
    const tools = vscode.lm.tools.filter(({ name }) => name.startsWith('modelHub_'));
    assert.deepEqual(tools.map(({ name }) => name).sort(), [
      'modelHub_recommend',
      'modelHub_search',
    ]);
    for (const { description, inputSchema } of tools) {
      assert.ok(description.length > 200);
      assert.ok(inputSchema);
    }
  });

  it('search the catalogue as the user does', async () => {
    const { models } = await search({ query: 'tinyllama author:cortexso' });
    assert.equal(models[0]?.id, MODEL);
    const known = api.catalogue.model(MODEL);
    assert.equal(models[0].license, known?.license);
    assert.equal(models[0].parameters, known?.parameters);
    assert.match(models[0].recommended?.size ?? '', /^(?:≈ )?[\d.]+ [KMG]?B$/);
  });

  it('keep to the limit, and take the whole query language', async () => {
    const { models } = await search({ query: 'author:janhq sort:name', limit: 3 });
    const names = models.map(({ name }) => name.toLowerCase());
    assert.equal(names.length, 3);
    assert.deepEqual(names, names.toSorted());
    const { notUnderstood } = await search({ query: '@fitz' });
    assert.deepEqual(notUnderstood, [{ word: '@fitz', hint: '@fits' }]);
  });

  it('find on the Hub what no source lists', async () => {
    const id = await stranger(api);
    const { models } = await search({ query: id.slice(id.indexOf('/') + 1) });
    const found = models.find((model) => model.id === id);
    assert.equal(found?.foundOn, 'Hugging Face');
  });

  it('go on without the Hub', async () => {
    await hub.setFaults({ offline: true });
    const { models, notes } = await search({ query: 'tinyllama llama' });
    await hub.setFaults();
    assert.ok(models.every(({ foundOn }) => foundOn === undefined));
    assert.match(notes?.join() ?? '', /^Results of the catalogue only\./);
  });

  it('recommend a variant with the memory it takes', async () => {
    const answer = (await invoke('modelHub_recommend', {
      id: MODEL,
      contextLength: 2048,
    })) as RecommendAnswer;
    assert.ok(!('problem' in answer));
    const { machine, recommended, context } = answer;
    assert.match(machine?.memory ?? '', /GB$/);
    assert.equal(context, 2048);
    assert.match(recommended?.why ?? '', /\w+ \w+/);
    assert.match(recommended?.memory.total ?? '', /^≈ /);
  });

  it('say what is wrong with their input', async () => {
    await assert.rejects(invoke('modelHub_search', { query: 'x', limit: 1_000 }));
    const answer = (await invoke('modelHub_recommend', { id: '../..' })) as RecommendAnswer;
    assert.match('problem' in answer ? answer.problem : '', /This is no model/);
  });

  it('end when they are cancelled', async () => {
    const cancelling = new vscode.CancellationTokenSource();
    await hub.setFaults({ latencyMs: 60_000 });
    const asked = invoke('modelHub_search', { query: 'never seen before' }, cancelling.token);
    cancelling.cancel();
    await assert.rejects(asked);
    await hub.setFaults();
  });
});
