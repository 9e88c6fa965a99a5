import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HubControl } from '../support/hubControl.ts';
import { FILE, installSmall, MODEL, placeOfSmall } from './smallModel.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';
import { assertBytes } from '../support/bytes.ts';

describe('What Jan has', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is shown when it appears while VS Code is open, and a broken model on its own row', async () => {
    const { session, window } = workbench();
    await window.openSidebar();
    await window.installedItem('Cortex').waitFor();
    const models = path.join(session.home ?? '', '.local/share/Jan/data/llamacpp/models');
    const folder = path.join(models, 'janhq/Jan-v1-4B-Q4_K_M');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'model.gguf'), Buffer.from('GGUF and more'));
    await writeFile(
      path.join(folder, 'model.yml'),
      'model_path: llamacpp/models/janhq/Jan-v1-4B-Q4_K_M/model.gguf\n' +
        'name: Jan-v1-4B-Q4_K_M\nsize_bytes: 13\n',
    );
    await window.installedItem(/13 B · Jan/).waitFor();

    const broken = path.join(models, 'broken');
    await mkdir(broken);
    await writeFile(path.join(broken, 'model.yml'), 'model_path: [\n');
    await window.installedItem(/broken.*· Jan · .*\./).waitFor();
    await window.installedItem(/13 B · Jan/).waitFor();
  });
});

describe('What Cortex fetches', () => {
  const workbench = useWorkbench({ session: { settings: { 'modelHub.sources': ['hf:janhq'] } } });

  it('is seen on its way, and then is installed', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.installedItem('Cortex').waitFor();
    await window.waitUntilChecked();
    await window.expand(window.treeItem('Jan-v1-4B-GGUF'));
    await window.chooseFromMenu(
      window.treeItem(/^Q4_K_M/),
      'Download To…',
      window.quickInput.getByRole('option', { name: 'Cortex' }),
    );
    await window.pick('Cortex');
    await window.installedItem(/^Jan-v1-4B-GGUFQ4_K_M · [1-9]\d?%/).waitFor();
    await window.installedItem(/^Q4_K_M.* · Cortex/).waitFor();
  });
});

describe('What is installed', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is outdated when other bytes are published, until it is updated, and can be deleted', async () => {
    const { hub, window } = workbench();
    const control = new HubControl(hub.url);
    await installSmall(workbench(), 100_000);
    const entry = window.installedItem(/^Q8_0.*Model Hub/);

    await control.commit(MODEL, [{ path: FILE }]);
    await window.runCommand('Model Hub: Refresh Models');
    const outdated = window.installedItem(/^Q8_0.*Model Hub · update available/);
    await outdated.waitFor();
    const option = window.quickInput.getByRole('option', { name: /^Update: / });
    await window.clickInRow(outdated, 'Update', option);
    await window.pick(/^Update: /);
    await outdated.waitFor({ state: 'detached' });
    await entry.waitFor();
    await window.waitUntilDownloaded();

    const dialog = window.page.getByRole('dialog');
    await window.chooseFromMenu(entry, 'Delete…', dialog.getByText(/This frees 9[78]/));
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await entry.waitFor({ state: 'detached' });
  });

  it('goes back to the revision that an update kept, and forward again, until that is deleted', async () => {
    const { hub, window } = workbench();
    await installSmall(workbench(), 100_000);
    const place = placeOfSmall(workbench());
    const old = await readFile(place);
    await new HubControl(hub.url).commit(MODEL, [{ path: FILE }]);
    await window.runCommand('Model Hub: Refresh Models');
    const outdated = window.installedItem(/^Q8_0.*Model Hub · update available$/);
    await outdated.waitFor();

    await window.openModel('tinyllama');
    const row = window.details.locator('#variants').getByRole('row').filter({ hasText: 'Q8_0' });
    await row.getByText(/^Update: all of 9[78].* nearly nothing can be reused$/).waitFor();
    await row.getByRole('button', { name: /^Update Q8_0/ }).click();
    const offer = window.quickInput.getByRole('option', { name: /^Update: all of 9[78]/ });
    await offer.filter({ hasText: '1 file changed' }).waitFor();
    await window.page.keyboard.press('Escape');
    await outdated.waitFor();
    assertBytes(await readFile(place), old);

    const keeping = /^Update and keep the old revision/;
    const option = window.quickInput.getByRole('option', { name: keeping });
    await window.clickInRow(outdated, 'Update', option);
    await window.pick(keeping);
    const updated = window.installedItem(/^Q8_0.*Model Hub · previous revision kept$/);
    await updated.waitFor();
    await window.waitUntilDownloaded();
    const newer = await readFile(place);
    assert.ok(!newer.equals(old));

    const back = window.installedItem(/^Q8_0.*Model Hub · update available · newer revision kept$/);
    await window.chooseFromMenu(updated, 'Roll Back to the Kept Revision', back);
    assertBytes(await readFile(place), old);
    await row.getByText(/^Update: nothing to download, all of 9[78]/).waitFor();

    await window.chooseFromMenu(back, 'Go Forward to the Kept Revision', updated);
    assertBytes(await readFile(place), newer);

    const dialog = window.page.getByRole('dialog');
    const question = dialog.getByText(/This frees 9[78]/);
    await window.chooseFromMenu(updated, 'Delete the Kept Revision…', question);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await window.installedItem(/^Q8_0.*Model Hub$/).waitFor();
    assert.deepEqual(await readdir(path.dirname(place)), ['.model-hub.json', FILE]);
    assertBytes(await readFile(place), newer);
  });
});
