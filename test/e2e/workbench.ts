import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { Hub } from '../../scripts/lib/hub.ts';
import type { HubOptions } from '../../scripts/lib/hub.ts';
import { outFolder, root } from '../../scripts/lib/paths.ts';
import { endWithChildren } from '../../scripts/lib/processes.ts';
import { launchBrowser, newContext } from '../../scripts/vscode/browser.ts';
import { userDataFolder } from '../../scripts/vscode/server.ts';
import { startSession, testBuiltins } from '../../scripts/vscode/session.ts';
import type { Session, SessionOptions } from '../../scripts/vscode/session.ts';
import { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';

const SET_UP_LIMIT_MS = 300_000;
/** Far more than a step takes: it is to end a test that hangs, not one on a machine that is busy. */
const STEP_LIMIT_MS = 60_000;
const BELL_LIMIT_MS = 2_000;
/** The background is due after 15 minutes, and waits 5 more for a window to be idle. */
const OVERDUE_MS = 16 * 60_000;
/** How long a database may be in use by VS Code, which may still be on its way out, in ms. */
export const DATABASE_LIMIT_MS = 5_000;
/** Of a window, in pixels: there is room for all rows of a few sources. */
const HEIGHT = 1_200;

/** Settings by which all rows of the catalogue fit into a window: what is out of sight is not there. */
export const FEW_SOURCES = { 'modelHub.sources': ['hf:cortexso', 'hf:janhq'] };

export interface WorkbenchOptions {
  readonly hub?: HubOptions;
  /** More or other settings, another version of VS Code, work before the server starts. */
  readonly session?: Omit<SessionOptions, 'hub'>;
  /** Open a window before the first test; otherwise the test opens its own. */
  readonly opensWindow?: boolean;
  /** Load the extension from the project; without it the one that `session.prepare` installs. */
  readonly fromSources?: boolean;
}

/** Where the extension keeps its databases. */
export function globalStorageOf({ session }: Workbench): string {
  const storage = path.join(userDataFolder(session.folder), 'User', 'globalStorage');
  return path.join(storage, 'model-hub.model-hub');
}

/** Makes it 16 minutes since the sources were asked, so that the background is due. */
export function makeOverdue(workbench: Workbench): void {
  const folder = globalStorageOf(workbench);
  using catalogue = new DatabaseSync(path.join(folder, 'catalogue.db'), {
    timeout: DATABASE_LIMIT_MS,
  });
  const earlier = `max(0, coalesce(%, 0) - ${OVERDUE_MS})`;
  const set = ['last_attempt', 'last_success', 'last_sweep', 'last_counters']
    .map((column) => `${column} = ${earlier.replace('%', column)}`)
    .join(', ');
  catalogue.exec(`UPDATE source SET ${set}`);
  const shared = path.join(folder, 'coordination.db');
  using coordination = new DatabaseSync(shared, { timeout: DATABASE_LIMIT_MS });
  coordination.exec(`UPDATE lease SET attempted = ${earlier.replace('%', 'attempted')}`);
}

/** A hub, a VS Code server and a browser, for the tests of one `describe`. */
export interface Workbench {
  readonly hub: Hub;
  readonly session: Session;
  /**
   * Closes VS Code and starts it anew on the same storage: its server, and a window.
   * @param whileClosed what happens to the storage in between
   */
  readonly reopen: (whileClosed?: () => void | Promise<void>) => Promise<WorkbenchPage>;
  /** The window that was opened first. */
  readonly window: WorkbenchPage;
  /** Opens one more window: an extension host of its own on the same storage. */
  readonly openWindow: () => Promise<WorkbenchPage>;
}

// The runner may be stopped: nothing that a test file started stays behind.
endWithChildren();

/** One for all tests of the run; what they store in it is apart by context. */
let browser: Promise<Browser> | undefined;
const theBrowser = (): Promise<Browser> => (browser ??= launchBrowser());

after(async () => {
  await (await browser)?.close();
});

/**
 * Starts everything before the tests of the surrounding `describe` and stops it after them. A test
 * that fails leaves a picture of each open window.
 */
export function useWorkbench(options: WorkbenchOptions = {}): () => Workbench {
  const { opensWindow = true, fromSources = true } = options;
  let stack = new AsyncDisposableStack();
  let context: BrowserContext | undefined;
  let workbench: Workbench | undefined;

  before(async function () {
    this.timeout(SET_UP_LIMIT_MS);
    await using starting = new AsyncDisposableStack();
    const hub = starting.use(await Hub.start(options.hub));
    const settings: SessionOptions = { builtins: testBuiltins, ...options.session, hub };
    let session = starting.use(await startSession(settings));
    const windows = starting.use(await newContext(await theBrowser(), { height: HEIGHT }));
    windows.setDefaultTimeout(STEP_LIMIT_MS);
    context = windows;
    const address = session.address(fromSources ? { extension: root } : {});
    const openWindow = (): Promise<WorkbenchPage> => WorkbenchPage.open(windows, address);
    const first = opensWindow ? await openWindow() : undefined;
    workbench = {
      hub,
      session,
      reopen: async (whileClosed) => {
        const { folder, home, server } = session;
        for (const page of windows.pages()) await page.close();
        await server.stop();
        await whileClosed?.();
        const again = { ...settings, folder, ...(home !== undefined && { home }) };
        session = stack.use(await startSession({ ...again, port: server.port }));
        return await openWindow();
      },
      get window() {
        if (first === undefined) throw new Error('This fixture opens no window by itself.');
        return first;
      },
      openWindow,
    };
    stack = starting.move();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await takePictures(context, this.currentTest.fullTitle());
    }
  });

  after(async function () {
    this.timeout(SET_UP_LIMIT_MS);
    await stack.disposeAsync();
  });

  return () => {
    if (workbench === undefined) throw new Error('The workbench is there inside tests only.');
    return workbench;
  };
}

async function takePictures(context: BrowserContext | undefined, title: string): Promise<void> {
  const folder = path.join(outFolder, 'e2e');
  await mkdir(folder, { recursive: true });
  const name = title.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  for (const [index, page] of (context?.pages() ?? []).entries()) {
    const file = path.join(folder, `${name}${index === 0 ? '' : `-${index + 1}`}.png`);
    await showNotifications(page);
    await page.screenshot({ path: file });
    console.error(`      picture of the failure: ${file}`);
  }
}

/** What VS Code told the user and has hidden since is often the reason of the failure. */
async function showNotifications(page: Page): Promise<void> {
  const bell = page.locator('.statusbar-item[id="status.notifications"]');
  await bell.click({ timeout: BELL_LIMIT_MS }).catch(() => undefined);
}
