import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { CasClient } from '../../../../src/download/differential/casClient.ts';
import { ChunkStore } from '../../../../src/download/differential/chunkStore.ts';
import { Differ } from '../../../../src/download/differential/differ.ts';
import { XetSource } from '../../../../src/download/differential/xetSource.ts';
import type { FileSource } from '../../../../src/download/file/fileDownload.ts';
import type { PlannedFile } from '../../../../src/download/model.ts';
import { ggufBody } from '../../../hub/gguf.ts';
import { ggufRecipe } from '../../../hub/ggufRecipe.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useSharedHub } from '../../support/useHub.ts';
import { digestOf, failsWith, MODEL, useFileRig } from '../file/rig.ts';
import { ggufFile } from './support.ts';

const PATH = 'huge-F32.gguf';
const recipe = ggufRecipe({ tensors: 12, tensorBytes: 1_000_000, type: 'F32' });
const TOO_BIG = { repositories: { [MODEL]: { xetOnly: PATH } } };

describe('A file that is too big for plain HTTP', function () {
  this.timeout(60_000);
  const hub = useSharedHub({ models: 20 });
  const rig = useFileRig();
  const folder = useTemporaryFolder();
  const bytes = ggufFile(recipe);
  const file: PlannedFile = {
    ...{ path: PATH, size: bytes.length, digest: digestOf(bytes), role: 'weights' },
  };
  let source: FileSource;
  let store: ChunkStore;

  before(async () => {
    const body = JSON.stringify({
      repository: MODEL,
      files: [{ path: PATH, gguf: recipe, xet: true }],
    });
    const answer = await fetch(`${hub().url}/__hub/commit`, { method: 'POST', body });
    const { sha } = (await answer.json()) as { readonly sha: string };
    source = { endpoint: new URL(hub().url), model: MODEL, revision: sha };
    assert.equal(ggufBody(recipe).size, bytes.length);
  });
  beforeEach(() => {
    store = new ChunkStore({ storage: folder(), now: 0, logger: rig().logger });
  });
  afterEach(() => store.close());

  const download = async (largestPlainFile: number): Promise<void> => {
    const { services, logger, download: start } = rig();
    const { clock } = services;
    const cas = new CasClient(services);
    const differ = new Differ({ cas, store, largestPlainFile, clock, logger });
    await start(hub().url, file, { source }, { differ });
    assert.ok(readFileSync(rig().target).equals(bytes));
  };

  it('cannot be had in any other way', async () => {
    hub().setFaults(TOO_BIG);
    await failsWith(download(bytes.length), 'forbidden');
  });

  it('comes out of Xet storage, whole and right', async () => {
    hub().setFaults(TOO_BIG);
    await download(bytes.length - 1);
    assert.equal(hub().stats().routes['cdn'], undefined);
    assert.deepEqual(hub().stats().countedDownloads, {});
  });

  it('comes where the storage knows the older route only', async () => {
    for (const status of [404, 501]) {
      hub().setFaults({ ...TOO_BIG, rules: [{ match: 'xet-v2', status }] });
      await download(1);
    }
  });

  it('goes on when its token is withdrawn, and when an address is refused', async () => {
    hub().setFaults({
      ...TOO_BIG,
      rules: [{ match: 'xet-xorb', status: { code: 403, count: 1 } }],
    });
    await download(1);
    hub().setFaults({ ...TOO_BIG, revokeXetTokens: true });
    await download(1);
  });

  it('is fetched on in plain ranges while it is not too big', async () => {
    await download(bytes.length);
    assert.equal(hub().stats().routes['xet-v2'], undefined);
  });

  it('is refused in words where what the storage hands out makes no sense', async () => {
    const { services } = rig();
    const address = `${hub().url}/${MODEL}/resolve/${source.revision}/${PATH}`;
    const head = await fetch(address, { method: 'HEAD', redirect: 'manual' });
    const hash = head.headers.get('x-xet-hash') ?? '';
    const senseless = new XetSource(source, file, hash, new CasClient(services), {
      ...services,
      send: async (request) => {
        const answer = await services.send(request);
        return { ...answer, body: noise(answer.body) };
      },
    });
    assert.equal(senseless.host, source.endpoint.host);
    const controller = new AbortController();
    const range = { start: 0, end: bytes.length };
    const { response } = await senseless.ask(range, controller.signal);
    await failsWith(buffer(response.body), 'badAnswer', /cannot be put together/);
    controller.abort(); // as a download does that has failed
  });
});

/** As many bytes, and none of them right. */
async function* noise(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of body) yield new Uint8Array(piece.length).fill(0xff);
}
