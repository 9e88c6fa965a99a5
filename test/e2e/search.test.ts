import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('Searching for models', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  const input = (): Locator => workbench().window.quickInput.locator('input[type=text]');
  const options = (): Locator => workbench().window.quickInput.getByRole('option');
  const option = (text: string | RegExp): Locator => options().filter({ hasText: text }).first();
  const heading = (text: string): Locator =>
    workbench().window.details.getByRole('heading', { level: 1, name: text });
  const search = (text: string): Promise<void> => workbench().window.searchModels(text);
  /** A model that no followed source lists. */
  const stranger = async (): Promise<string> => {
    const [id = ''] = await new HubControl(workbench().hub.url).ids('hf:bartowski');
    assert.match(id, /^bartowski\/./);
    return id;
  };

  before(async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
  });

  afterEach(async () => {
    await workbench().window.page.keyboard.press('Escape');
  });

  it('answers each key, and Enter opens what stands first', async () => {
    await search('');
    await input().pressSequentially('tinyl');
    await option('tinyllama').waitFor();
    await input().fill('');
    await input().pressSequentially('jan-v1-4b');
    await option('Jan-v1-4B-GGUF').waitFor();
    await option('tinyllama').waitFor({ state: 'detached' });
    await input().press('Enter');
    await heading('Jan-v1-4B-GGUF').waitFor();
  });

  it('opens from the palette, and stays, though a page that had the focus gets it back late', async () => {
    const { window } = workbench();
    // Whether the page or the list is faster is a matter of chance.
    for (let time = 0; time < 5; time++) {
      await window.details.locator('button, vscode-button').first().focus();
      await search('tinyl');
      await window.foundOnTop('tinyllama');
      assert.equal(await input().evaluate((box) => box === document.activeElement), true);
      await input().press('Enter');
      await window.quickInput.waitFor({ state: 'hidden' });
      await heading('tinyllama').waitFor();
    }
  });

  it('is a button of the view, knows what was looked for, and takes a query', async () => {
    const { window } = workbench();
    await (await window.titleAction('Search Models…')).click();
    await option('jan-v1-4b').waitFor();
    await input().fill('author:cortexso sort:name @fitz');
    await option('"@fitz" is not understood. Did you mean @fits?').waitFor();
    await option(/tinyllama.*cortexso/).waitFor();
    assert.equal(await options().filter({ hasText: 'janhq' }).count(), 0);
    await input().fill('licen license:apa');
    const suggestion = option('license:apache-2.0');
    await doUntil({ gone: suggestion }, () => suggestion.click());
    await window.page.waitForFunction(
      (box) => (box as HTMLInputElement).value === 'licen license:apache-2.0 ',
      await input().elementHandle(),
    );
  });

  it('shows what it finds in the catalogue view', async () => {
    const { window } = workbench();
    await search('tinyl license:apache-2.0');
    await doUntil({ gone: window.treeItem('Jan-v1-4B-GGUF') }, () =>
      window.quickInput.getByRole('button', { name: 'Show in the Catalogue View' }).click(),
    );
    await window.treeItem('tinyllama').waitFor();
    await window.viewDescription.filter({ hasText: 'tinyl license:apache-2.0' }).waitFor();
    await window.clickInTitle('Clear Filter', window.treeItem('Jan-v1-4B-GGUF'));
  });

  it('lists what was marked', async () => {
    const { window } = workbench();
    await search('jan-v1-4b');
    const row = await window.foundOnTop('Jan-v1-4B-GGUF');
    await window.clickInRow(
      row,
      'Add to Favourites',
      row.getByRole('button', { name: 'Remove from Favourites' }),
    );
    await input().fill('@favourite');
    await option(/Jan-v1-4B-GGUF.*favourite/).waitFor();
    assert.equal(await options().count(), 1);
    await input().press('Enter');
    await heading('Jan-v1-4B-GGUF').waitFor();
  });

  it('stays where the user has scrolled to when a row changes', async () => {
    const { window } = workbench();
    const { page, quickInput } = window;
    const size = page.viewportSize();
    assert.ok(size !== null);
    // Too low for all rows.
    await page.setViewportSize({ ...size, height: size.height / 2 });
    const top = (): Promise<string | null> =>
      quickInput.locator('.monaco-list-rows').first().getAttribute('style');
    await search('sort:name ');
    await window.foundOnTop('deepseek');
    const atFirst = await top();
    await options().first().hover();
    await page.mouse.wheel(0, 10_000);
    await eventually(async () => (await top()) !== atFirst);
    const below = await top();
    const name = (await options().last().locator('.label-name').textContent()) ?? '';
    const row = option(name);
    await row.hover();
    await row.getByRole('button', { name: 'Add to Favourites' }).click();
    await row.getByRole('button', { name: 'Remove from Favourites' }).waitFor();
    assert.equal(await top(), below);
    await row.getByRole('button', { name: 'Remove from Favourites' }).click();
    await row.getByRole('button', { name: 'Add to Favourites' }).waitFor();
    await page.setViewportSize(size);
  });

  it('joins what Hugging Face finds, and opens it though no source lists it', async () => {
    const { window } = workbench();
    const id = await stranger();
    const name = id.slice(id.indexOf('/') + 1);
    await search(name);
    await window.quickInput.getByText('Hugging Face', { exact: true }).first().waitFor();
    await doUntil(heading(name), () => option(new RegExp(`${name}.*bartowski`)).click());
    await window.details.locator('#variants').filter({ hasText: 'exact sizes' }).waitFor();
  });

  it('takes the address of a model straight there', async () => {
    const { hub, window } = workbench();
    const control = new HubControl(hub.url);
    const [, id = ''] = await control.ids('hf:bartowski');
    const name = id.slice(id.indexOf('/') + 1);
    await search(`https://huggingface.co/${id}/tree/main`);
    await window.foundOnTop(name);
    await input().press('Enter');
    await heading(name).waitFor();
  });

  it('downloads the variant of the size that is asked for', async () => {
    const { hub, window } = workbench();
    const files = [{ path: 'tiny-Q8_0.gguf', size: 100_000 }];
    await new HubControl(hub.url).addFiles('cortexso/tinyllama', files);
    await window.refreshModels();
    await window.openModel('tinyllama');
    // The exact sizes come with the list of files.
    await window.details.getByRole('row').filter({ hasText: '97.7 KB' }).first().waitFor();
    await search('tinyllama size:<1mb');
    const row = await window.foundOnTop('Q8_0 97.7 KB');
    const installed = window.installedItem(/^(?:tinyllama)?Q8_0/);
    await window.clickInRow(row, 'Download Q8_0, 97.7 KB', installed);
  });

  it('goes on with the catalogue when Hugging Face is gone', async () => {
    const { hub } = workbench();
    await hub.stop();
    await search('tinyll');
    await option('tinyllama').waitFor();
    await option(/^Results of the catalogue only\./).waitFor();
    await hub.startAgain();
  });
});
