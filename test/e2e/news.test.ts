import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('What is new', () => {
  const workbench = useWorkbench({ opensWindow: false, session: { settings: FEW_SOURCES } });
  const [updated, added] = ['cortexso/tinyllama', 'cortexso/phi4'] as const;

  it('is marked in the tree and counted at the icon until it has been seen', async () => {
    const { hub, openWindow } = workbench();
    const control = new HubControl(hub.url);
    await control.setFaults({ repositories: { [added]: { private: true } } });
    const window = await openWindow();
    await window.openSidebar();
    await window.waitUntilChecked();
    await window.treeItem(/^tinyllama(?!.*(?:new|updated) ·)/).waitFor();
    await window.activityIcon.and(window.page.locator('[aria-label="Model Hub"]')).waitFor();

    await control.setFaults();
    await control.addFiles(updated, [{ path: 'extra-Q8_0.gguf', size: 4_096 }]);
    await window.runCommand('Model Hub: Refresh Models');
    await window.treeItem(/^tinyllama.*updated ·/).waitFor();
    await window.treeItem(/^phi4.*new ·/).waitFor();
    await window.treeItem(/^New Since Last Visit\s*2 models/).waitFor();
    const counted = '[aria-label$="1 new model"]';
    await window.activityIcon.and(window.page.locator(counted)).waitFor();
    const second = await openWindow();
    await second.activityIcon.and(second.page.locator(counted)).waitFor();

    await window.leaveSidebar();
    await second.activityIcon.and(second.page.locator('[aria-label="Model Hub"]')).waitFor();
    await window.openSidebar();
    await window.treeItem(/^New Since Last Visit/).waitFor({ state: 'detached' });
    await window.treeItem(/^tinyllama(?!.*updated ·)/).waitFor();
    await window.activityIcon.and(window.page.locator('[aria-label="Model Hub"]')).waitFor();
  });
});
