import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { LocalModels } from '../../../src/local/localModels.ts';
import type { CatalogueAccess } from '../../../src/runtime/catalogueAccess.ts';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody, tensorBytes } from '../../hub/gguf.ts';
import { ggufRecipe, withChangedTensors } from '../../hub/ggufRecipe.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';
import { MODEL, useLocal } from '../support/useLocal.ts';

const PATH = 'tiny-Q4_K.gguf';
const VARIANT = 'tiny-Q4_K';
const IDLE = { idle: true, syncing: false, visible: false };
const AWAY = { ...IDLE, idle: false };
const TENSORS = 40;
const recipe = ggufRecipe({ tensors: TENSORS, tensorBytes: 300_000 });
const changed = withChangedTensors(recipe, 7, 21);
const TENSOR = tensorBytes(recipe.tensors[0]!);
const BYTES = bytesOf(recipe);

function bytesOf(gguf: GgufRecipe): Buffer {
  const body = ggufBody(gguf);
  return Buffer.concat([...body.read(0, body.size)]);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('A model that was downloaded long ago by something else', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);

  const write = (path: string, content: Buffer | string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const inJan = (...names: string[]): string =>
    rig().path('home', '.local', 'share', 'Jan', 'data', ...names);
  const publish = (gguf: GgufRecipe) => rig().upload([{ path: PATH, gguf, xet: true }]);

  /** Publishes two revisions, of which nobody has read the first. @returns their commits */
  async function publishTwo(): Promise<{ readonly first: string; readonly second: string }> {
    const { sha: first } = await publish(recipe);
    const { sha: second } = await publish(changed);
    assert.deepEqual(await rig().catalogue.origins([sha256(BYTES)]), []);
    return { first, second };
  }

  /** Leaves the machine alone until it is known of which commit the model is, and updates it. */
  async function findOutAndUpdate(
    runtime: 'folder' | 'jan',
    { first, second }: Awaited<ReturnType<typeof publishTwo>>,
  ): Promise<void> {
    const local = rig().open();
    await local.rescan();
    assert.equal(rig().entry(runtime)?.update, undefined);
    await local.circumstances(IDLE);
    await until(() => rig().entry(runtime)?.update !== undefined);
    await local.circumstances(AWAY);
    const { identity, from, update: found } = rig().entry(runtime)!;
    assert.deepEqual(
      [identity, from?.revision, from?.variant, found?.revision],
      ['proven', first, VARIANT, second],
    );
    await update(local, runtime, second);
  }

  /** Ends when the newest revision is installed, too. */
  async function update(local: LocalModels, target: 'folder' | 'jan', sha: string): Promise<void> {
    hub().resetStats();
    const plan = await rig().plan(VARIANT);
    const { way, tensors } = await local.previewUpdate(plan, target);
    assert.deepEqual([way, tensors], ['chunks', { changed: 2, total: TENSORS }]);
    await local.download(plan, target);
    const newest = () =>
      rig()
        .told.at(-1)
        ?.entries.find(({ from }) => from?.revision === sha);
    await until(() => newest() !== undefined);
    const { path } = newest()!.files.find(({ role }) => role === 'weights')!;
    assert.equal(sha256(readFileSync(path)), sha256(bytesOf(changed)));
    const fetched = hub().stats().routes['cdn']?.bytesOut ?? 0;
    assert.ok(fetched < 4 * TENSOR, `${fetched} of ${BYTES.length}`);
  }

  it('is replaced by its update where it has the place of that', async () => {
    const place = rig().path('models', ...MODEL.split('/'), PATH);
    write(place, BYTES);
    await findOutAndUpdate('folder', await publishTwo());
    assert.equal(sha256(readFileSync(place)), sha256(bytesOf(changed)));
  });

  it('is of the commit that has its bytes, where Jan has it, and fetches what changed', async () => {
    const commits = await publishTwo();
    write(inJan('llamacpp', 'models', 'Tiny', 'model.gguf'), BYTES);
    const description = { model_path: 'llamacpp/models/Tiny/model.gguf', name: 'T', source: MODEL };
    write(inJan('llamacpp', 'models', 'Tiny', 'model.yml'), stringify(description));
    await findOutAndUpdate('jan', commits);
  });

  it('is so in a folder that is named like its model, whatever the file is called', async () => {
    const commits = await publishTwo();
    write(rig().path('models', ...MODEL.split('/'), 'tiny (1).gguf'), BYTES);
    await findOutAndUpdate('folder', commits);
  });

  it('is looked for among the commits once, and not again by the next window', async () => {
    await publish(recipe);
    write(rig().path('models', ...MODEL.split('/'), PATH), 'GGUF that was never published');
    const { catalogue } = rig();
    const searches: ReturnType<CatalogueAccess['searchCommits']>[] = [];
    const counting: CatalogueAccess = {
      ...catalogue,
      searchCommits: (...question) => {
        const search = catalogue.searchCommits(...question);
        searches.push(search);
        return search;
      },
    };
    const open = async (): Promise<LocalModels> => {
      const local = rig().open({}, { catalogue: counting });
      await local.circumstances(IDLE);
      await local.rescan();
      return local;
    };
    const local = await open();
    await until(() => searches.length > 0);
    assert.deepEqual(await searches[0], []);
    await local.close();
    await open();
    assert.equal(searches.length, 1);
    assert.equal(rig().entry()?.identity, 'claimed');
  });
});
