import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Basis } from '../../../../src/download/differential/basis.ts';
import { CasClient } from '../../../../src/download/differential/casClient.ts';
import { ChunkStore } from '../../../../src/download/differential/chunkStore.ts';
import { Differ } from '../../../../src/download/differential/differ.ts';
import type { FileRequest } from '../../../../src/download/file/fileDownload.ts';
import { PartialFile, removePartial } from '../../../../src/download/file/partialFile.ts';
import type { PlannedFile } from '../../../../src/download/model.ts';
import { ggufRecipe, withChangedTensors } from '../../../hub/ggufRecipe.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useSharedHub } from '../../support/useHub.ts';
import { BOOTED, digestOf, failsWith, MODEL, useFileRig } from '../file/rig.ts';
import { ggufFile } from './support.ts';

const PATH = 'model-Q4_K.gguf';
const recipe = ggufRecipe({ tensors: 12, tensorBytes: 100_000 });
const changed = withChangedTensors(recipe, 2);

describe('An update whose process ended when all seemed to be there', function () {
  this.timeout(60_000);
  const hub = useSharedHub({ models: 20 });
  const rig = useFileRig();
  const folder = useTemporaryFolder();
  const [old, now] = [ggufFile(recipe), ggufFile(changed)];
  const file: PlannedFile = {
    ...{ path: PATH, size: now.length, digest: digestOf(now), role: 'weights' },
  };
  let revision: string;
  let store: ChunkStore;
  let logger: CollectingLogger;
  const hasFailed = (): boolean => logger.lines.some((line) => /seemed the same/.test(line));

  before(async () => {
    const body = JSON.stringify({ repository: MODEL, files: [{ path: PATH, gguf: changed }] });
    const answer = await fetch(`${hub().url}/__hub/commit`, { method: 'POST', body });
    ({ sha: revision } = (await answer.json()) as { readonly sha: string });
  });
  beforeEach(async () => {
    logger = collectingLogger();
    store = new ChunkStore({ storage: folder(), now: 0, logger });
    const partial = await PartialFile.open(rig().target, {
      ...{ model: MODEL, revision, path: PATH, size: file.size, digest: file.digest },
      bootedAt: BOOTED,
    });
    await partial.write(0, [old]);
    await partial.close();
  });
  afterEach(() => store.close());

  const goOn = async (
    basis: Basis | undefined,
    changes: Partial<FileRequest> = {},
  ): Promise<void> => {
    const { services, download } = rig();
    const differ = new Differ({
      ...{ cas: new CasClient(services), store, clock: services.clock, logger },
    });
    const source = { endpoint: new URL(hub().url), model: MODEL, revision };
    await download(hub().url, file, { source, basis, ...changes }, { differ, logger });
  };

  it('begins anew where it had copied what was not the same', async () => {
    const path = join(folder(), 'installed.gguf');
    writeFileSync(path, old);
    await goOn({ path, size: old.length, sha256: digestOf(old).hex });
    rig().assertInstalled(now);
  });

  it('does not try again what proved to be unlike it, and keeps what was fetched since', async () => {
    await removePartial(rig().target);
    const path = join(folder(), 'installed.gguf');
    const sparse = Buffer.from(now);
    // No sample is taken here, so that all seems to be the same.
    sparse[now.length - 30] = sparse[now.length - 30]! ^ 255;
    writeFileSync(path, sparse);
    const basis = { path, size: sparse.length, sha256: digestOf(sparse).hex };
    const aborting = new AbortController();
    const ending = goOn(basis, {
      signal: aborting.signal,
      flow: {
        connections: () => 1,
        take: () => {
          if (hasFailed()) aborting.abort();
          return undefined;
        },
      },
    });
    await failsWith(ending, 'cancelled');
    hub().resetStats();
    logger = collectingLogger();
    await goOn(basis);
    rig().assertInstalled(now);
    assert.ok((hub().stats().routes['cdn']?.bytesOut ?? 0) < 1.1 * now.length);
    assert.ok(!hasFailed());
  });

  it('says that the bytes are wrong where none of them were copied', async () => {
    await failsWith(goOn(undefined), 'mismatch');
    assert.equal(hub().stats().routes['cdn'], undefined);
  });
});
