import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  openSync,
  readFileSync,
  readSync,
  closeSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { ChunkStore } from '../../../src/download/differential/chunkStore.ts';
import type { UpdatePreview } from '../../../src/download/model.ts';
import type { LocalModels } from '../../../src/local/localModels.ts';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody, tensorBytes, tensorDataStart } from '../../hub/gguf.ts';
import {
  ggufRecipe,
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../hub/ggufRecipe.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { useLocal } from '../support/useLocal.ts';

const PATH = 'tiny-Q4_K.gguf';
const VARIANT = 'tiny-Q4_K';
const TENSORS = 40;
const IDLE = { idle: true, syncing: false, visible: false };
const AWAY = { ...IDLE, idle: false };
const recipe = ggufRecipe({ tensors: TENSORS, tensorBytes: 300_000 });
const TENSOR = tensorBytes(recipe.tensors[0]!);
const SIZE = ggufBody(recipe).size;
const LONG_TEMPLATE = { 'tokenizer.chat_template': 'y'.repeat(30_000) };

describe('An update that transfers what changed', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);

  const publish = (gguf: GgufRecipe, options: { xet?: boolean; packing?: Packing } = {}) => {
    const { xet = true, packing } = options;
    return rig().upload([{ path: PATH, gguf, xet }], packing);
  };

  async function install(gguf: GgufRecipe, options: { xet?: boolean } = {}): Promise<LocalModels> {
    const local = rig().open();
    await publish(gguf, options);
    await local.rescan();
    await fetchNewest(local);
    await until(() => rig().entry()?.identity === 'proven');
    hub().resetStats();
    return local;
  }

  /** Ends when the download is done, or throws its failure. */
  async function fetchNewest(local: LocalModels): Promise<void> {
    const before = rig().finished.length;
    await local.download(await rig().plan(VARIANT), 'folder');
    await done(before);
  }

  async function done(before: number): Promise<void> {
    const failed = () =>
      rig()
        .downloads.at(-1)
        ?.find(({ state }) => state === 'failed')?.failure?.message;
    await until(() => rig().finished.length > before || failed() !== undefined);
    assert.equal(failed(), undefined);
  }

  const preview = async (local: LocalModels): Promise<UpdatePreview> =>
    local.previewUpdate(await rig().plan(VARIANT), 'folder');
  const installedPath = (): string => rig().path('models', 'janhq', 'Jan-v1-4B-GGUF', PATH);
  const fetchedBytes = (): number => hub().stats().routes['cdn']?.bytesOut ?? 0;

  function assertInstalled(gguf: GgufRecipe): void {
    const body = ggufBody(gguf);
    const wanted = createHash('sha256');
    for (const piece of body.read(0, body.size)) wanted.update(piece);
    const found = createHash('sha256').update(readFileSync(installedPath()));
    assert.equal(found.digest('hex'), wanted.digest('hex'));
  }

  /** Changes a byte, so that nobody notices by size or time. */
  function damage(at: number): void {
    const { atime, mtime } = statSync(installedPath());
    const file = openSync(installedPath(), 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    writeSync(file, Buffer.from([byte[0]! ^ 255]), 0, 1, at);
    closeSync(file);
    utimesSync(installedPath(), atime, mtime);
  }

  /** Leaves the machine alone until it has looked at what the installed file is made of. */
  async function rememberChunks(local: LocalModels): Promise<void> {
    const { sha256 = '' } = rig().entry()!.files[0]!;
    const store = new ChunkStore({
      ...{ storage: rig().path('storage'), now: 0, logger: collectingLogger() },
    });
    await local.circumstances(IDLE);
    await until(() => store.find(sha256)?.chunks !== undefined);
    await local.circumstances(AWAY);
    store.close();
  }

  for (const xet of [false, true]) {
    const where = xet ? 'from Xet storage' : 'of plain files';
    it(`fetches the header alone where only that changed, ${where}`, async () => {
      const local = await install(recipe, { xet });
      const changed = withMetadata(recipe, LONG_TEMPLATE);
      await publish(changed, { xet });
      const expected = await preview(local);
      assert.equal(expected.way, 'splice');
      assert.deepEqual(expected.tensors, { changed: 0, total: TENSORS });
      await fetchNewest(local);
      assertInstalled(changed);
      const most = tensorDataStart(changed) + 64 * 1024;
      assert.ok(fetchedBytes() <= most, `${fetchedBytes()} of ${most}`);
      assert.ok(expected.bytes >= tensorDataStart(changed), String(expected.bytes));
      assert.ok(expected.bytes <= fetchedBytes());
      assert.equal(expected.size, ggufBody(changed).size);
    });
  }

  it('fetches the changed tensors alone, and says so before', async () => {
    const local = await install(recipe);
    const changed = withChangedTensors(recipe, 7, 21);
    const { xet } = await publish(changed);
    const expected = await preview(local);
    assert.equal(expected.way, 'chunks');
    assert.deepEqual(expected.tensors, { changed: 2, total: TENSORS });
    await fetchNewest(local);
    assertInstalled(changed);
    const ideal = xet![PATH]!.newBytes;
    assert.ok(fetchedBytes() < 1.3 * ideal, `${fetchedBytes()} against ${ideal}`);
    assert.ok(expected.bytes <= fetchedBytes());
  });

  it('fetches an inserted tensor alone', async () => {
    const local = await install(recipe);
    const changed = withInsertedTensor(recipe, 11);
    await publish(changed);
    await fetchNewest(local);
    assertInstalled(changed);
    assert.ok(fetchedBytes() < 2 * TENSOR, String(fetchedBytes()));
  });

  it('fetches everything where all was quantised anew, and says so before', async () => {
    const local = await install(recipe);
    const changed = requantised(recipe, 'Q8_0');
    await publish(changed);
    const { size } = ggufBody(changed);
    const { way, bytes } = await preview(local);
    assert.deepEqual({ way, bytes }, { way: 'whole', bytes: size });
    await fetchNewest(local);
    assertInstalled(changed);
  });

  it('finds equal bytes that the storage has under other names', async () => {
    const local = await install(recipe);
    const changed = withChangedTensors(withMetadata(recipe, LONG_TEMPLATE), 30);
    const { xet } = await publish(changed, { packing: { storedAgain: 0.5, seed: 4242 } });
    assert.ok(xet![PATH]!.newBytes > SIZE / 4, 'much was stored again');
    await fetchNewest(local);
    assertInstalled(changed);
    assert.ok(fetchedBytes() < SIZE / 4, String(fetchedBytes()));
  });

  it('is right although the storage cannot be asked and a changed tensor was not looked at', async () => {
    const local = await install(recipe);
    const changed = withChangedTensors(recipe, 7);
    await publish(changed);
    hub().setFaults({
      rules: [{ match: ['xet-token', 'xet-v1', 'xet-v2'], status: 503 }],
    });
    await fetchNewest(local);
    assertInstalled(changed);
  });

  it('needs no word of the revision before once that was looked at', async () => {
    const local = await install(recipe);
    await rememberChunks(local);
    hub().resetStats();
    await publish(withChangedTensors(recipe, 7));
    await fetchNewest(local);
    assertInstalled(withChangedTensors(recipe, 7));
    assert.ok(fetchedBytes() < 2 * TENSOR, String(fetchedBytes()));
    assert.equal(hub().stats().routes['xet-v2']?.requests, 1);
  });

  it('mends what was damaged without a trace in the installed file, by a few chunks more', async () => {
    const local = await install(recipe);
    await rememberChunks(local);
    damage(SIZE - 1_000_000);
    const changed = withChangedTensors(recipe, 7);
    await publish(changed);
    hub().resetStats();
    await fetchNewest(local);
    assertInstalled(changed);
    assert.ok(fetchedBytes() < 4 * TENSOR, String(fetchedBytes()));
  });

  it('mends the same where nothing is remembered of its chunks', async () => {
    const local = await install(recipe);
    damage(SIZE - 1_000_000);
    const changed = withChangedTensors(recipe, 7);
    await publish(changed);
    await fetchNewest(local);
    assertInstalled(changed);
  });

  it('repairs a damaged model by fetching the damaged chunks', async () => {
    const local = await install(recipe);
    await rememberChunks(local);
    damage(5_000_000);
    assert.equal(await local.verify(rig().entry()!.key), 'damaged');
    hub().resetStats();
    const { way, bytes } = await preview(local);
    assert.equal(way, 'chunks');
    await fetchNewest(local);
    assertInstalled(recipe);
    assert.ok(bytes < 300_000 && fetchedBytes() < 300_000, `${bytes}, ${fetchedBytes()}`);
  });

  it('repairs it by fetching everything where nothing is remembered of its only xorb', async () => {
    const local = await install(recipe);
    damage(5_000_000);
    assert.equal(await local.verify(rig().entry()!.key), 'damaged');
    assert.equal((await preview(local)).way, 'whole');
    await fetchNewest(local);
    assertInstalled(recipe);
  });

  it('goes on where it was closed without fetching what is here', async () => {
    const local = await install(recipe);
    const changed = withChangedTensors(recipe, 7);
    const { sha } = await publish(changed);
    await local.configure({
      ...rig().settings,
      download: { onlyWhenIdle: false, bytesPerSecond: 1_000 },
    });
    await local.download(await rig().plan(VARIANT), 'folder');
    const isFetching = () =>
      rig()
        .downloads.at(-1)
        ?.some(({ phase }) => phase === 'fetching');
    await until(() => isFetching() === true);
    await local.close();
    hub().resetStats();
    await rig().open().rescan();
    await until(() => rig().entry()?.from?.revision === sha);
    assertInstalled(changed);
    assert.ok(fetchedBytes() < 3 * TENSOR, String(fetchedBytes()));
  });
});
