import { errors } from 'playwright-core';
import type { Locator } from 'playwright-core';

/** What shows that something was done: this is there now, or is gone. */
export type Sign = Locator | { readonly gone: Locator };

/** Whoever sees nothing for so long does it again. */
const PATIENCE_MS = 5_000;
const MOST_TRIES = 4;

/**
 * Does something until there is a sign of it, as a user does who sees that nothing has happened. VS
 * Code draws rows and buttons anew at any time, and a click in that moment is lost.
 * @param act may fail when it is done again: then it had been done, and the sign is on its way
 */
export async function doUntil(sign: Sign, act: () => Promise<void>): Promise<void> {
  await act();
  for (let tries = 1; tries < MOST_TRIES; tries++) {
    if (await isSeen(sign)) return;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      break;
    }
  }
  await see(sign);
}

async function isSeen(sign: Sign): Promise<boolean> {
  try {
    await see(sign, { timeout: PATIENCE_MS });
    return true;
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false;
    throw error;
  }
}

async function see(sign: Sign, limit: { readonly timeout?: number } = {}): Promise<void> {
  if ('gone' in sign) await sign.gone.first().waitFor({ state: 'hidden', ...limit });
  else await sign.first().waitFor(limit);
}
