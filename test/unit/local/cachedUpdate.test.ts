import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LocalModels } from '../../../src/local/localModels.ts';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody, tensorBytes } from '../../hub/gguf.ts';
import { ggufRecipe, withChangedTensors } from '../../hub/ggufRecipe.ts';
import { useCacheServer } from '../download/sharedCache/cacheServer.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { MODEL, useLocal } from '../support/useLocal.ts';

const PATH = 'tiny-Q4_K.gguf';
const TENSORS = 40;
const CHANGED = [1, 4];
const recipe = ggufRecipe({ tensors: TENSORS, tensorBytes: 300_000 });
const newer = withChangedTensors(recipe, ...CHANGED);
/** In more than one xorb, each of which can be proven. */
const large = ggufRecipe({ tensors: TENSORS, tensorBytes: 2_000_000 });
const SIZE = ggufBody(recipe).size;
const TENSOR = tensorBytes(recipe.tensors[0]!);

describe('A file of which a shared cache has the newest revision', function () {
  this.timeout(120_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);
  const cache = useCacheServer();

  const publish = (gguf: GgufRecipe) => rig().upload([{ path: PATH, gguf, xet: true }]);
  const open = () => rig().open({ sharedCache: { url: cache().url, access: 'read' } });
  const fromHub = (): number =>
    ['cdn', 'xorb'].reduce((sum, name) => sum + (hub().stats().routes[name]?.bytesOut ?? 0), 0);

  async function fetchNewest(local: LocalModels): Promise<void> {
    const before = rig().finished.length;
    const failed = () =>
      rig()
        .downloads.at(-1)
        ?.find(({ state }) => state === 'failed')?.failure?.message;
    const plan = { ...(await rig().plan('tiny-Q4_K')), isPublic: true } as const;
    await local.download(plan, 'folder');
    await until(() => rig().finished.length > before || failed() !== undefined);
    assert.equal(failed(), undefined);
    const found = readFileSync(rig().path('models', ...MODEL.split('/'), PATH));
    assert.equal(createHash('sha256').update(found).digest('hex'), plan.files[0]?.digest.hex);
  }

  it('is updated from this machine, and only what is missing is asked for there', async () => {
    const local = open();
    await publish(recipe);
    await fetchNewest(local);
    await until(() => rig().entry()?.identity === 'proven');
    await publish(newer);
    cache().put(bytesOf(newer));
    hub().resetStats();
    await fetchNewest(local);
    assert.equal(fromHub(), 0);
    const { cachedBytes = 0 } = rig().finished[1]!;
    assert.ok(cachedBytes >= CHANGED.length * TENSOR, `${cachedBytes} bytes`);
    assert.ok(cachedBytes < SIZE / 2, `${cachedBytes} of ${SIZE} bytes`);
  });

  it('is mended from the Hub where the cache has some wrong bytes, and not fetched as a whole', async () => {
    await publish(large);
    const wrong = bytesOf(large);
    const size = wrong.length;
    wrong[size - 1_000]! ^= 1;
    cache().put(bytesOf(large), wrong);
    hub().resetStats();
    await fetchNewest(open());
    assert.ok(fromHub() > 0);
    assert.ok(fromHub() < size / 2, `${fromHub()} of ${size} bytes`);
    assert.match(rig().logger.lines.join('\n'), /has wrong bytes as .* It is not used any more/);
  });
});

function bytesOf(gguf: GgufRecipe): Buffer {
  const body = ggufBody(gguf);
  return Buffer.concat([...body.read(0, body.size)]);
}
