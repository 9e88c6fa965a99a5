import assert from 'node:assert/strict';
import type { SearchFilters } from '../../../src/sync/cache/search.ts';
import type { ModelRecord } from '../../../src/sync/model.ts';
import { answersTo } from '../../../src/views/search/modelFilter.ts';
import { row } from '../support/rows.ts';
import { useCatalogue } from '../support/useCatalogue.ts';
import { variant } from './searchSamples.ts';

const HF = 'hf:janhq';
const mmproj = { path: 'mmproj.gguf', size: { sureness: 'unknown' } } as const;

const RECORDS: readonly ModelRecord[] = [
  { id: 'a/bare' },
  { id: 'a/mit', license: 'mit', task: 'text-generation', library: 'gguf', tags: ['chat'] },
  { id: 'b/tools', takesTools: true, architecture: 'qwen3', parameters: 4e9, gated: 'auto' },
  { id: 'b/none', takesTools: false, architecture: 'llama', parameters: 8e9, gated: false },
  { id: 'c/sees', task: 'image-text-to-text', tags: ['chat', 'vision'], gated: 'manual' },
  { id: 'c/projector', variants: [{ ...variant('Q4_K_M', 2e9), mmproj }, variant('Q8_0', 5e9)] },
  { id: 'c/large', variants: [variant('Q4_K_M', 40e9, false)] },
];

const FILTERS: readonly SearchFilters[] = [
  {},
  { author: 'B' },
  { license: 'MIT' },
  { task: 'text-generation' },
  { library: 'GGUF' },
  { architecture: 'Qwen3' },
  { tags: ['chat'] },
  { tags: ['chat', 'Vision'] },
  { takesTools: true },
  { takesTools: false },
  { vision: true },
  { vision: false },
  { gated: true },
  { gated: false },
  { maxBytes: 3e9 },
  { minBytes: 3e9 },
  { minBytes: 3e9, maxBytes: 6e9 },
  { minBytes: 6e9, maxBytes: 30e9 },
  { minParameters: 4e9 },
  { maxParameters: 4e9 },
  { author: 'b', minParameters: 5e9, maxParameters: 9e9 },
];

describe('A filter means the same for the Hub as for the catalogue', () => {
  const catalogue = useCatalogue();

  for (const filters of FILTERS) {
    it(JSON.stringify(filters), () => {
      catalogue().apply(HF, { added: RECORDS.map((record) => row(record)) });
      const search = (asked: SearchFilters) =>
        catalogue().reader.search({
          ...{ text: '', sources: [HF], filters: asked, sort: 'name', offset: 0, limit: 100 },
        });
      const all = search({});
      assert.equal(all.length, RECORDS.length);
      const expected = search(filters).map(({ id }) => id);
      assert.deepEqual(
        all.filter((model) => answersTo(model, filters)).map(({ id }) => id),
        expected,
      );
    });
  }
});
