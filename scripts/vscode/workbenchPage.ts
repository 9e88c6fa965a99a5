import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

import { doUntil } from './doUntil.ts';
import type { Sign } from './doUntil.ts';
import { watchProgress } from './watchProgress.ts';

const OPEN_LIMIT_MS = 60_000;
const PALETTE_LIMIT_MS = 3_000;
const PALETTE_ATTEMPTS = 6;
const ROW_LIMIT_MS = 3_000;
const ROW_ATTEMPTS = 5;

/** One workbench window, in the words of somebody who uses it. */
export class WorkbenchPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the address in a new window and waits until it can be used. */
  static async open(context: BrowserContext, address: string): Promise<WorkbenchPage> {
    const workbench = new WorkbenchPage(await context.newPage());
    await workbench.page.goto(address, { timeout: OPEN_LIMIT_MS });
    await workbench.waitUntilUsable();
    return workbench;
  }

  /** Loads the window anew, as "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitUntilUsable();
  }

  /** The icon of Model Hub in the activity bar; its name grows when it has a badge. */
  get activityIcon(): Locator {
    return this.page.locator('.activitybar .action-label[aria-label^="Model Hub"]');
  }

  /** The rows of the catalogue. */
  get treeItems(): Locator {
    return this.#view('Catalogue').getByRole('treeitem');
  }

  /** The rows of downloads and of what is installed. */
  get installedItems(): Locator {
    return this.#view('Installed').getByRole('treeitem');
  }

  /** The row of a download, a model or an entry with this text. */
  installedItem(name: string | RegExp): Locator {
    return this.installedItems.filter({ hasText: name }).first();
  }

  /**
   * Waits until no download is on its way: each that ends has all rows drawn anew, and what is
   * chosen from a row in that moment is lost.
   */
  async waitUntilDownloaded(): Promise<void> {
    const downloads = this.#view('Installed').locator(
      '[role=treeitem][aria-level="1"]:not([aria-expanded])',
    );
    await downloads.first().waitFor({ state: 'detached' });
  }

  /** The rows of one depth: 1 sources, 2 models, 3 variants. */
  treeItemsAtLevel(level: number): Locator {
    return this.#view('Catalogue').locator(`[role=treeitem][aria-level="${level}"]`);
  }

  /** The row with this text. */
  treeItem(name: string | RegExp): Locator {
    return this.treeItems.filter({ hasText: name }).first();
  }

  /** The row of the catalogue that is read out like this. */
  spokenItem(name: RegExp): Locator {
    return this.#view('Catalogue').getByRole('treeitem', { name }).first();
  }

  /** What the view says above its rows. */
  get treeMessage(): Locator {
    return this.#view('Catalogue').locator('.message');
  }

  /** What stands beside the title of the catalogue. */
  get viewDescription(): Locator {
    return this.page.locator('.sidebar .pane-header[aria-label^="Catalogue"] .description');
  }

  /** A button above the rows of the catalogue: VS Code shows it to who points at the title. */
  async titleAction(name: string): Promise<Locator> {
    return await this.#actionOf('Catalogue', name);
  }

  /** Clicks a button above the rows of the catalogue until this shows that it was pressed. */
  async clickInTitle(name: string, sign: Sign): Promise<void> {
    await doUntil(sign, async () => {
      const button = await this.titleAction(name);
      await button.click({ timeout: ROW_LIMIT_MS });
    });
  }

  /** A button above the rows of what is installed. */
  async installedAction(name: string): Promise<Locator> {
    return await this.#actionOf('Installed', name);
  }

  /** Clicks a button that a row has for who points at it until this shows that it was pressed. */
  async clickInRow(row: Locator, name: string, sign: Sign): Promise<void> {
    await doUntil(sign, () =>
      this.#attempt(async () => {
        await this.leaveHover();
        await row.hover({ timeout: ROW_LIMIT_MS });
        // The row may have moved away from the pointer.
        await row.getByRole('button', { name }).click({ timeout: ROW_LIMIT_MS });
      }),
    );
  }

  /** Takes the pointer to where nothing explains itself: a hover would lie over rows. */
  async leaveHover(): Promise<void> {
    await this.page.mouse.move(900, 500);
    await this.page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
  }

  get statusBarItem(): Locator {
    return this.page.locator('.statusbar-item[id*="modelHub.status"]');
  }

  /** The page of a model or the dashboard, inside the two frames that VS Code puts around a webview. */
  get details(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** The list that the command palette and every quick pick use. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /** Opens the sidebar, whether it is open already or about to be restored. */
  async openSidebar(): Promise<void> {
    await this.activityIcon.waitFor({ timeout: OPEN_LIMIT_MS });
    // A click on the icon would close a sidebar that opens in this moment.
    await this.runCommand('Model Hub: Focus on Catalogue View');
    await this.page.locator('.sidebar .composite.title', { hasText: /model hub/i }).waitFor();
  }

  /** Shows another view in its place. */
  async leaveSidebar(): Promise<void> {
    await this.page.locator('.activitybar .action-label[aria-label^="Explorer"]').click();
    await this.page.locator('.sidebar .composite.title', { hasText: /explorer/i }).waitFor();
  }

  /** Opens the row, once it can be opened, unless it is open. */
  async expand(row: Locator): Promise<void> {
    const open = row.and(this.page.locator('[aria-expanded="true"]'));
    const closed = row.and(this.page.locator('[aria-expanded="false"]'));
    await open.or(closed).first().waitFor();
    await doUntil(open, async () => {
      if (await closed.isVisible()) {
        await closed.locator('.monaco-tl-twistie').click({ timeout: ROW_LIMIT_MS });
      }
    });
  }

  /** Runs a command by its title in the command palette. */
  async runCommand(title: string): Promise<void> {
    const row = this.quickInput.getByRole('option', { name: title }).first();
    // Until what is on top answers to all that was typed, a row of the list is another in a moment.
    const first = this.quickInput.getByRole('option', { name: allWordsOf(title) });
    const onTop = first.and(this.page.locator('[data-index="0"]'));
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press('F1');
        const input = this.quickInput.locator('input[type=text]');
        await input.fill(`>${title}`, { timeout: PALETTE_LIMIT_MS });
        // The palette knows only the commands that were there when it was opened.
        await onTop.waitFor({ timeout: PALETTE_LIMIT_MS });
        await row.click({ timeout: PALETTE_LIMIT_MS });
        return;
      } catch (error) {
        if (attempt === PALETTE_ATTEMPTS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /**
   * Refreshes the models as the user does, and waits until that is over: neither what the status bar
   * says nor what is shown tells it from a refresh before. The catalogue has to be in sight.
   */
  async refreshModels(): Promise<void> {
    const progress = await this.#pane('Catalogue').evaluateHandle(watchProgress);
    await this.runCommand('Model Hub: Refresh Models');
    await this.page.waitForFunction(({ rests }) => rests.then(() => true), progress);
  }

  /** Chooses a row of the quick pick that is open, which leads on from there. */
  async pick(name: string | RegExp): Promise<void> {
    const row = this.quickInput.getByRole('option', { name }).first();
    await row.waitFor();
    await doUntil({ gone: row }, () => row.click({ timeout: ROW_LIMIT_MS }));
  }

  /** Opens the list that searches for models, and types. */
  async searchModels(text: string): Promise<void> {
    // The palette, which uses the same list, has no title.
    const title = this.quickInput.locator('.quick-input-title', { hasText: 'Search Models' });
    await doUntil(title, () => this.runCommand('Model Hub: Search Models…'));
    await this.quickInput.locator('input[type=text]').fill(text);
  }

  /**
   * The row of a model once it is on top and no answer is missing. Until then the list is that of
   * what was typed before, or is about to be painted anew, and a click on it is lost.
   */
  async foundOnTop(name: string): Promise<Locator> {
    const row = this.quickInput.getByRole('option').first().filter({ hasText: name });
    await row.waitFor();
    await this.quickInput.locator('.monaco-progress-container.active').waitFor({ state: 'hidden' });
    return row;
  }

  /** Opens the context menu of a row and chooses from it until this shows that it was chosen. */
  async chooseFromMenu(row: Locator, name: string, sign: Sign): Promise<void> {
    await doUntil(sign, () =>
      this.#attempt(async () => {
        await this.#closeMenu();
        await this.leaveHover();
        await row.click({ button: 'right', timeout: ROW_LIMIT_MS });
        await this.page.getByRole('menuitem', { name }).hover({ timeout: ROW_LIMIT_MS });
        const focused = this.page.locator('.action-item.focused').filter({ hasText: name });
        await focused.waitFor({ timeout: ROW_LIMIT_MS });
        // Not a click: VS Code ignores one that comes in the first moments of a menu.
        await this.page.keyboard.press('Enter');
      }),
    );
  }

  /** Types into the input box that is open, and accepts. */
  async type(text: string): Promise<void> {
    const input = this.quickInput.locator('input:visible');
    await input.fill(text);
    await input.press('Enter');
  }

  /** Opens the page of a model of the catalogue view. */
  async openModel(name: string): Promise<void> {
    const heading = this.details.getByRole('heading', { level: 1, name, exact: true });
    await doUntil(heading, () => this.treeItem(name).click());
  }

  /** Waits until no sync runs: what is read out tells also of one that does not show yet. */
  async waitUntilIdle(): Promise<void> {
    await this.statusBarItem.getByRole('button', { name: /^(?!.*Syncing: ).*\d/ }).waitFor();
  }

  /**
   * Waits until every source has answered and no sync runs. "Just now" is shown as soon as one has
   * answered, and its rows are drawn anew when the others do.
   */
  async waitUntilChecked(): Promise<void> {
    await this.statusBarItem.getByRole('button', { name: /(?:^|\s)Checked [^:]*\.$/ }).waitFor();
  }

  /** Leaves a menu that came too late. */
  async #closeMenu(): Promise<void> {
    const menu = this.page.getByRole('menu').filter({ has: this.page.getByRole('menuitem') });
    if (await menu.first().isVisible()) await this.page.keyboard.press('Escape');
  }

  /** Does it again while rows or their menus are drawn anew. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await act();
        return;
      } catch (error) {
        if (attempt === ROW_ATTEMPTS) throw error;
      }
    }
  }

  async #actionOf(view: string, name: string): Promise<Locator> {
    const header = this.page.locator(`.sidebar .pane-header[aria-label^="${view}"]`);
    await header.hover();
    return header.getByRole('button', { name });
  }

  /** A view in the sidebar. */
  #pane(name: string): Locator {
    const header = this.page.locator(`.pane-header[aria-label^="${name}"]`);
    return this.page.locator('.sidebar .pane').filter({ has: header });
  }

  /** The rows and the message of a view in the sidebar. */
  #view(name: string): Locator {
    return this.#pane(name).locator('.pane-body');
  }

  private async waitUntilUsable(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar').waitFor({ timeout: OPEN_LIMIT_MS });
  }
}

/** Matches what has all words of a text, in any order. */
function allWordsOf(text: string): RegExp {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return new RegExp(words.map((word) => `(?=.*${word})`).join(''), 'i');
}
