import assert from 'node:assert/strict';
import { familyOf } from '../../../src/sync/family.ts';

describe('The family of a model', () => {
  for (const [id, family] of [
    ['unsloth/Qwen3-14B-GGUF', 'Qwen'],
    ['bartowski/Meta-Llama-3.1-8B-Instruct-GGUF', 'Llama'],
    ['cortexso/tinyllama', 'Llama'],
    ['janhq/Jan-v1-4B-GGUF', 'Jan'],
    ['mistralai/Devstral-Small-2507_gguf', 'Mistral'],
    ['microsoft/phi-4-gguf', 'Phi'],
    ['unsloth/gpt-oss-20b-GGUF', 'GPT'],
    ['bartowski/google_gemma-3n-E4B-it-GGUF', 'Gemma'],
    ['unsloth/DeepSeek-R1-Distill-Qwen-7B-GGUF', 'DeepSeek'],
    ['somebody/janitor-7b', undefined],
    ['somebody/qwenv-x', 'Qwen'],
    ['somebody/qwen2vl', 'Qwen'],
    ['somebody/gemmacoder', 'Gemma'],
    ['somebody/qwenx-7b', undefined],
    ['somebody/qwenmoex', undefined],
    ['somebody/qwenxmoe', undefined],
    ['somebody/qwenx2', undefined],
    ['somebody/phin-7b', undefined],
    ['somebody/janv', undefined],
    ['somebody/yi-6b', 'Yi'],
    ['somebody/my--qwen', 'Qwen'],
    ['somebody/model', undefined],
    ['qwen/other-model', undefined],
  ] as const) {
    it(`of ${id} is ${family}`, () => assert.equal(familyOf({ id }), family));
  }

  it('is not that of its author, nor of who made what it was made from', () => {
    const tags = ['base_model:quantized:qwen/other', 'qwen', 'license:llama3'];
    assert.equal(familyOf({ id: 'llama/other', tags }), undefined);
    assert.equal(familyOf({ id: 'x/other', tags: ['base_model:gemma-2b'] }), 'Gemma');
    assert.equal(
      familyOf({ id: 'x/other', tags: ['base_model:a/x', 'base_model:b/phi-4'] }),
      'Phi',
    );
  });

  it('is that of what it was made from, or of its architecture, where its name tells nothing', () => {
    const tags = ['base_model:quantized:Qwen/Qwen3-4B', 'conversational'];
    assert.equal(familyOf({ id: 'thedrummer/Cydonia', tags }), 'Qwen');
    assert.equal(familyOf({ id: 'thedrummer/Cydonia', architecture: 'llama' }), 'Llama');
    assert.equal(familyOf({ id: 'thedrummer/Cydonia', architecture: 'bert' }), undefined);
  });
});
