import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, makeOverdue, useWorkbench } from './workbench.ts';

/** Somebody who works: VS Code takes a window for idle 40 to 70 s after the last key or click. */
const WORKING_MS = 20_000;
const KEY_MS = 2_000;

describe('A window that nobody touches', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('refreshes by itself, and leaves alone whoever works', async function () {
    this.timeout(300_000);
    const { hub, window, reopen } = workbench();
    const control = new HubControl(hub.url);
    // Without a look at the catalogue: one that can be seen asks each minute.
    await window.waitUntilChecked();
    await control.addFiles('cortexso/tinyllama', [{ path: 'new-Q8_0.gguf', size: 4_096 }]);

    const reopened = await reopen(() => makeOverdue(workbench()));
    await reopened.statusBarItem.filter({ hasText: /1[6-9] min/ }).waitFor();
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
