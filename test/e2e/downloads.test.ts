import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import {
  downloadSmall,
  FILE,
  MODEL,
  modelsFolder,
  placeOfSmall,
  publishSmall,
} from './smallModel.ts';
import type { Workbench } from './workbench.ts';
import { DATABASE_LIMIT_MS, FEW_SOURCES, globalStorageOf, useWorkbench } from './workbench.ts';

const SIZE = 6_000_000;
/** What the status item tells when there is no download to tell of. */
const CATALOGUE = /\d models · /;
/** By then a window has looked for downloads that were under way before it was opened. */
const FIRST_LOOK_MS = 8_000;
/** It looks for later ones every ten seconds. */
const LATER_LOOK_MS = 40_000;

/** The sha256 that is published of the small variant. */
async function publishedSha256(hubUrl: string): Promise<string> {
  const answer = await fetch(new URL(`/api/models/${MODEL}/tree/main`, hubUrl));
  const files = (await answer.json()) as { path: string; lfs?: { oid: string } }[];
  return files.find((file) => file.path === FILE)?.lfs?.oid ?? 'not published';
}

async function assertWhole(workbench: Workbench): Promise<void> {
  const { hub } = workbench;
  const bytes = await readFile(placeOfSmall(workbench));
  assert.equal(bytes.length, SIZE);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  assert.equal(sha256, await publishedSha256(hub.url));
}

/** Everything below the folder of models, by name. */
async function everythingIn(folder: string): Promise<readonly string[]> {
  return existsSync(folder) ? (await readdir(folder, { recursive: true })).toSorted() : [];
}

/** The window whose thread has the only download, as the list of downloads names it. */
function ownerOf(workbench: Workbench): unknown {
  const file = path.join(globalStorageOf(workbench), 'downloads.db');
  using database = new DatabaseSync(file, { readOnly: true, timeout: DATABASE_LIMIT_MS });
  return database.prepare('SELECT owner FROM download').get()?.['owner'];
}

describe('A download', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is paused, outlives VS Code, and is finished when it is resumed', async () => {
    const control = new HubControl(workbench().hub.url);
    await publishSmall(workbench(), SIZE);
    const { window } = workbench();
    await control.setFaults({ slow: 60_000 });
    await downloadSmall(window);
    await window.installedItem(/tinyllama.*Q8_0 · [1-9]\d%.*MB/).waitFor();
    await window.statusBarItem.filter({ hasText: '%' }).waitFor();
    const pausedHere = window.installedItem(/Q8_0 · Paused · /);
    await window.clickInRow(window.installedItem('Q8_0'), 'Pause', pausedHere);
    await window.statusBarItem.filter({ hasText: CATALOGUE }).waitFor();

    const reopened = await workbench().reopen();
    await reopened.openSidebar();
    const paused = reopened.installedItem(/Q8_0 · Paused · [1-9]\d%/);
    await paused.waitFor();
    await control.setFaults();
    await reopened.clickInRow(paused, 'Resume', { gone: paused });
    await reopened.installedItem(/^Q8_0.*5\.7 MB · Model Hub/).waitFor();
    await assertWhole(workbench());
  });
});

describe('A download that goes on', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('goes on by itself when VS Code is started again', async () => {
    const control = new HubControl(workbench().hub.url);
    await publishSmall(workbench(), SIZE);
    await control.setFaults({ slow: 60_000 });
    await downloadSmall(workbench().window);
    await workbench()
      .window.installedItem(/tinyllama.*Q8_0 · [1-9]\d%/)
      .waitFor();
    const reopened = await workbench().reopen();
    await reopened.statusBarItem.filter({ hasText: /[1-9]\d%/ }).waitFor();
    await control.setFaults();
    await reopened.openSidebar();
    await reopened.installedItem(/^Q8_0.*5\.7 MB · Model Hub/).waitFor();
    await assertWhole(workbench());
  });
});

describe('A download of another window', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is shown in one that nobody touches, which finishes it when the other is closed', async () => {
    const { hub, window: first, openWindow } = workbench();
    const control = new HubControl(hub.url);
    // It is open before there is a download, and never shows what is installed.
    const second = await openWindow();
    const openedAt = Date.now();
    await publishSmall(workbench(), SIZE);
    await control.setFaults({ slow: 60_000 });
    await eventually(() => Date.now() - openedAt > FIRST_LOOK_MS);
    await downloadSmall(first);
    await first.statusBarItem.filter({ hasText: /[1-9]\d?%/ }).waitFor();
    const progress = second.statusBarItem.filter({ hasText: /[1-9]\d?%/ });
    await progress.waitFor({ timeout: LATER_LOOK_MS });
    const owner = ownerOf(workbench());
    assert.equal(typeof owner, 'string');

    // As a user leaves it: a page that is merely gone is waited for.
    await first.page.goto('about:blank');
    await eventually(() => ![owner, null].includes(ownerOf(workbench())));
    await progress.waitFor();
    await control.setFaults();
    await second.statusBarItem.filter({ hasText: CATALOGUE }).waitFor();
    await assertWhole(workbench());
  });
});

describe('A download that fails', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('says what is wrong where it is seen, and goes on when it is told to', async () => {
    const control = new HubControl(workbench().hub.url);
    await publishSmall(workbench(), SIZE);
    const { window } = workbench();
    await control.setFaults({ match: ['resolve', 'resolve-cache', 'cdn'], status: 404 });
    await downloadSmall(window);
    await window.statusBarItem.filter({ hasText: '1 download failed' }).waitFor();
    await window.activityIcon
      .and(window.page.locator('[aria-label*="1 download needs you"]'))
      .waitFor();
    await control.setFaults();
    const failed = window.installedItem(/^tinyllamaQ8_0 · [^%]*\.$/);
    await window.clickInRow(failed, 'Try Now', { gone: failed });
    await window.installedItem(/^Q8_0.*5\.7 MB · Model Hub/).waitFor();
    await window.statusBarItem.filter({ hasText: CATALOGUE }).waitFor();
  });

  it('is removed with all it had fetched when it is cancelled', async () => {
    const control = new HubControl(workbench().hub.url);
    const { window } = workbench();
    const folder = modelsFolder(workbench());
    const before = await everythingIn(folder);
    await control.setFaults({ slow: 20_000 });
    await window.openSidebar();
    await window.treeItem(/^tinyllama/).waitFor();
    await window.expand(window.treeItem(/^tinyllama/));
    const running = window.installedItem(/Q2_K · \d+%/);
    await window.clickInRow(window.treeItem(/^Q2/), 'Download', running);
    await eventually(async () => (await everythingIn(folder)).length > before.length);
    await window.clickInRow(running, 'Cancel Download', { gone: running });
    await eventually(async () => (await everythingIn(folder)).length <= before.length);
    assert.deepEqual(await everythingIn(folder), before);
  });
});
