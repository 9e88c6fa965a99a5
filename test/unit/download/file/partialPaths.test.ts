import assert from 'node:assert/strict';
import { partialPaths } from '../../../../src/download/file/partialPaths.ts';

describe('The files beside a target', () => {
  it('are named after it, and stay so: what an earlier version left is found by these names', () => {
    assert.deepEqual(partialPaths('/m/a.gguf'), {
      partial: '/m/a.gguf.partial',
      journal: '/m/a.gguf.partial.journal',
      lock: '/m/a.gguf.partial.lock',
      verified: '/m/a.gguf.partial.verified',
    });
  });
});
