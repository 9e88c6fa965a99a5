import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Locator } from 'playwright-core';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { userDataFolder } from '../../scripts/vscode/server.ts';
import { userSettingsFile } from '../../scripts/vscode/settings.ts';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { syncedOnce } from './settingsSync.ts';
import type { Workbench } from './workbench.ts';
import {
  DATABASE_LIMIT_MS,
  FEW_SOURCES,
  globalStorageOf,
  makeOverdue,
  useWorkbench,
} from './workbench.ts';

const MODEL = 'cortexso/tinyllama';

/** Rows of a table of the log of activity; none where it is not made yet. */
function rowsOf(workbench: Workbench, table: 'activity' | 'ahead'): Record<string, unknown>[] {
  const file = path.join(globalStorageOf(workbench), 'activity.db');
  if (!existsSync(file)) return [];
  using database = new DatabaseSync(file, { readOnly: true, timeout: DATABASE_LIMIT_MS });
  const isMade = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table);
  return isMade === undefined ? [] : database.prepare(`SELECT * FROM ${table}`).all();
}

/** Events that are kept of what the user did. */
const notes = (workbench: Workbench): number => rowsOf(workbench, 'activity').length;

describe('Details that are fetched ahead', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  let later: WorkbenchPage;
  const name = MODEL.slice(MODEL.indexOf('/') + 1);

  /** Finds the model without a look at the catalogue: one that is seen asks each minute. */
  async function find(window: WorkbenchPage): Promise<Locator> {
    await window.searchModels(MODEL);
    return await window.foundOnTop(name);
  }

  async function openBySearch(window: WorkbenchPage): Promise<void> {
    await find(window);
    await window.page.keyboard.press('Enter');
    await window.details.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  }

  /** The newest fetch that the dashboard tells of. */
  async function onDashboard(window: WorkbenchPage, text: string): Promise<void> {
    await window.runCommand('View: Close All Editors');
    await window.runCommand('Model Hub: Show Sync Dashboard');
    await window.details.locator('#ahead').filter({ hasText: text }).waitFor();
  }

  it('are there once the user is back, and say why', async function () {
    this.timeout(300_000);
    const { hub, window, reopen } = workbench();
    const control = new HubControl(hub.url);
    await window.waitUntilChecked();
    // No page is opened: one that is restored would fetch what is new by itself.
    const row = await find(window);
    await window.clickInRow(
      row,
      'Add to Favourites',
      row.getByRole('button', { name: 'Remove from Favourites' }),
    );
    await window.page.keyboard.press('Escape');
    await eventually(() => notes(workbench()) >= 1);
    // The workbench writes it down a moment later, and not when its page is closed.
    await syncedOnce(workbench(), (marks) => marks.includes(MODEL));

    const before = rowsOf(workbench(), 'ahead').map(({ revision }) => revision);
    await control.addFiles(MODEL, [{ path: 'new-Q8_0.gguf', size: 4_096 }]);
    later = await reopen(() => makeOverdue(workbench()));
    const fetched = (): Record<string, unknown> | undefined =>
      rowsOf(workbench(), 'ahead').find(
        ({ id, revision }) => id === MODEL && !before.includes(revision),
      );
    await eventually(() => fetched() !== undefined);
    await onDashboard(later, 'because it is a favourite');
    await later.details.locator('#ahead tbody tr').filter({ hasText: MODEL }).first().waitFor();

    assert.equal(fetched()?.['used'], null);
    await control.setFaults({ offline: true });
    await openBySearch(later);
    await later.details.getByText('new-Q8_0').first().waitFor();
    await later.details.locator('#readme h1, #readme h2').first().waitFor();
    await eventually(() => typeof fetched()?.['used'] === 'number');
    await control.setFaults();
  });

  it('are forgotten with what led to them, and no more noted where that is switched off', async function () {
    this.timeout(300_000);
    const file = userSettingsFile(userDataFolder(workbench().session.folder));
    later = await workbench().reopen(() => {
      const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      writeFileSync(file, JSON.stringify({ ...known, 'modelHub.fetchAhead': false }));
    });
    await onDashboard(later, 'the settings say so');

    assert.ok(notes(workbench()) > 0);
    await later.runCommand('Model Hub: Clear Activity');
    const told = later.page.locator('.notification-list-item-message', {
      hasText: 'It is forgotten what you did with models',
    });
    // More may be told than there is room for outside of the list.
    await doUntil(told, () => later.runCommand('Notifications: Show Notifications'));
    assert.equal(notes(workbench()), 0);

    await openBySearch(later);
    // What waits to be noted is, at the latest, when the window ends.
    await later.reload();
    await later.statusBarItem.waitFor();
    assert.equal(notes(workbench()), 0);
  });
});
