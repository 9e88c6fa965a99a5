import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const FILTER = 'Model Hub: Filter Catalogue…';
const ARRANGE = 'Model Hub: Group and Sort…';

describe('The catalogue view', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const row = (name: string | RegExp): Locator => workbench().window.treeItem(name);
  const gone = (name: string | RegExp): Promise<void> => row(name).waitFor({ state: 'detached' });
  const describes = (text: string): Promise<void> =>
    workbench().window.viewDescription.filter({ hasText: text }).waitFor();

  /** The names of the rows from top to bottom: the editor keeps them in another order. */
  const shown = async (): Promise<string[]> => {
    const rows = await workbench().window.treeItems.evaluateAll((all) =>
      all.map((one) => ({
        index: Number(one.getAttribute('data-index')),
        name: one.querySelector('.label-name')?.textContent.toLowerCase() ?? '',
      })),
    );
    return rows.sort((a, b) => a.index - b.index).map(({ name }) => name);
  };

  before(async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    await row('tinyllama').waitFor();
  });

  it('shows what answers to a filter, and everything again by one action', async () => {
    const { window } = workbench();
    await window.runCommand(FILTER);
    await window.type('tinyl size:<6gb');
    await gone('Jan-v1-4B-GGUF');
    await row('tinyllama').waitFor();
    await row(/^cortexso.*1 model$/).waitFor();
    await describes('tinyl size:<6gb');
    await window.clickInTitle('Clear Filter', row('Jan-v1-4B-GGUF'));
    await window.viewDescription.filter({ hasText: /\S/ }).waitFor({ state: 'detached' });
  });

  it('says in words that a filter finds nothing, with a way out', async () => {
    const { window } = workbench();
    await window.runCommand(FILTER);
    await window.type('nothing-like-this');
    const text = 'No model of the catalogue answers to the filter.';
    await window.page.getByText(text).first().waitFor();
    await doUntil(row('tinyllama'), () =>
      window.page.getByRole('button', { name: 'Clear Filter' }).last().click(),
    );
  });

  it('filters by what is a favourite, which a row shows and changes', async () => {
    const { window } = workbench();
    const favourites = row(/^Favourites\s*1 model$/);
    await window.clickInRow(row('tinyllama'), 'Add to Favourites', favourites);
    await window.runCommand(FILTER);
    await window.type('@favourite');
    await gone('Jan-v1-4B-GGUF');
    await row(/^cortexso.*1 model$/).waitFor();
    await window.clickInTitle('Clear Filter', row('Jan-v1-4B-GGUF'));
    await window.clickInRow(row('tinyllama'), 'Remove from Favourites', { gone: favourites });
  });

  it('puts models together as the user likes', async () => {
    const { window } = workbench();
    await window.runCommand(ARRANGE);
    await window.pick('Group by Family');
    await row(/^Jan\s*\d+ models$/).waitFor();
    await gone(/^cortexso/);
    await window.expand(row(/^Jan\s*\d+ models$/));
    await row(/^Jan-v1-4B-GGUF/).waitFor();
    await window.runCommand(ARRANGE);
    await window.pick('Group by Nothing');
    await gone(/^Jan\s*\d+ models$/);
  });

  it('sorts them as the user likes, and remembers both', async () => {
    const { window } = workbench();
    await window.runCommand(ARRANGE);
    await window.pick('Sort by Name');
    await describes('by Nothing · Name');
    await row(/^deepseek/)
      .and(window.page.locator('[data-index="0"]'))
      .waitFor();
    assert.deepEqual(await shown(), [...(await shown())].sort());
    await window.reload();
    await window.openSidebar();
    await describes('by Nothing · Name');
    await window.runCommand(ARRANGE);
    await window.pick('Group by Source');
    await window.runCommand(ARRANGE);
    await window.pick('Sort by Newest');
    await row(/^cortexso/).waitFor();
  });

  it('needs no mouse: to filter, to open a page, to mark a favourite', async () => {
    const { window } = workbench();
    const { page, quickInput, details } = window;
    const { keyboard } = page;
    const focused = (text: string | RegExp): Promise<void> =>
      page.locator('.sidebar .monaco-list-row.focused').filter({ hasText: text }).waitFor();
    await keyboard.press('F1');
    await quickInput.locator('input[type=text]').waitFor();
    await keyboard.type(FILTER);
    await quickInput.getByRole('option', { name: FILTER }).first().waitFor();
    await keyboard.press('Enter');
    await quickInput.getByText('Empty shows everything.').waitFor();
    await keyboard.type('tinyl');
    await keyboard.press('Enter');
    await gone('Jan-v1-4B-GGUF');
    await keyboard.press('Home');
    await focused(/^cortexso/);
    await keyboard.press('ArrowDown');
    await focused(/^tinyllama/);
    await keyboard.press('Enter');
    await details.getByRole('heading', { level: 1, name: 'tinyllama' }).waitFor();
    // While the editor reads a list anew, what is chosen in a menu of its rows leads nowhere.
    await doUntil(row(/^Favourites\s*1 model$/), async () => {
      await focused(/^tinyllama/);
      await keyboard.press('Shift+F10');
      const items = page.getByRole('menuitem');
      await items.filter({ hasText: 'Add to Favourites' }).waitFor();
      const marks = page.locator('.action-item.focused').filter({ hasText: 'Add to Favourites' });
      const most = await items.count();
      for (let key = 0; key < most && !(await marks.isVisible()); key++) {
        await keyboard.press('ArrowDown');
      }
      await keyboard.press('Enter');
    });
  });
});

describe('The catalogue view without anything to show', () => {
  const workbench = useWorkbench({
    opensWindow: false,
    session: { settings: { 'modelHub.sources': ['hf:nobody-knows'] } },
  });

  it('says so while nothing can be reached, and what helps', async () => {
    const { hub, openWindow } = workbench();
    await hub.stop();
    const window = await openWindow();
    await window.openSidebar();
    await window.page.getByText('There is no list of models on this machine yet').waitFor();
    await window.page.getByRole('button', { name: 'Try Again' }).waitFor();
    await hub.startAgain();
  });
});
