import assert from 'node:assert/strict';
import { ChunkStore } from '../../../../src/download/differential/chunkStore.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

describe('What files are made of', () => {
  const folder = useTemporaryFolder();

  it('is kept of as many files as it says, though each is noted twice', () => {
    const logger = collectingLogger();
    const store = new ChunkStore({ storage: folder(), now: NOON, logger, mostFiles: 3 });
    try {
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (const name of names) {
        store.remember(name, { terms: [] });
        store.remember(name, { terms: [], chunks: [{ length: 1, mark: '00'.repeat(8) }] });
      }
      const kept = names.filter((name) => store.find(name)?.chunks !== undefined);
      assert.deepEqual(kept, ['c', 'd', 'e']);
      assert.deepEqual(logger.at('warn'), []);
    } finally {
      store.close();
    }
  });
});
