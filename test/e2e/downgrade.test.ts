import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { SCHEMA_VERSION } from '../../src/sync/cache/migrations.ts';
import { STATE_VERSION } from '../../src/views/userState.ts';
import { syncedOnce } from './settingsSync.ts';
import { readStored, store, withoutWorkbench } from './storedState.ts';
import { DATABASE_LIMIT_MS, FEW_SOURCES, globalStorageOf, useWorkbench } from './workbench.ts';

const MODEL = 'tinyllama';

describe('With a catalogue of a newer version', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const says = /written by a newer version of Model Hub\. It is shown but not refreshed: update/;
  let later: WorkbenchPage;
  let before: string;

  /** The bytes of the catalogue, and whether any wait in the log beside it. */
  function contents(): string {
    const file = path.join(globalStorageOf(workbench()), 'catalogue.db');
    const log = `${file}-wal`;
    assert.ok(!existsSync(log) || readFileSync(log).length === 0, 'something was written');
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  }

  function makeNewer(): void {
    const file = path.join(globalStorageOf(workbench()), 'catalogue.db');
    using database = new DatabaseSync(file, { timeout: DATABASE_LIMIT_MS });
    database.exec(`
      ALTER TABLE model ADD COLUMN unheard_of TEXT;
      PRAGMA user_version = ${SCHEMA_VERSION + 1};
      PRAGMA wal_checkpoint(TRUNCATE)`);
  }

  it('shows its models, and says in the view and in the status bar what is wrong', async function () {
    this.timeout(180_000);
    const { window, reopen } = workbench();
    await window.openSidebar();
    await window.statusBarItem.filter({ hasText: 'just now' }).waitFor();
    later = await reopen(() => {
      makeNewer();
      before = contents();
    });
    await later.openSidebar();
    await later.treeItem(MODEL).waitFor();
    await later.treeMessage.filter({ hasText: says }).waitFor();
    await later.statusBarItem.getByRole('button', { name: says }).waitFor();
    const interrupting = later.page.locator('.notification-toast', { hasText: 'Model Hub' });
    assert.equal(await interrupting.count(), 0);
  });

  it('refreshes nothing, and says why to who asks for it', async () => {
    await later.runCommand('Model Hub: Refresh Models');
    await later.runCommand('Notifications: Show Notifications');
    const why = /^2 sources could not be refreshed\. The catalogue was written by a newer version/;
    await later.page.locator('.notification-list-item-message', { hasText: why }).waitFor();
    await later.runCommand('Model Hub: Show Sync Dashboard');
    await later.details.locator('#notice').filter({ hasText: says }).waitFor();
    await later.details.getByText('There are no syncs to show.').waitFor();
  });

  it('opens details, and leaves the file as it was', async () => {
    await later.openModel(MODEL);
    await later.details.getByRole('heading', { name: 'Variants' }).waitFor();
    assert.equal(contents(), before);
  });

  it('offers an update in the status bar', async () => {
    await later.statusBarItem.hover();
    await later.page.getByRole('link', { name: 'Check for Extension Updates' }).waitFor();
  });
});

describe('With marks and choices of a newer version', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const says = /^Favourites and choices were written by a newer version.*update Model Hub\.$/;
  let later: WorkbenchPage;
  let before: Readonly<Record<string, unknown>>;

  it('uses them, and says in the view and in the status bar what is wrong', async function () {
    this.timeout(180_000);
    const { window, session, reopen } = workbench();
    await window.openSidebar();
    const favourites = window.treeItem('Favourites');
    await window.clickInRow(window.treeItem(MODEL), 'Add to Favourites', favourites);
    // The workbench writes it down a moment later, and not when its page is closed.
    await syncedOnce(workbench(), (marks) => marks.includes(MODEL));
    later = await reopen(() =>
      withoutWorkbench(window.page.context(), session.address(), async (page) => {
        await store(page, 'modelHub.stateVersion', STATE_VERSION + 1);
        before = await readStored(page);
      }),
    );
    await later.openSidebar();
    await later.treeItem('Favourites').waitFor();
    await later.treeMessage.filter({ hasText: says }).waitFor();
    await later.statusBarItem.getByRole('button', { name: /Favourites and choices/ }).waitFor();
  });

  it('keeps what is changed of them until the window closes, and writes nothing', async function () {
    this.timeout(120_000);
    await later.openModel(MODEL);
    await later.details.getByRole('button', { name: 'Remove from Favourites' }).click();
    await later.treeItem('Favourites').waitFor({ state: 'detached' });
    await later.reload();
    await later.treeItem('Favourites').waitFor();
    assert.deepEqual(await readStored(later.page), before);
  });
});
