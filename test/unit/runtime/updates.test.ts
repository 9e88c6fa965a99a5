import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ModelFile } from '../../../src/sync/model.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { FakeRuntime, installedEntry, sha256, writeWeights } from '../support/fakeRuntime.ts';
import { exact } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { useInstalled } from '../support/useInstalled.ts';

const MODEL = 'a/model-GGUF';
const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);
const THREE = '3'.repeat(40);

function published(path: string, content: string): ModelFile {
  return { path, size: exact(content.length), sha256: sha256(content) };
}

const README = { path: 'README.md', size: exact(10) };

describe('Updates of what is installed', () => {
  const rig = useInstalled();

  /** Installs a variant of the first commit as a download of our own would leave it. */
  async function install(
    contents: Readonly<Record<string, string>>,
    variant: string,
  ): Promise<void> {
    const { catalogue, folder, scan } = rig();
    const all = Object.entries(contents);
    catalogue.publish(MODEL, ONE, [README, ...all.map(([name, text]) => published(name, text))]);
    const files = all.map(([name, text]) => {
      const role = name.includes('mmproj') ? 'projector' : 'weights';
      return writeWeights(join(folder, name), text, { sha256: sha256(text), role });
    });
    const origin = { model: MODEL, revision: ONE, variant };
    await scan(new FakeRuntime('folder', [installedEntry('m', files, { origin })]));
    assert.equal(rig().entry('m').identity, 'proven');
  }

  async function publish(revision: string, ...files: ModelFile[]): Promise<void> {
    const { catalogue, models } = rig();
    catalogue.publish(MODEL, revision, files);
    models.catalogueChanged();
    await until(() => catalogue.asked.includes(`${MODEL}@${revision}`));
    await models.rescan();
  }

  it('are told with the files that changed and what they weigh', async () => {
    await install({ 'm-Q4_0.gguf': 'weights' }, 'm-Q4_0');
    assert.equal(rig().entry('m').update, undefined);
    await publish(TWO, README, published('m-Q4_0.gguf', 'better weights'));
    assert.deepEqual(rig().entry('m').update, {
      revision: TWO,
      changed: [{ path: 'm-Q4_0.gguf', installedSize: 7, publishedSize: 14 }],
      bytes: 14,
    });
  });

  it('are told of what Cortex has, which cannot be asked for them', async () => {
    const { catalogue, background, folder, scan, entry } = rig();
    catalogue.publish(MODEL, ONE, [published('m-Q4_0.gguf', 'weights')]);
    const file = writeWeights(join(folder, 'm-Q4_0.gguf'), 'weights');
    await background.prove(file.path, { signal: new AbortController().signal });
    await scan(
      new FakeRuntime('cortex', [installedEntry('m', [file])]),
      new FakeRuntime('folder', [installedEntry('own', [file])]),
    );
    await publish(TWO, published('m-Q4_0.gguf', 'better weights'));
    for (const id of ['m', 'own']) assert.equal(entry(id).update?.revision, TWO);
    assert.deepEqual([entry('m').runtime.can, entry('own').runtime.can], [[], ['update']]);
  });

  it('are none where a commit changed anything but the variant', async () => {
    await install({ 'm-Q4_0.gguf': 'weights' }, 'm-Q4_0');
    const other = published('m-Q8_0.gguf', 'something new');
    await publish(TWO, { ...README, size: exact(99) }, published('m-Q4_0.gguf', 'weights'), other);
    assert.equal(rig().entry('m').update, undefined);
  });

  it('are none where the same bytes only have another name, or are gone', async () => {
    await install({ 'm-Q4_0.gguf': 'weights' }, 'm-Q4_0');
    await publish(TWO, published('better-name-Q4_0.gguf', 'weights'));
    assert.equal(rig().entry('m').update, undefined);
    await publish(THREE, README);
    assert.equal(rig().entry('m').update, undefined);
  });

  it('tell of those parts of a split file only that changed', async () => {
    const names = [1, 2, 3].map((part) => `m-Q4_0-0000${part}-of-00003.gguf`);
    const parts = Object.fromEntries(names.map((name, index) => [name, `part ${index}`]));
    await install(parts, 'm-Q4_0');
    const changed = { ...parts, [names[1]!]: 'another part' };
    await publish(TWO, ...Object.entries(changed).map(([name, text]) => published(name, text)));
    assert.deepEqual(rig().entry('m').update, {
      revision: TWO,
      changed: [{ path: names[1], installedSize: 6, publishedSize: 12 }],
      bytes: 12,
    });
  });

  it('count a projector where one is installed, and whichever of those that are published', async () => {
    await install({ 'm-Q4_0.gguf': 'weights', 'mmproj-F16.gguf': 'sixteen' }, 'm-Q4_0');
    const weights = published('m-Q4_0.gguf', 'weights');
    await publish(
      TWO,
      weights,
      published('mmproj-BF16.gguf', 'brain'),
      published('mmproj-F16.gguf', 'sixteen'),
    );
    assert.equal(rig().entry('m').update, undefined);
    await publish(THREE, weights, published('mmproj-F16.gguf', 'new eyes'));
    assert.deepEqual(rig().entry('m').update?.changed, [
      { path: 'mmproj-F16.gguf', installedSize: 7, publishedSize: 8 },
    ]);
  });

  it('do not want a projector that was not installed', async () => {
    await install({ 'm-Q4_0.gguf': 'weights' }, 'm-Q4_0');
    await publish(TWO, published('m-Q4_0.gguf', 'weights'), published('mmproj-F16.gguf', 'eyes'));
    assert.equal(rig().entry('m').update, undefined);
  });

  it('are not told of what was never published: the user made it', async () => {
    const { folder, scan, background } = rig();
    const origin = { model: MODEL, variant: 'm-Q4_0' };
    const own = writeWeights(join(folder, 'm-Q4_0.gguf'), 'my own work');
    background.setIdle(true);
    rig().catalogue.publish(MODEL, TWO, [published('m-Q4_0.gguf', 'better weights')]);
    await scan(new FakeRuntime('folder', [installedEntry('m', [own], { origin })]));
    await until(() => rig().hasher.hashed.length === 1);
    await rig().models.rescan();
    assert.equal(rig().entry('m').identity, 'claimed');
    assert.equal(rig().entry('m').update, undefined);
    assert.deepEqual(rig().catalogue.asked, []);
  });

  it('wait where bytes are not known yet', async () => {
    const { folder, scan, catalogue } = rig();
    const origin = { model: MODEL, revision: ONE, variant: 'm-Q4_0' };
    const file = writeWeights(join(folder, 'm-Q4_0.gguf'), 'weights');
    catalogue.publish(MODEL, TWO, [published('m-Q4_0.gguf', 'better weights')]);
    await scan(new FakeRuntime('folder', [installedEntry('m', [file], { origin })]));
    await until(() => catalogue.asked.length === 1);
    await rig().models.rescan();
    assert.equal(rig().entry('m').update, undefined);
    rig().background.setIdle(true);
    await until(() => rig().entry('m').update !== undefined);
  });

  it('cost one request for each model and commit, however often and for however many', async () => {
    const { folder, scan, catalogue, models } = rig();
    const files = ['m-Q4_0.gguf', 'm-Q8_0.gguf'].map((name) =>
      writeWeights(join(folder, name), name, { sha256: sha256(name) }),
    );
    catalogue.publish(MODEL, TWO, [
      published('m-Q4_0.gguf', 'better'),
      published('m-Q8_0.gguf', 'x'),
    ]);
    const entries = files.map((file, index) =>
      installedEntry(`${index}`, [file], {
        origin: { model: MODEL, revision: ONE, variant: index === 0 ? 'm-Q4_0' : 'm-Q8_0' },
      }),
    );
    await scan(new FakeRuntime('folder', entries));
    await until(() => rig().entry('1').update !== undefined);
    for (let turn = 0; turn < 3; turn++) {
      models.catalogueChanged();
      await models.rescan();
    }
    assert.deepEqual(catalogue.asked, [`${MODEL}@${TWO}`]);
  });

  it('stay open where they cannot be looked for, and are tried again after a while', async () => {
    await install({ 'm-Q4_0.gguf': 'weights' }, 'm-Q4_0');
    const { catalogue, models, clock, logger } = rig();
    catalogue.main[MODEL] = TWO;
    for (let turn = 0; turn < 3; turn++) await models.rescan();
    await until(() => catalogue.asked.length === 1);
    assert.equal(rig().entry('m').update, undefined);
    await until(() => /stays open/.test(logger.at('info').join()));
    catalogue.publish(MODEL, TWO, [published('m-Q4_0.gguf', 'better weights')]);
    await models.rescan();
    assert.equal(catalogue.asked.length, 1);
    clock.advance(30 * 60_000);
    await models.rescan();
    await until(() => rig().entry('m').update !== undefined);
    catalogue.failure = new SyncError('offline', 'Check the network.');
    models.catalogueChanged();
    await models.rescan();
    assert.ok(rig().entry('m').update, 'what is known stays known');
  });
});
