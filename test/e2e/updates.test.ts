import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, readFile, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { GgufRecipe } from '../hub/gguf.ts';
import { ggufBody, tensorDataStart } from '../hub/gguf.ts';
import { ggufRecipe, withChangedTensors, withMetadata } from '../hub/ggufRecipe.ts';
import { HubControl } from '../support/hubControl.ts';
import { MODEL, modelsFolder } from './smallModel.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';
import { assertBytes } from '../support/bytes.ts';

const FILE = 'made-Q4_K.gguf';
const TENSORS = 50;
const recipe = ggufRecipe({ tensors: TENSORS, tensorBytes: 300_000 });
const { size: SIZE } = ggufBody(recipe);
const longer = withMetadata(recipe, { 'tokenizer.chat_template': 'y'.repeat(30_000) });

describe('An update', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const control = (): HubControl => new HubControl(workbench().hub.url);
  const place = (): string => path.join(modelsFolder(workbench()), ...MODEL.split('/'), FILE);
  const entry = (rest = '') => workbench().window.installedItem(new RegExp(`^Q4_K.*Hub${rest}$`));
  const outdated = () => entry(' · update available');

  async function publish(gguf: GgufRecipe, xet: boolean): Promise<void> {
    await control().commit(MODEL, [{ path: FILE, gguf, xet }]);
    await workbench().window.runCommand('Model Hub: Refresh Models');
  }

  /** Takes the update that has just been published, by the row of the question that says this. */
  async function update(question: RegExp): Promise<void> {
    const { window } = workbench();
    await outdated().waitFor();
    await window.clickInRow(
      outdated(),
      'Update',
      window.quickInput.getByRole('option', { name: question }),
    );
    await control().resetStats();
    await window.pick(question);
    await outdated().waitFor({ state: 'detached' });
    await entry().waitFor();
    await window.waitUntilDownloaded();
  }

  async function assertInstalled(gguf: GgufRecipe): Promise<void> {
    const body = ggufBody(gguf);
    const wanted = createHash('sha256');
    for (const piece of body.read(0, body.size)) wanted.update(piece);
    const found = createHash('sha256').update(await readFile(place()));
    assert.equal(found.digest('hex'), wanted.digest('hex'));
  }

  async function fetchedBytes(): Promise<number> {
    return (await control().sentBytes())['cdn'] ?? 0;
  }

  it('by splice fetches the new header alone, and says so before', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    await publish(recipe, false);
    await window.spokenItem(/^tinyllama.*, 4 variants$/).waitFor();
    await window.expand(window.treeItem('tinyllama'));
    const variant = window.treeItem(/^Q4_K(?!_M)/);
    await window.clickInRow(variant, 'Download', window.installedItem(/Q4_K(?!_M)/));
    await entry().waitFor();
    await window.waitUntilDownloaded();

    await publish(longer, false);
    await update(/^Update: only the header changed: ≈ \d+(?:\.\d)? KB of 1\d(?:\.\d)? MB/);
    await assertInstalled(longer);
    const most = tensorDataStart(longer) + 64 * 1024;
    assert.ok((await fetchedBytes()) <= most, `${await fetchedBytes()} of ${most}`);
  });

  it('out of Xet storage fetches the changed tensors alone, and says which they are', async () => {
    await publish(recipe, true);
    await update(/^Update: only the header changed/);
    const changed = withChangedTensors(recipe, 12, 30);
    await publish(changed, true);
    await update(/^Update: .* KB of 1\d(?:\.\d)? MB \(2 of 50 tensors changed\)/);
    await assertInstalled(changed);
    assert.ok((await fetchedBytes()) < SIZE / 10, String(await fetchedBytes()));
  });

  it('mends a damaged model', async () => {
    const { atime, mtime } = await stat(place());
    const wanted = await readFile(place());
    const file = await open(place(), 'r+');
    await file.write(Buffer.alloc(64, 1), 0, 64, SIZE / 2);
    await file.close();
    await utimes(place(), atime, mtime);
    const { window } = workbench();
    const damaged = window.installedItem(/^Q4_K.* is damaged/);
    await window.chooseFromMenu(entry(), 'Verify', damaged);
    await window.clickInRow(damaged, 'Repair', { gone: damaged });
    await entry().waitFor();
    assertBytes(await readFile(place()), wanted);
  });
});
