import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { getChunks } from '@huggingface/xetchunk-wasm';
import type { Copy, Recipe } from '../../../../src/download/differential/recipe.ts';
import { copied } from '../../../../src/download/differential/recipe.ts';
import type { Range } from '../../../../src/download/file/ranges.ts';
import { RangeSet } from '../../../../src/download/file/ranges.ts';
import type { Recipes } from '../../../../src/download/differential/recipes.ts';
import { findRecipes } from '../../../../src/download/differential/recipes.ts';
import { RemoteBytes } from '../../../../src/download/differential/remoteBytes.ts';
import { copiesByTerms } from '../../../../src/download/differential/terms.ts';
import { SyncError } from '../../../../src/sync/errors.ts';
import type { GgufRecipe } from '../../../hub/gguf.ts';
import { tensorBytes, tensorDataStart } from '../../../hub/gguf.ts';
import {
  ggufRecipe,
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../../hub/ggufRecipe.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { planned, sha256 } from '../support.ts';
import { ggufFile, RemoteFile, seededBytes, Storage } from './support.ts';

const TENSORS = 24;
const recipe = ggufRecipe({ tensors: TENSORS, tensorBytes: 400_000 });
const TENSOR = tensorBytes(recipe.tensors[0]!);
const LONG_TEMPLATE = { 'tokenizer.chat_template': 'y'.repeat(30_000) };
const never = new AbortController().signal;

/** What is left to be fetched of a file of so many bytes. */
function missingRanges(
  { copies, fetched }: Pick<Recipe, 'copies' | 'fetched'>,
  size: number,
): readonly Range[] {
  const there = copied(copies);
  for (const { start, bytes } of fetched) there.add({ start, end: start + bytes.length });
  return there.missing({ start: 0, end: size });
}

describe('Recipes for an update', () => {
  const folder = useTemporaryFolder();

  interface Found extends Recipes {
    readonly remote: RemoteFile;
    readonly made: readonly Buffer[];
    readonly after: Buffer;
  }

  /** @param storage absent: nobody can be asked what the files are made of */
  async function find(before: Buffer, after: Buffer, storage?: Storage): Promise<Found> {
    const path = join(folder(), 'installed.gguf');
    writeFileSync(path, before);
    const old = storage?.upload(before);
    const now = storage?.upload(after);
    const remote = new RemoteFile(after);
    const found = await findRecipes({
      file: planned('model.gguf', after),
      basis: { path, size: before.length, sha256: sha256(before) },
      remote: new RemoteBytes(remote, after.length),
      chunkCopies: () => chunkCopies(),
      logger: collectingLogger(),
      signal: never,
    });
    async function chunkCopies(): Promise<readonly Copy[] | undefined> {
      if (old === undefined || now === undefined) return undefined;
      return await copiesByTerms(old, now, ({ offset, length }) =>
        Promise.resolve(getChunks(before.subarray(offset, offset + length)).map((c) => c.length)),
      );
    }
    return { ...found, remote, after, made: found.recipes.map((one) => make(one, before, after)) };
  }

  function make({ copies, fetched }: Recipe, before: Buffer, after: Buffer): Buffer {
    const made = Buffer.alloc(after.length);
    for (const { from, to, length } of copies) before.copy(made, to, from, from + length);
    for (const { start, bytes } of fetched) made.set(bytes, start);
    for (const { start, end } of missingRanges({ copies, fetched }, after.length)) {
      after.copy(made, start, start, end);
    }
    return made;
  }

  const bytesFetched = ({ recipes: [first], remote, after }: Found): number =>
    remote.sentBytes +
    (first === undefined ? after.length : new RangeSet(missingRanges(first, after.length)).bytes);
  const file = (one: GgufRecipe): Buffer => ggufFile(one);

  for (const [name, storage] of [
    ['where the storage can be asked', () => new Storage()],
    ['where it cannot', () => undefined],
  ] as const) {
    describe(name, () => {
      it('splice a header that became longer, for little more than its bytes', async () => {
        const changed = withMetadata(recipe, LONG_TEMPLATE);
        const found = await find(file(recipe), file(changed), storage());
        assert.equal(found.recipes[0]?.way, 'splice');
        assert.ok(found.made[0]?.equals(found.after));
        assert.deepEqual(found.tensors, { changed: 0, total: TENSORS });
        const bytes = bytesFetched(found);
        assert.ok(bytes <= tensorDataStart(changed) + 64 * 1024, String(bytes));
      });

      it('splice a header that became shorter', async () => {
        const longer = withMetadata(recipe, LONG_TEMPLATE);
        const found = await find(file(longer), file(recipe), storage());
        assert.equal(found.recipes[0]?.way, 'splice');
        assert.ok(found.made[0]?.equals(found.after));
      });

      it('take an inserted tensor alone', async () => {
        const found = await find(file(recipe), file(withInsertedTensor(recipe, 9)), storage());
        assert.equal(found.recipes[0]?.way, 'chunks');
        assert.ok(found.made[0]?.equals(found.after));
        assert.deepEqual(found.tensors, { changed: 1, total: TENSORS + 1 });
        assert.ok(bytesFetched(found) < TENSOR + 600_000, String(bytesFetched(found)));
      });

      it('are none where all was quantised anew, which few bytes tell', async () => {
        const found = await find(file(recipe), file(requantised(recipe, 'Q8_0')), storage());
        assert.deepEqual(found.recipes, []);
        assert.deepEqual(found.tensors, { changed: TENSORS, total: TENSORS });
        assert.ok(found.remote.sentBytes < tensorDataStart(recipe) + 64 * 1024);
      });

      it('are none where the same tensors have other values', async () => {
        const all = withChangedTensors(recipe, ...recipe.tensors.keys());
        const found = await find(file(recipe), file(all), storage());
        assert.deepEqual(found.recipes, []);
        assert.deepEqual(found.tensors, { changed: TENSORS, total: TENSORS });
      });
    });
  }

  it('take the changed tensors alone where the storage can be asked', async () => {
    const changed = withChangedTensors(recipe, 3, 4, 17);
    const found = await find(file(recipe), file(changed), new Storage());
    assert.equal(found.recipes[0]?.way, 'chunks');
    assert.ok(found.made[0]?.equals(found.after));
    assert.deepEqual(found.tensors, { changed: 3, total: TENSORS });
    assert.ok(bytesFetched(found) < 3 * TENSOR + 900_000, String(bytesFetched(found)));
  });

  it('fetch nothing of a long header that the storage knows to be here', async () => {
    const words = seededBytes(7, 1_500_000).toString('hex');
    const long = withMetadata(recipe, { 'tokenizer.ggml.tokens': words });
    const changed = withChangedTensors(long, 17);
    const found = await find(file(long), file(changed), new Storage());
    assert.ok(found.made[0]?.equals(found.after));
    assert.deepEqual(found.tensors, { changed: 1, total: TENSORS });
    assert.ok(bytesFetched(found) < TENSOR + 300_000, String(bytesFetched(found)));
  });

  it('fetch the header if the installed file became shorter than it was', async () => {
    const before = file(withMetadata(recipe, LONG_TEMPLATE));
    const after = file(withChangedTensors(withMetadata(recipe, LONG_TEMPLATE), 3));
    const path = join(folder(), 'installed.gguf');
    writeFileSync(path, before.subarray(0, 4_000_000));
    const remote = new RemoteFile(after);
    const copy = { from: 4_100_000, to: 0, length: 1_000_000 };
    const found = await findRecipes({
      file: planned('model.gguf', after),
      basis: { path, size: before.length, sha256: sha256(before) },
      remote: new RemoteBytes(remote, after.length),
      chunkCopies: () => Promise.resolve([copy]),
      logger: collectingLogger(),
      signal: never,
    });
    const [recipeFound] = found.recipes;
    assert.equal(found.tensors?.total, TENSORS);
    assert.deepEqual(recipeFound?.copies[0], copy);
    const [header] = recipeFound.fetched;
    assert.ok(header?.start === 0 && after.subarray(0, header.bytes.length).equals(header.bytes));
  });

  it('try equal tensors that the storage has under other names, and have another way ready', async () => {
    const before = file(recipe);
    const after = file(withMetadata(recipe, LONG_TEMPLATE));
    const apart = new Storage();
    const old = apart.upload(before.subarray(0, 5_000_000));
    const path = join(folder(), 'installed.gguf');
    writeFileSync(path, before);
    const remote = new RemoteFile(after);
    const shift = after.length - before.length;
    const half = old.reduce((sum, { length }) => sum + length, 0);
    const found = await findRecipes({
      file: planned('model.gguf', after),
      basis: { path, size: before.length, sha256: sha256(before) },
      remote: new RemoteBytes(remote, after.length),
      chunkCopies: () =>
        Promise.resolve([{ from: 1_000_000, to: 1_000_000 + shift, length: half - 1_000_000 }]),
      logger: collectingLogger(),
      signal: never,
    });
    assert.deepEqual(
      found.recipes.map(({ way }) => way),
      ['splice', 'chunks'],
    );
    assert.ok(found.recipes.every((one) => make(one, before, after).equals(after)));
  });

  it('take the changed tensors alone also where the storage cannot be asked', async () => {
    const changed = withChangedTensors(recipe, 3, 4, 17);
    const found = await find(file(recipe), file(changed));
    assert.equal(found.recipes[0]?.way, 'chunks');
    assert.equal(found.recipes[0].sureness, 'estimated');
    assert.ok(found.made[0]?.equals(found.after));
    assert.deepEqual(found.tensors, { changed: 3, total: TENSORS });
  });

  it('do not try a short stretch that the storage does not vouch for: a few bytes did change', async () => {
    const before = file(recipe);
    const after = Buffer.from(before);
    after[5_000_000] = after[5_000_000]! ^ 255;
    const found = await find(before, after, new Storage());
    assert.equal(found.recipes.length, 1);
    assert.equal(found.recipes[0]?.sureness, 'exact');
    assert.ok(found.made[0]?.equals(after));
    assert.deepEqual(found.tensors, { changed: 1, total: TENSORS });
  });

  it('make the wrong file where a sample is equal and the tensor is not, so another is tried', async () => {
    const before = file(recipe);
    const after = Buffer.from(before);
    // A single byte, far from the middle of the last tensor.
    after[after.length - 40] = after[after.length - 40]! ^ 255;
    const found = await find(before, after);
    assert.equal(found.recipes[0]?.way, 'splice');
    assert.equal(found.recipes[0].sureness, 'estimated');
    assert.ok(!found.made[0]!.equals(after), 'only the digest can tell');
  });

  it('go by the storage alone for files that have no tensors', async () => {
    const before = seededBytes(1, 3_000_000);
    const after = Buffer.concat([before.subarray(0, 1_500_000), seededBytes(2, 50_000)]);
    const found = await find(before, after, new Storage());
    assert.equal(found.tensors, undefined);
    assert.ok(found.made[0]?.equals(after));
    assert.deepEqual((await find(before, after)).recipes, []);
  });

  it('fail where the Hub cannot be reached, since nothing could be fetched either', async () => {
    const before = file(recipe);
    const path = join(folder(), 'installed.gguf');
    writeFileSync(path, before);
    const offline = { ask: () => Promise.reject(new SyncError('offline', 'no network')) };
    await assert.rejects(
      findRecipes({
        file: planned('model.gguf', before),
        basis: { path, size: before.length, sha256: '' },
        remote: new RemoteBytes(offline, before.length),
        chunkCopies: () => Promise.resolve(undefined),
        logger: collectingLogger(),
        signal: never,
      }),
      { kind: 'offline' },
    );
  });

  it('fail as the file system does if the installed file is gone', async () => {
    const after = file(recipe);
    await assert.rejects(
      findRecipes({
        file: planned('model.gguf', after),
        basis: { path: join(folder(), 'gone'), size: 1, sha256: '' },
        remote: new RemoteBytes(new RemoteFile(after), after.length),
        chunkCopies: () => Promise.resolve(undefined),
        logger: collectingLogger(),
        signal: never,
      }),
    );
    await assert.rejects(open(join(folder(), 'gone')));
  });
});
