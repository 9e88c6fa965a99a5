import assert from 'node:assert/strict';

import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('Without a network at the very first start', () => {
  const workbench = useWorkbench({ opensWindow: false, session: { settings: FEW_SOURCES } });

  it('shows the list that came with the extension, and says so', async () => {
    const { hub, openWindow } = workbench();
    await hub.stop();
    const window = await openWindow();
    await window.openSidebar();
    await window.treeItem('Jan-v1-4B-GGUF').waitFor();
    await window.treeMessage
      .filter({ hasText: 'Offline: showing the list that came with Model Hub.' })
      .waitFor();
    await window.statusBarItem.filter({ hasText: 'offline' }).waitFor();
  });

  it('gets the real list as soon as the network is there and the user refreshes', async () => {
    const { hub, openWindow } = workbench();
    await hub.startAgain();
    const window = await openWindow();
    await window.openSidebar();
    await window.runCommand('Model Hub: Refresh Models');
    await window.statusBarItem.filter({ hasText: /^\s*\d+ models · just now/ }).waitFor();
    await window.treeMessage.waitFor({ state: 'hidden' });
  });
});

describe('Without a network later', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('shows everything that was known, after a restart too, with its age', async () => {
    const { hub, window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    const before = await window.statusBarItem.innerText();

    await hub.stop();
    await window.reload();
    await window.openSidebar();
    await window.runCommand('Model Hub: Refresh Models');
    await window.treeMessage.filter({ hasText: /^Offline\. Last checked / }).waitFor();
    await window.statusBarItem.filter({ hasText: 'offline' }).waitFor();
    const models = /\d+ models/;
    const after = await window.statusBarItem.innerText();
    assert.deepEqual(models.exec(after)?.[0], models.exec(before)?.[0]);
    await window.treeItem('tinyllama').waitFor();
  });

  it('is back to normal with the next refresh that works', async () => {
    const { hub, window } = workbench();
    await hub.startAgain();
    await window.runCommand('Model Hub: Refresh Models');
    await window.statusBarItem.filter({ hasText: /models · just now/ }).waitFor();
    await window.treeMessage.waitFor({ state: 'hidden' });
  });
});
