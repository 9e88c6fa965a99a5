import assert from 'node:assert/strict';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import { isAskable, offeredModels } from '../../../src/views/chat/offeredModels.ts';
import { jan, plainWording, SHA } from '../details/samples.ts';
import { entry, localFile, rowsOfEntry, snapshot, stranger } from './installedSamples.ts';

const API = 'http://127.0.0.1:39281/v1';
const CORTEX = { id: 'cortex', kind: 'cortex', name: 'Cortex', api: API, can: ['start'] } as const;
const SERVER = { id: 'server', kind: 'server', name: 'llama.cpp', api: API, can: [] } as const;

describe('The models that the chat has', () => {
  const list = (entries: readonly InstalledEntry[], ...offered: string[]) =>
    offeredModels(
      snapshot(entries),
      offered,
      (id) => (id === jan.id ? jan : undefined),
      plainWording,
    );

  it('are those that the user offers, whatever else there is', () => {
    const entries = ['a', 'b', 'c'].map((key) => entry({ key, running: true }, SERVER));
    assert.deepEqual(list(entries), []);
    assert.deepEqual(
      list(entries, 'c', 'gone', 'a').map(({ id }) => id),
      ['a', 'c'],
    );
  });

  it('are those that can be asked something now', () => {
    const { api, ...silent } = CORTEX;
    assert.equal(isAskable(entry({ running: false }, CORTEX)), true);
    assert.equal(isAskable(entry({ running: false }, silent)), false, `without ${api}`);
    assert.equal(isAskable(entry({ running: false }, SERVER)), true);
    assert.equal(isAskable(entry({ running: true, problem: 'Broken.' }, SERVER)), false);
    const janServer = { id: 'jan', kind: 'jan', name: 'Jan', api: API } as const;
    assert.equal(isAskable(entry({ running: false }, janServer)), false);
    assert.equal(isAskable(entry({ running: true }, janServer)), true);
    assert.equal(isAskable(entry()), false);
  });

  it('are told of as the runtime runs them', () => {
    const abilities = { contextLength: 8_192, takesTools: false, takesImages: true };
    const [model] = list([entry({ key: 'a', running: true, abilities }, SERVER)], 'a');
    assert.deepEqual(model, {
      id: 'a',
      name: 'Jan-v1-4B-Q4_K_M',
      family: 'Jan-v1-4B-Q4_K_M',
      version: SHA,
      detail: 'llama.cpp',
      tooltip: 'janhq/Jan-v1-4B-GGUF · Runs in llama.cpp · Context of 8,192 tokens',
      maxInputTokens: 6_144,
      maxOutputTokens: 2_048,
      capabilities: { imageInput: true, toolCalling: false },
    });
  });

  it('are told of as the catalogue knows them, where the runtime tells nothing', () => {
    const projector = { ...localFile('/models/mmproj.gguf', 1), role: 'projector' as const };
    const files = [localFile('/models/one.gguf', 1), projector];
    const [model] = list([entry({ key: 'a', running: false, files }, CORTEX)], 'a');
    assert.deepEqual(
      [model?.maxInputTokens, model?.maxOutputTokens, model?.capabilities, model?.tooltip],
      [
        ...[3_072, 1_024, { imageInput: true, toolCalling: true }],
        'janhq/Jan-v1-4B-GGUF · Cortex starts it with the first question · Its context is not known: 4,096 tokens are reckoned with',
      ],
    );
  });

  it('never have a larger context than they were trained for', () => {
    const entries = [entry({ key: 'a', running: true }, SERVER)];
    const short = { ...jan, contextLength: 2_048 };
    const [model] = offeredModels(snapshot(entries), ['a'], () => short, plainWording);
    assert.deepEqual([model?.maxInputTokens, model?.maxOutputTokens], [1_536, 512]);
    assert.match(model?.tooltip ?? '', /context is not known: 2,048 tokens/);
  });

  it('have a small context and nothing else where nobody knows', () => {
    const [model] = list([stranger({ key: 'a', running: true, runtime: SERVER })], 'a');
    assert.deepEqual(
      [model?.maxInputTokens, model?.maxOutputTokens, model?.capabilities],
      [3_072, 1_024, { imageInput: false, toolCalling: false }],
    );
    assert.match(model?.tooltip ?? '', /context is not known: 4,096 tokens/);
  });

  it('can be offered and withdrawn from their rows, which say so', () => {
    const running = entry({ running: true }, SERVER);
    const plain = rowsOfEntry(running).entry;
    assert.ok(plain.context.split(' ').includes('offerable'));
    const offered = rowsOfEntry(running, undefined, [running.key]).entry;
    assert.ok(offered.context.split(' ').includes('offered'));
    assert.ok(!offered.context.split(' ').includes('offerable'));
    assert.match(offered.description, /running · in the chat$/);
    assert.match(offered.spoken, /in the chat/);
    assert.doesNotMatch(rowsOfEntry(entry()).entry.context, /offer/);
  });
});
