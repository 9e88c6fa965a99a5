import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { INDEX_VERSION } from '../../../../src/sync/cache/searchIndex.ts';
import { indexTerms, searchable } from '../../../../src/sync/cache/searchTerms.ts';
import type { ModelRecord } from '../../../../src/sync/model.ts';
import { NOON } from '../../support/fakeClock.ts';
import { exact, file } from '../../support/rows.ts';

/** Has something of everything that a row can be found by. */
const RECORD: ModelRecord = {
  id: 'janhq/Jan-v1-4B-GGUF',
  architecture: 'qwen3',
  task: 'image-text-to-text',
  library: 'transformers',
  license: 'apache-2.0',
  parameters: 4_022_468_096,
  tags: ['gguf', 'region:us', 'conversational'],
  description: 'Ein schönes Modell',
  takesTools: true,
  gated: 'auto',
  lastModified: NOON,
  variants: [{ name: 'Q4_K_M', files: [file('Q4_K_M.gguf')], size: exact(2_497_281_120) }],
};

describe('What rows are found by', () => {
  it('is another only with another version of the index, which has catalogues indexed anew', () => {
    const found = searchable('hf:janhq', RECORD);
    const digest = createHash('sha256')
      .update(JSON.stringify([found, indexTerms(found)]))
      .digest('hex');
    assert.deepEqual(
      { version: INDEX_VERSION, digest: digest.slice(0, 16) },
      { version: 2, digest: '41b3f62e810fbce9' },
      'Raise INDEX_VERSION, then note the new digest here.',
    );
  });
});
