import type { Frame, Page } from 'playwright-core';

/** A moment of a page, in ms since 1970: what the user did, or how it looked from then on. */
export interface Moment {
  readonly at: number;
  readonly did?: 'key' | 'press';
  readonly shows?: string;
}

/**
 * Has a page, or a frame in it, note when something is pressed, and what one part of it shows once
 * that has been painted.
 * @param part selector of what is looked at
 */
export async function noteMoments(page: Page | Frame, part: string): Promise<void> {
  await page.evaluate((selector) => {
    const moments: Moment[] = [];
    Object.assign(window, { benchMoments: moments });
    const note = (did: 'key' | 'press') => () => moments.push({ at: Date.now(), did });
    addEventListener('keydown', note('key'), true);
    addEventListener('mousedown', note('press'), true);
    let last = document.querySelector(selector)?.textContent;
    let isWaiting = false;
    const look = (): void => {
      isWaiting = false;
      const shows = document.querySelector(selector)?.textContent;
      if (shows === undefined || shows === last) return;
      last = shows;
      moments.push({ at: Date.now(), shows });
    };
    const observer = new MutationObserver(() => {
      if (isWaiting) return;
      isWaiting = true;
      // What a task after the next frame sees has been painted.
      requestAnimationFrame(() => setTimeout(look, 0));
    });
    observer.observe(document, { childList: true, subtree: true, characterData: true });
  }, part);
}

/** What was noted since this was asked last. */
export async function takeMoments(page: Page | Frame): Promise<Moment[]> {
  return await page.evaluate(() => {
    const { benchMoments = [] } = window as { benchMoments?: Moment[] };
    return benchMoments.splice(0);
  });
}
