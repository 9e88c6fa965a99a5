import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import type { Workbench } from './workbench.ts';
import { FEW_SOURCES, globalStorageOf, useWorkbench } from './workbench.ts';

/** The background is due after 15 minutes, and waits 5 more for a window to be idle. */
const OVERDUE_MS = 16 * 60_000;
/** Somebody who works: VS Code takes a window for idle 40 to 70 s after the last key or click. */
const WORKING_MS = 20_000;
const KEY_MS = 2_000;

/** Makes it that long since the sources were asked. */
function makeOverdue(workbench: Workbench): void {
  const folder = globalStorageOf(workbench);
  using catalogue = new DatabaseSync(path.join(folder, 'catalogue.db'));
  const earlier = `max(0, coalesce(%, 0) - ${OVERDUE_MS})`;
  const set = ['last_attempt', 'last_success', 'last_sweep', 'last_counters']
    .map((column) => `${column} = ${earlier.replace('%', column)}`)
    .join(', ');
  catalogue.exec(`UPDATE source SET ${set}`);
  using coordination = new DatabaseSync(path.join(folder, 'coordination.db'));
  coordination.exec(`UPDATE lease SET attempted = ${earlier.replace('%', 'attempted')}`);
}

describe('A window that nobody touches', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('refreshes by itself, and leaves alone whoever works', async function () {
    this.timeout(240_000);
    const { hub, window, reopen } = workbench();
    const control = new HubControl(hub.url);
    // Without a look at the catalogue: one that can be seen asks each minute.
    await window.statusBarItem.filter({ hasText: 'just now' }).waitFor();
    await control.addFiles('cortexso/tinyllama', [{ path: 'new-Q8_0.gguf', size: 4_096 }]);

    const reopened = await reopen(() => makeOverdue(workbench()));
    await reopened.statusBarItem.filter({ hasText: /16 min/ }).waitFor();
    const lists = async (): Promise<number> => (await control.requests())['models'] ?? 0;
    const before = await lists();
    const started = Date.now();
    await eventually(async () => {
      await reopened.page.keyboard.press('Shift');
      await reopened.page.waitForTimeout(KEY_MS);
      return Date.now() - started > WORKING_MS;
    });
    assert.equal(await lists(), before, 'somebody works');

    await eventually(async () => (await lists()) > before);
    await reopened.statusBarItem.filter({ hasText: 'just now' }).waitFor();
  });
});
