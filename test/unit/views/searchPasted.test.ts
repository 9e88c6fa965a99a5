import assert from 'node:assert/strict';
import { pastedModel } from '../../../src/views/search/pastedModel.ts';

const HUB = 'https://huggingface.co';

describe('A model that is pasted', () => {
  const id = 'bartowski/Llama-3.2-1B.Instruct_GGUF';
  for (const text of [
    id,
    ` ${id}\n`,
    `https://huggingface.co/${id}`,
    `http://www.huggingface.co/${id}/`,
    `HTTPS://HuggingFace.co/${id}/tree/main?x=1#readme`,
    `https://huggingface.co/${id}/blob/main/model-Q4_K_M.gguf`,
    `https://huggingface.co/${id}/resolve/main/model.gguf?download=true`,
    `https://huggingface.co/api/models/${id}`,
    `huggingface.co/${id}`,
    `hf.co/${id}:Q4_K_M`,
    `hf download ${id} model.gguf --local-dir .`,
    `huggingface-cli download ${id}`,
    `llama-server -hf ${id}:Q8_0 -c 4096`,
    `ollama run hf.co/${id}:Q4_K_M`,
  ]) {
    it(`is recognised in ${JSON.stringify(text)}`, () => {
      assert.equal(pastedModel(text, HUB), id);
    });
  }

  it('is recognised at the mirror of the settings, and below its path', () => {
    assert.equal(pastedModel('https://hub.example.com/a/b/tree/main', HUB), undefined);
    assert.equal(pastedModel('https://hub.example.com/a/b', 'https://hub.example.com'), 'a/b');
    const below = 'https://example.com/hf/';
    assert.equal(pastedModel('https://example.com/hf/a/b', below), 'a/b');
    assert.equal(pastedModel('https://example.com/a/b', below), undefined);
  });

  for (const text of [
    '',
    '/',
    'qwen',
    'qwen 4b',
    'a/b qwen',
    'a/b/c',
    'a/',
    '../b',
    'a/b?c',
    'license:a/b',
    '@fits',
    'https://huggingface.co/',
    'https://huggingface.co/bartowski',
    'https://huggingface.co/datasets/a/b',
    'https://huggingface.co/spaces/a/b',
    'https://huggingface.co/api/datasets/a/b',
    'https://evil.example/a/b',
    'https://huggingface.co.evil.example/a/b',
    'https://[',
    `a/${'b'.repeat(97)}`,
  ]) {
    it(`is none in ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.equal(pastedModel(text, HUB), undefined);
    });
  }
});
