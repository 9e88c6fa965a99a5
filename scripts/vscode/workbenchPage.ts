import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

/** A page that was clicked for is there by then. */
const CLICK_LIMIT_MS = 5_000;
const MOST_CLICKS = 4;
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

  /** A button above the rows of what is installed. */
  async installedAction(name: string): Promise<Locator> {
    return await this.#actionOf('Installed', name);
  }

  /** Clicks a button that a row has for who points at it. */
  async clickInRow(row: Locator, name: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.leaveHover();
      await row.hover();
      try {
        // The row may have moved away from the pointer.
        await row.getByRole('button', { name }).click({ timeout: ROW_LIMIT_MS });
        return;
      } catch (error) {
        if (attempt === ROW_ATTEMPTS) throw error;
      }
    }
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

  /** Opens the row unless it is open. */
  async expand(row: Locator): Promise<void> {
    if ((await row.getAttribute('aria-expanded')) !== 'false') return;
    await row.locator('.monaco-tl-twistie').click();
    await row.and(this.page.locator('[aria-expanded="true"]')).waitFor();
  }

  /** Runs a command by its title in the command palette. */
  async runCommand(title: string): Promise<void> {
    const row = this.quickInput.getByRole('option', { name: title }).first();
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('F1');
      await this.quickInput.locator('input[type=text]').fill(`>${title}`);
      try {
        // The palette knows only the commands that were there when it was opened.
        await row.click({ timeout: PALETTE_LIMIT_MS });
        return;
      } catch (error) {
        if (attempt === PALETTE_ATTEMPTS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Chooses a row of the quick pick that is open. */
  async pick(name: string | RegExp): Promise<void> {
    await this.quickInput.getByRole('option', { name }).first().click();
  }

  /** Opens the list that searches for models, and types. */
  async searchModels(text: string): Promise<void> {
    await this.runCommand('Model Hub: Search Models…');
    // The palette, which uses the same list, has no title.
    await this.quickInput.locator('.quick-input-title', { hasText: 'Search Models' }).waitFor();
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

  /** Opens the context menu of a row and chooses from it. */
  async chooseFromMenu(row: Locator, name: string): Promise<void> {
    await row.click({ button: 'right' });
    await this.page.getByRole('menuitem', { name }).hover();
    // Not a click: VS Code ignores one that comes in the first moments of a menu.
    await this.page.keyboard.press('Enter');
  }

  /** Types into the input box that is open, and accepts. */
  async type(text: string): Promise<void> {
    const input = this.quickInput.locator('input:visible');
    await input.fill(text);
    await input.press('Enter');
  }

  /**
   * Opens the page of a model of the catalogue view. Rows are repainted as more is known of them,
   * and a click in that moment is lost or hits the next row: then it is clicked again.
   */
  async openModel(name: string): Promise<void> {
    const heading = this.details.getByRole('heading', { level: 1, name, exact: true });
    for (let tries = 1; ; tries++) {
      await this.treeItem(name).click();
      try {
        await heading.waitFor({ timeout: CLICK_LIMIT_MS });
        return;
      } catch (error) {
        if (tries === MOST_CLICKS) throw error;
      }
    }
  }

  /** Waits until the status bar no longer says that a sync is running. */
  async waitUntilIdle(): Promise<void> {
    const spinner = this.page.locator('.codicon-modifier-spin');
    await this.statusBarItem.filter({ hasNot: spinner, hasText: /\d/ }).waitFor();
  }

  async #actionOf(view: string, name: string): Promise<Locator> {
    const header = this.page.locator(`.sidebar .pane-header[aria-label^="${view}"]`);
    await header.hover();
    return header.getByRole('button', { name });
  }

  /** The rows and the message of a view in the sidebar. */
  #view(name: string): Locator {
    const header = this.page.locator(`.pane-header[aria-label^="${name}"]`);
    return this.page.locator('.sidebar .pane').filter({ has: header }).locator('.pane-body');
  }

  private async waitUntilUsable(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar').waitFor({ timeout: OPEN_LIMIT_MS });
  }
}
