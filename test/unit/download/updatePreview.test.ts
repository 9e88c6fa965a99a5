import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Recipes } from '../../../src/download/differential/recipes.ts';
import type { UpdatePreview } from '../../../src/download/model.ts';
import { previewUpdate } from '../../../src/download/updatePreview.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { bytesOf, MemoryIdentities, planned, planOf } from './support.ts';

const SIZE = 100_000;

describe('What an update of a split model would cost', () => {
  const folder = useTemporaryFolder();
  const names = ['m-1.gguf', 'm-2.gguf'];
  const files = names.map((name) => planned(name, bytesOf(name, SIZE)));

  /** @param found what is known of each part; undefined: nothing is like it */
  const preview = (found: readonly (Recipes | undefined)[]): Promise<UpdatePreview> => {
    const paths = names.map((name) => join(folder(), name));
    return previewUpdate(
      { plan: planOf(files), placement: { root: folder(), folder: folder(), paths } },
      new URL('https://hub.example'),
      {
        identities: new MemoryIdentities(),
        logger: collectingLogger(),
        differential: {
          findBasis: (_plan, file, path) =>
            Promise.resolve(found[files.indexOf(file)] && { path, size: file.size, sha256: 'old' }),
          recipes: (_source, file) => Promise.resolve(found[files.indexOf(file)]!),
          installed: () => undefined,
        },
      },
      new AbortController().signal,
    );
  };
  const part = (sureness: 'exact' | 'estimated'): Recipes => ({
    recipes: [
      { way: 'chunks', copies: [{ from: 0, to: 0, length: 90_000 }], fetched: [], sureness },
    ],
    tensors: { changed: 1, total: 97 },
  });

  it('counts the tensors of all parts together', async () => {
    const { tensors, bytes, way, sureness } = await preview([part('exact'), part('exact')]);
    assert.deepEqual(tensors, { changed: 2, total: 194 });
    assert.deepEqual([bytes, way, sureness], [20_000, 'chunks', 'exact']);
  });

  it('counts none where those of one part are not known', async () => {
    const { tensors, bytes, way } = await preview([part('exact'), undefined]);
    assert.equal(tensors, undefined);
    assert.deepEqual([bytes, way], [10_000 + SIZE, 'whole']);
  });

  it('is an estimate as soon as one part is', async () => {
    assert.equal((await preview([part('exact'), part('estimated')])).sureness, 'estimated');
  });
});
