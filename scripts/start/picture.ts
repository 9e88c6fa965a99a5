import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Hub } from '../lib/hub.ts';
import { root } from '../lib/paths.ts';
import { launchBrowser, newContext } from '../vscode/browser.ts';
import { startSession } from '../vscode/session.ts';
import { WorkbenchPage } from '../vscode/workbenchPage.ts';

const LIMIT_MS = 30_000;
/** Of each connection of a download that is pictured: its end is far. */
const BYTES_PER_SECOND = 2_000_000;

type Stage = (workbench: WorkbenchPage, hub: Hub | undefined) => Promise<void>;

/** What a picture can show, each with the way there from a tree that shows models. */
export const pictures = {
  sidebar: () => Promise.resolve(),
  details: openDetails,
  installed: downloadTwo,
  offline: goOffline,
} as const satisfies Record<string, Stage>;

/** Whether there is a picture of this name. */
export function isPictured(view: string): view is keyof typeof pictures {
  return Object.hasOwn(pictures, view);
}

export interface PictureOptions {
  readonly file: string;
  readonly view: keyof typeof pictures;
  readonly hub: Hub | undefined;
  readonly port: number | undefined;
}

/** Opens the workbench headless and writes a picture of it once it shows what was asked for. */
export async function takePicture({ file, view, hub, port = 0 }: PictureOptions): Promise<void> {
  await using session = await startSession({ hub, port });
  await using browser = await launchBrowser();
  const context = await newContext(browser);
  context.setDefaultTimeout(LIMIT_MS);
  const workbench = await WorkbenchPage.open(context, session.address({ extension: root }));
  try {
    await showModels(workbench);
    await pictures[view](workbench, hub);
    // Away from everything that explains itself to a pointer.
    await workbench.page.mouse.move(900, 500);
    await workbench.page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
    await workbench.page.locator('.monaco-workbench[class*="theme-defaults"]').waitFor();
    await mkdir(path.dirname(file), { recursive: true });
    await workbench.page.screenshot({ path: file });
  } catch (error) {
    const seen = await workbench.page
      .locator('.sidebar')
      .innerText()
      .catch(() => '');
    throw new Error(`No picture of "${view}": ${String(error)}\nThe sidebar says:\n${seen}`, {
      cause: error,
    });
  }
  console.log(`Wrote ${file}`);
}

async function showModels(workbench: WorkbenchPage): Promise<void> {
  await workbench.openSidebar();
  await workbench.treeItemsAtLevel(1).first().waitFor();
  await workbench.expand(workbench.treeItemsAtLevel(1).first());
  await workbench.treeItemsAtLevel(2).first().waitFor();
  await workbench.waitUntilIdle();
}

async function openDetails(workbench: WorkbenchPage): Promise<void> {
  await workbench.treeItemsAtLevel(2).first().click();
  await workbench.details.locator('h1').first().waitFor();
}

/** One download that runs and one that is paused, above what Cortex has. */
async function downloadTwo(workbench: WorkbenchPage, hub: Hub | undefined): Promise<void> {
  if (hub === undefined) throw new Error('only the embedded hub can be made slow');
  const faults = { method: 'POST', body: JSON.stringify({ slow: BYTES_PER_SECOND }) };
  await fetch(new URL('/__hub/faults', hub.url), faults);
  await workbench.expand(workbench.treeItem('tinyllama'));
  const variants = workbench.treeItemsAtLevel(3);
  await workbench.clickInRow(variants.nth(0), 'Download');
  await workbench.installedItem(/[1-9]\d?%/).waitFor();
  await workbench.clickInRow(workbench.installedItem(/\d%/), 'Pause');
  await workbench.installedItem('Paused').waitFor();
  await workbench.clickInRow(variants.nth(1), 'Download');
  await workbench.installedItem(/[1-9]\d?%.*left/).waitFor();
}

async function goOffline(workbench: WorkbenchPage, hub: Hub | undefined): Promise<void> {
  if (hub === undefined) throw new Error('only the embedded hub can be switched off');
  await hub.stop();
  await workbench.runCommand('Model Hub: Refresh Models');
  await workbench.statusBarItem.filter({ hasText: /offline/i }).waitFor();
  await workbench.reload();
  await showModels(workbench);
  await workbench.statusBarItem.filter({ hasText: /offline/i }).waitFor();
}
