import path from 'node:path';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { HubControl } from '../support/hubControl.ts';
import type { Workbench } from './workbench.ts';

/** The model that gains a variant that is quick to fetch, and the file of that variant. */
export const MODEL = 'cortexso/tinyllama';
export const FILE = 'tiny-Q8_0.gguf';

/** Publishes the small variant and shows its row in the catalogue. */
export async function publishSmall({ hub, window }: Workbench, size: number): Promise<void> {
  await new HubControl(hub.url).addFiles(MODEL, [{ path: FILE, size }]);
  await window.openSidebar();
  await window.waitUntilChecked();
  await window.runCommand('Model Hub: Refresh Models');
  await window.spokenItem(/^tinyllama.*, 4 variants$/).waitFor();
  await window.expand(window.treeItem('tinyllama'));
}

/** Publishes the small variant, and downloads it into the folder of Model Hub. */
export async function installSmall(workbench: Workbench, size: number): Promise<void> {
  const { window } = workbench;
  await publishSmall(workbench, size);
  await downloadSmall(window);
  await window.installedItem(/^Q8_0.*Model Hub/).waitFor();
  await window.waitUntilDownloaded();
}

/** Has the small variant downloaded into the folder of Model Hub, and waits until that begins. */
export async function downloadSmall(window: WorkbenchPage): Promise<void> {
  await window.clickInRow(window.treeItem(/^Q8_0/), 'Download', window.installedItem('Q8_0'));
}

/** Where downloads go. */
export function modelsFolder({ session }: Workbench): string {
  return path.join(session.home ?? '', '.model-hub', 'models');
}

/** Where the small variant ends up. */
export function placeOfSmall(workbench: Workbench): string {
  return path.join(modelsFolder(workbench), ...MODEL.split('/'), FILE);
}
