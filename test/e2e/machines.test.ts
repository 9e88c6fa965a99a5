import assert from 'node:assert/strict';
import { KEY, keysAskedFor, readSynced, syncedOnce, writeSynced } from './settingsSync.ts';
import { installSmall, MODEL, publishSmall } from './smallModel.ts';
import type { Workbench } from './workbench.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

/** Takes what one machine would upload to the other, where the extension is told nothing of it. */
async function travel(
  from: Workbench,
  to: Workbench,
  isThere: (value: string) => boolean,
): Promise<void> {
  await writeSynced(to, await syncedOnce(from, isThere));
  // An occasion to look: that the window gets the focus cannot be brought about here.
  await to.window.reload();
  await to.window.openSidebar();
}

describe("A user's machines", () => {
  const first = useWorkbench({ session: { settings: FEW_SOURCES } });
  const second = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('tell each other of marks, and of what is installed, which is then installed with one action', async function () {
    this.timeout(300_000);
    const [a, b] = [first(), second()];
    await publishSmall(b, 100_000);
    await installSmall(a, 100_000);
    const favourites = a.window.treeItem('Favourites');
    await a.window.clickInRow(a.window.treeItem('tinyllama'), 'Add to Favourites', favourites);
    const hidden = a.window.treeItem(/^Jan-v1-4B-GGUF/);
    await a.window.chooseFromMenu(hidden, 'Hide', { gone: hidden });

    const told = (value: string): boolean =>
      [/"hidden":.*Jan-v1-4B-GGUF/, /"installed":\[{/, /"favourites"/].every((one) =>
        one.test(value),
      );
    await travel(a, b, told);
    await b.window.treeItem('Favourites').waitFor();
    await b.window.treeItem(/^Jan-v1-4B-GGUF/).waitFor({ state: 'detached' });

    await b.window.installedItem('On My Other Machines').waitFor();
    const machine = b.window.installedItem(/1 not here/);
    await b.window.expand(machine);
    await b.window.installedItem(/^tinyllamaQ8_0 · 97.7 KB$/).waitFor();
    const dialog = b.window.page.getByRole('dialog');
    const question = dialog.getByText(/^Install 1 variant here/);
    await b.window.clickInRow(machine, 'Install the Same Here', question);
    await dialog.getByRole('button', { name: 'Install' }).click();
    await b.window.installedItem(/^Q8_0.*Model Hub/).waitFor();
    await b.window.installedItem(/all of it is here too/).waitFor();
    await b.window.installedItem(/^tinyllamaQ8_0 · 97.7 KB · here too$/).waitFor();
  });

  it('have the editor take along one key, and nothing else', async () => {
    assert.deepEqual(await keysAskedFor(first()), [KEY]);
    await first().window.openSidebar();
  });

  it('take no path, file name, host name or address along', async () => {
    const text = JSON.stringify(await readSynced(first()));
    assert.ok(text.includes(MODEL));
    const { home, folder } = first().session;
    for (const secret of ['.gguf', 'tiny-Q8_0', 'http', '127.0.0.1', home ?? folder, folder]) {
      assert.equal(text.includes(secret), false, secret);
    }
  });

  it('agree on what was removed, and on what a machine is called, until it is forgotten', async function () {
    this.timeout(300_000);
    const [a, b] = [first(), second()];
    await b.window.chooseFromMenu(
      b.window.installedItem(/all of it is here too/),
      'Rename…',
      b.window.quickInput.locator('input:visible'),
    );
    await b.window.type('Big one');
    await b.window.installedItem('Big one').waitFor();
    await b.window.clickInRow(b.window.treeItem('tinyllama'), 'Remove from Favourites', {
      gone: b.window.treeItem('Favourites'),
    });

    await travel(b, a, (value) => value.includes('Big one') && value.includes('"removed"'));
    await a.window.installedItem('On My Other Machines').waitFor();
    await a.window.treeItem('Favourites').waitFor({ state: 'detached' });
    await a.window.installedItem(/Big one/).waitFor({ state: 'detached' });

    await b.window.chooseFromMenu(b.window.installedItem('Big one'), 'Forget', {
      gone: b.window.installedItem('On My Other Machines'),
    });
  });
});
