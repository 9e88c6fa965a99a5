import assert from 'node:assert/strict';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('Refresh Models', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('can be cancelled from the view, and what is known stays', async () => {
    const { hub, window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    const control = new HubControl(hub.url);
    await control.setFaults({ hold: true });
    await window.runCommand('Model Hub: Refresh Models');
    const cancelled = window.page.getByText('Refresh cancelled').first();
    await window.clickInTitle('Cancel Refresh', cancelled);
    await (await window.titleAction('Refresh Models')).waitFor();
    await window.treeItem('tinyllama').waitFor();
    await control.setFaults();
  });

  it('tells what it changed and what that cost', async () => {
    const { hub, window } = workbench();
    // A catalogue that can be seen asks each minute, and might be told first.
    await window.leaveSidebar();
    await window.waitUntilIdle();
    await new HubControl(hub.url).addFiles('cortexso/tinyllama', [
      { path: 'extra-Q8_0.gguf', size: 4_096 },
    ]);
    await window.runCommand('Model Hub: Refresh Models');
    await window.page
      .getByText(/^ 1 updated, [\d.]+ KB$/)
      .first()
      .waitFor();
  });
});

describe('The sync history', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('shows why each run took place, what it changed and what it cost', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    await window.refreshModels();
    await window.runCommand('Model Hub: Show Sync History');
    const lines = window.page.locator('.editor-instance .view-lines');
    await lines.filter({ hasText: /manual:.*requests/ }).waitFor();
    const text = (await lines.innerText()).replaceAll('\u00a0', ' ');
    assert.match(text, /startup: \d+ updated/);
    assert.match(text, /hf:janhq: /);
  });
});

describe('Clear Cache', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('says what it freed and keeps the list', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    await window.runCommand('Model Hub: Clear Cache');
    const freed = /^Freed [\d.]+ [KM]?B\. The list of models stays/;
    const told = window.page.locator('.notification-list-item-message', { hasText: freed });
    // More may be told than there is room for outside of the list.
    await doUntil(told, () => window.runCommand('Notifications: Show Notifications'));
    await window.treeItem('tinyllama').waitFor();
  });
});
