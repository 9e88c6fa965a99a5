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

type Act = (workbench: WorkbenchPage, hub: Hub | undefined) => Promise<void>;

/** The way from a tree that shows models to what a picture shows. */
interface Stage {
  /** For all pictures. */
  readonly once?: Act;
  /** For each picture: what another theme takes away. */
  readonly each?: Act;
}

/** What a picture can show. */
export const pictures = {
  sidebar: {},
  search: { each: searchForFits },
  details: { once: openDetails },
  installed: { once: downloadTwo },
  dashboard: { once: showDashboard },
  offline: { once: goOffline },
} as const satisfies Record<string, Stage>;

/** Whether there is a picture of this name. */
export function isPictured(view: string): view is keyof typeof pictures {
  return Object.hasOwn(pictures, view);
}

export type View = keyof typeof pictures;

/** The themes that a picture can be taken in, by the names in which VS Code lists them. */
export const themes = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'hc-dark': 'Dark High Contrast',
  'hc-light': 'Light High Contrast',
} as const;

export interface Shot {
  readonly file: string;
  /** Absent: the theme that the workbench has by itself. */
  readonly theme?: keyof typeof themes;
}

export interface PictureOptions {
  readonly shots: readonly Shot[];
  readonly view: View;
  readonly hub: Hub | undefined;
  readonly port?: number | undefined;
}

/** Opens the workbench headless and writes pictures of it once it shows what was asked for. */
export async function takePictures({ shots, view, hub, port = 0 }: PictureOptions): Promise<void> {
  await using session = await startSession({ hub, port });
  await using browser = await launchBrowser();
  const context = await newContext(browser);
  context.setDefaultTimeout(LIMIT_MS);
  const workbench = await WorkbenchPage.open(context, session.address({ extension: root }));
  try {
    await showModels(workbench);
    const { once, each }: Stage = pictures[view];
    await once?.(workbench, hub);
    for (const { file, theme } of shots) {
      if (theme !== undefined) await dress(workbench, themes[theme]);
      await each?.(workbench, hub);
      await shoot(workbench, file);
    }
  } catch (error) {
    const seen = await workbench.page
      .locator('.sidebar')
      .innerText()
      .catch(() => '');
    throw new Error(`No picture of "${view}": ${String(error)}\nThe sidebar says:\n${seen}`, {
      cause: error,
    });
  }
}

async function shoot(workbench: WorkbenchPage, file: string): Promise<void> {
  await workbench.leaveHover();
  await workbench.page.locator('.monaco-workbench[class*="theme-defaults"]').waitFor();
  await mkdir(path.dirname(file), { recursive: true });
  await workbench.page.screenshot({ path: file });
  console.log(`Wrote ${file}`);
}

/** Gives the workbench another theme. */
async function dress(workbench: WorkbenchPage, theme: string): Promise<void> {
  await closeInput(workbench);
  await workbench.runCommand('Preferences: Color Theme');
  await workbench.quickInput.locator('input:visible').fill(theme);
  await workbench.pick(theme);
  await workbench.quickInput.waitFor({ state: 'hidden' });
}

async function closeInput(workbench: WorkbenchPage): Promise<void> {
  if (await workbench.quickInput.isVisible()) await workbench.page.keyboard.press('Escape');
}

async function showModels(workbench: WorkbenchPage): Promise<void> {
  await workbench.openSidebar();
  await workbench.treeItemsAtLevel(1).first().waitFor();
  await workbench.expand(workbench.treeItemsAtLevel(1).first());
  await workbench.treeItemsAtLevel(2).first().waitFor();
  await workbench.waitUntilIdle();
}

async function searchForFits(workbench: WorkbenchPage): Promise<void> {
  await workbench.runCommand('Model Hub: Search Models');
  await workbench.quickInput.locator('input:visible').fill('jan @fits size:<8gb');
  await workbench.quickInput.getByRole('option').nth(2).waitFor();
}

async function showDashboard(workbench: WorkbenchPage): Promise<void> {
  await workbench.runCommand('Model Hub: Refresh Models');
  await workbench.waitUntilIdle();
  await workbench.runCommand('Model Hub: Show Sync Dashboard');
  await workbench.details.locator('svg').first().waitFor();
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
  const running = workbench.installedItem(/\d%/);
  await workbench.clickInRow(variants.nth(0), 'Download', running);
  await workbench.installedItem(/[1-9]\d?%/).waitFor();
  await workbench.clickInRow(running, 'Pause', workbench.installedItem('Paused'));
  await workbench.clickInRow(variants.nth(1), 'Download', running);
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
