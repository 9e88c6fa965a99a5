import assert from 'node:assert/strict';
import type { FrameLocator, Locator } from 'playwright-core';

import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const MODEL = 'janhq/Jan-v1-4B-GGUF';
const NAME = 'Jan-v1-4B-GGUF';

/** Opens the page of a model once the catalogue is there. */
async function openDetails(window: WorkbenchPage, name: string): Promise<FrameLocator> {
  await window.openSidebar();
  await window.waitUntilChecked();
  await window.openModel(name);
  await exactSizes(window).waitFor();
  return window.details;
}

function exactSizes({ details }: WorkbenchPage): Locator {
  return details.locator('#variants').filter({ hasText: 'exact sizes' });
}

/**
 * In the browser: whether VS Code has written a text into its storage, which it does every few
 * seconds. What is younger is lost when a tab goes.
 */
async function isStored(text: string): Promise<boolean> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error('The storage cannot be read.'));
    });
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    try {
      for (const store of database.objectStoreNames) {
        const values = await done(database.transaction(store).objectStore(store).getAll());
        if (JSON.stringify(values).replaceAll('\\', '').includes(text)) return true;
      }
    } finally {
      database.close();
    }
  }
  return false;
}

describe('The details page as its model changes', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const control = (): HubControl => new HubControl(workbench().hub.url);

  it('tells what a commit changed, with the way to it, and when the model was seen first', async () => {
    const { window } = workbench();
    const details = await openDetails(window, NAME);
    const history = details.getByRole('region', { name: 'History' });
    await history.getByText('First seen').waitFor();
    assert.equal(await history.getByText('Changed', { exact: true }).count(), 0);
    await control().commit(MODEL, [
      { path: 'Jan-v1-4B-IQ3_XS.gguf', size: 3_000_000 },
      { path: 'Jan-v1-4B-F16-00001-of-00002.gguf', size: 4_000_000 },
      { path: 'Jan-v1-4B-F16-00002-of-00002.gguf', size: 4_000_000 },
      { path: 'README.md' },
    ]);
    await window.runCommand('Model Hub: Refresh Models');
    const entry = history.getByRole('listitem').filter({ hasText: 'Changed' }).first();
    await entry.getByText('New file: Jan-v1-4B-IQ3_XS.gguf, 2.9 MB').waitFor();
    await entry.getByText('The README changed.').waitFor();
    const links = await entry
      .getByRole('link')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    const [from = '', to = '', between = ''] = links.map((href) => new URL(href ?? '').pathname);
    assert.match(from, new RegExp(`^/${MODEL}/commit/[0-9a-f]{40}$`));
    assert.match(to, new RegExp(`^/${MODEL}/commit/[0-9a-f]{40}$`));
    assert.equal(between, `/api/models/${MODEL}/compare/${from.slice(-40)}..${to.slice(-40)}`);
    assert.match(await history.innerText(), /Changed[^]*First seen/);
  });

  it('marks the model as a favourite, and takes the mark away', async () => {
    const { details } = workbench().window;
    await details.getByRole('button', { name: 'Add to Favourites' }).click();
    await details.getByRole('button', { name: 'Remove from Favourites' }).press('Enter');
    await details.getByRole('button', { name: 'Add to Favourites' }).waitFor();
  });

  it('comes back after a reload where it was, with what was open', async () => {
    const { window } = workbench();
    await window.details.locator('#variants details summary').click();
    await window.details.locator('#history').evaluate((section) => section.scrollIntoView());
    const place = (): Promise<number> => window.details.locator('html').evaluate(() => scrollY);
    const kept = await window.details.locator('#variants details[open]').count();
    assert.equal(kept, 1);
    let before = 0;
    await eventually(async () => {
      before = await place();
      const state = `"scroll":${before},"images":false,"open":["files Jan-v1-4B-F16"]`;
      return await window.page.evaluate(isStored, state);
    });
    assert.ok(before > 100, `${before}`);
    await window.reload();
    await window.details.getByRole('heading', { level: 1, name: NAME }).waitFor();
    await exactSizes(window).waitFor();
    await window.details.locator('#readme .markdown').waitFor();
    await window.details.locator('#variants details[open]').waitFor();
    await eventually(async () => Math.abs((await place()) - before) < 50);
  });

  it('says what to do about a gate, and what a token changes', async () => {
    const { window } = workbench();
    const { details } = window;
    await control().setFaults({ repositories: { [MODEL]: { gated: 'manual' } } });
    await window.runCommand('Model Hub: Refresh Models');
    const notices = details.locator('#notices');
    await notices.filter({ hasText: /author decides who gets it\. Ask for access/ }).waitFor();
    const download = details.getByRole('button', { name: /^Download IQ3_XS/ });
    await download.and(details.locator('[disabled]')).waitFor();
    const changed = details
      .locator('#history')
      .getByText(/Access: Open → Gated, the author decides/);
    await changed.waitFor();
    await notices.getByRole('button', { name: 'Set Token' }).click();
    await window.type('hf_granted');
    await notices.filter({ hasText: /Your token is sent along/ }).waitFor();
    await download.and(details.locator(':not([disabled])')).waitFor();
  });
});

describe('A model that only a catalogue without commits lists', () => {
  const settings = { 'modelHub.sources': ['jan:v2'] };
  const workbench = useWorkbench({ session: { settings } });

  it('is downloaded from its page, at the commit that the Hub has by then', async () => {
    const { hub, window } = workbench();
    const control = new HubControl(hub.url);
    await control.addFiles('janhq/Jan-code-4b-gguf', [{ path: 'tiny-Q2_K.gguf', size: 2_000_000 }]);
    const details = await openDetails(window, 'Jan-code-4b-gguf');
    const row = details.getByRole('row').filter({ hasText: 'tiny-Q2_K' });
    assert.equal(await details.locator('#variants .refusal').count(), 0);
    await row.getByRole('button', { name: /^Download Q2_K/ }).click();
    await row.getByText('Installed').waitFor();
  });
});
