import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { userDataFolder } from '../../scripts/vscode/server.ts';
import { userSettingsFile } from '../../scripts/vscode/settings.ts';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import type { Workbench } from './workbench.ts';
import { FEW_SOURCES, globalStorageOf, makeOverdue, useWorkbench } from './workbench.ts';

const MODEL = 'cortexso/tinyllama';

/** Events that are kept of what the user did. */
function notes(workbench: Workbench): number {
  const file = path.join(globalStorageOf(workbench), 'activity.db');
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(database.prepare('SELECT count(*) AS events FROM activity').get()?.['events']);
}

describe('Details that are fetched ahead', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  let later: WorkbenchPage;
  const name = MODEL.slice(MODEL.indexOf('/') + 1);

  /** Questions for file trees, READMEs and model files since the hub was reset. */
  async function questions(): Promise<number> {
    const { models: _, ...others } = await new HubControl(workbench().hub.url).requests();
    return Object.values(others).reduce((sum, one) => sum + one, 0);
  }

  it('are there once the user is back, and say why', async function () {
    this.timeout(300_000);
    const { hub, window, reopen } = workbench();
    const control = new HubControl(hub.url);
    await window.openSidebar();
    await window.expand(window.treeItem('cortexso'));
    await window.openModel(name);
    await window.details.getByRole('button', { name: 'Add to Favourites' }).click();
    await eventually(() => Promise.resolve(notes(workbench()) >= 2));
    // A page that is restored would fetch what is new by itself.
    await window.runCommand('View: Close All Editors');
    await window.leaveSidebar();

    // While the user is away, there is a new commit.
    later = await reopen(() => makeOverdue(workbench()));
    await control.addFiles(MODEL, [{ path: 'new-Q8_0.gguf', size: 4_096 }]);
    await control.resetStats();
    await eventually(async () => ((await control.requests())['tree'] ?? 0) > 0);
    await later.waitUntilIdle();
    await eventually(async () => {
      const { resolve = 0 } = await control.requests();
      return resolve > 0;
    });

    await later.openSidebar();
    await later.expand(later.treeItem('cortexso'));
    await control.resetStats();
    await later.openModel(name);
    await later.details.getByText('new-Q8_0').first().waitFor();
    await later.details.locator('#readme h1, #readme h2').first().waitFor();
    assert.equal(await questions(), 0);

    await later.runCommand('View: Close All Editors');
    await later.runCommand('Model Hub: Show Sync Dashboard');
    const rows = later.details.locator('#ahead tbody tr');
    await rows.filter({ hasText: MODEL }).filter({ hasText: 'favourite' }).first().waitFor();
  });

  it('are forgotten with what led to them, and no more noted where that is switched off', async function () {
    this.timeout(180_000);
    assert.ok(notes(workbench()) > 0);
    const settings = userSettingsFile(userDataFolder(workbench().session.folder));
    const known = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
    writeFileSync(settings, JSON.stringify({ ...known, 'modelHub.fetchAhead': false }));
    await later.runCommand('View: Close All Editors');
    await later.runCommand('Model Hub: Show Sync Dashboard');
    await later.details.locator('#ahead').getByText('the settings say so').waitFor();

    await later.runCommand('Model Hub: Clear Activity');
    await later.page.getByText('It is forgotten what you did with models').first().waitFor();
    assert.equal(notes(workbench()), 0);

    await later.runCommand('View: Close All Editors');
    await later.openModel(name);
    // What waits to be noted is, at the latest, when the window ends.
    await later.reload();
    await later.statusBarItem.waitFor();
    assert.equal(notes(workbench()), 0);
  });
});
