import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('A second window', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('shows what the first one has fetched, without a refresh of its own', async () => {
    const { hub, window, openWindow } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    const second = await openWindow();
    await second.openSidebar();
    await second.treeItem('tinyllama').waitFor();

    const control = new HubControl(hub.url);
    await control.setFaults({
      repositories: { 'cortexso/tinyllama': { renamedTo: 'cortexso/renamed-by-upstream' } },
    });
    await window.runCommand('Model Hub: Refresh Models');
    await window.treeItem('renamed-by-upstream').waitFor();
    await second.treeItem('renamed-by-upstream').waitFor();
  });
});
