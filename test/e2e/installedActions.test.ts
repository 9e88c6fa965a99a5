import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { eventually } from '../support/eventually.ts';
import { installSmall, modelsFolder, placeOfSmall } from './smallModel.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const SIZE = 100_000;

describe('What Cortex has', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is started and stopped from its row, which says what runs', async () => {
    const { window } = workbench();
    await window.openSidebar();
    const idle = window.installedItem(/ · Cortex$/);
    await idle.waitFor();
    const running = window.installedItem(/ · Cortex · running/);
    await window.clickInRow(idle, 'Start', running);
    await window.clickInRow(running, 'Stop', { gone: running });
  });
});

describe('What was downloaded', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is handed over to Jan without a second copy', async () => {
    const { session, window } = workbench();
    const jan = path.join(session.home ?? '', '.local/share/Jan/data/llamacpp/models');
    await mkdir(jan, { recursive: true });
    await installSmall(workbench(), SIZE);
    await window.chooseFromMenu(
      window.installedItem(/^Q8_0.*Model Hub/),
      'Hand Over To…',
      window.quickInput.getByRole('option', { name: 'Jan' }),
    );
    await window.pick('Jan');
    await window.installedItem(/^Q8_0.* · Jan/).waitFor();
    await window.installedItem(/^tinyllama.* · 97\.\d KB/).waitFor();
    const folder = path.join(jan, 'cortexso', 'tiny-Q8_0');
    const taken = await stat(path.join(folder, 'model.gguf')).catch(() => undefined);
    const own = await stat(placeOfSmall(workbench()));
    const description = await readFile(path.join(folder, 'model.yml'), 'utf8');
    // Either a link in Jan's folder, or Jan is told where the file is.
    const isShared = taken?.ino === own.ino || description.includes(placeOfSmall(workbench()));
    assert.ok(isShared, `Jan has a copy of its own:\n${description}`);
  });

  it('that lies there twice becomes one file under both names', async () => {
    const { window } = workbench();
    const original = placeOfSmall(workbench());
    const copy = path.join(modelsFolder(workbench()), 'mine', 'copy.gguf');
    await mkdir(path.dirname(copy), { recursive: true });
    await writeFile(copy, await readFile(original));
    const row = window.installedItem(/^copy.* · Model Hub/);
    await row.waitFor();
    const both = window.installedItem(/^tinyllama.* · 19\d KB/);
    await window.chooseFromMenu(row, 'Verify', both);
    const dialog = window.page.getByRole('dialog');
    await doUntil(dialog.getByText(/This frees 9[78]/), async () =>
      (await window.installedAction('Merge Duplicates…')).click(),
    );
    await dialog.getByRole('button', { name: 'Merge' }).click();
    await eventually(async () => (await stat(copy)).ino === (await stat(original)).ino);
    await (await window.installedAction('Merge Duplicates…')).waitFor({ state: 'detached' });
  });
});
