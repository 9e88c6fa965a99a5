import type { Frame } from 'playwright-core';
import type { WorkbenchPage } from '../../../scripts/vscode/workbenchPage.ts';
import { noteMoments, takeMoments } from './painted.ts';

/** Longer than a page from the cache takes to be whole. */
const SETTLED_MS = 600;
const LIMIT_MS = 20_000;

/** Presses something; the moment when that happened, in ms since 1970. */
type Press = () => Promise<void>;

/** The page of a model in the panel that is reused for the next one, under observation. */
export class ReusedPage {
  readonly #window: WorkbenchPage;
  readonly #frame: Frame;

  private constructor(window: WorkbenchPage, frame: Frame) {
    this.#window = window;
    this.#frame = frame;
  }

  /** The page that is open now. */
  static async observe(window: WorkbenchPage): Promise<ReusedPage> {
    const heading = await window.details.locator('h1').first().elementHandle();
    const frame = await heading.ownerFrame();
    if (frame === null) throw new Error('The page is gone.');
    await noteMoments(frame, 'main');
    return new ReusedPage(window, frame);
  }

  /** From a press to the page of another model as it stays, in ms. */
  async timeTo(press: Press, heading: string): Promise<number> {
    const pressed = await pressing(this.#window, press);
    await this.#window.details.locator('h1', { hasText: heading }).waitFor({ timeout: LIMIT_MS });
    await this.#window.page.waitForTimeout(SETTLED_MS);
    const painted = await takeMoments(this.#frame);
    const last = painted.findLast(({ shows }) => shows?.includes(heading) === true);
    if (last === undefined) throw new Error(`${heading} was never painted.`);
    return last.at - pressed;
  }
}

/** From a press to a part of the page in a panel that was not there before, in ms. */
export async function timeToNewPage(
  window: WorkbenchPage,
  press: Press,
  part: string,
): Promise<number> {
  const pressed = await pressing(window, press);
  await window.details.locator(part).first().waitFor({ timeout: LIMIT_MS });
  return Date.now() - pressed;
}

export async function closeEditors(window: WorkbenchPage): Promise<void> {
  await window.runCommand('View: Close All Editors');
  await window.page.locator('iframe.webview').waitFor({ state: 'detached' });
}

async function pressing(window: WorkbenchPage, press: Press): Promise<number> {
  await takeMoments(window.page);
  await press();
  const pressed = (await takeMoments(window.page)).find(({ did }) => did === 'press');
  if (pressed === undefined) throw new Error('Nothing was pressed.');
  return pressed.at;
}
