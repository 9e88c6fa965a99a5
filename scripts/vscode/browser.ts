import { chromium } from 'playwright-core';
import type { Browser, BrowserContext } from 'playwright-core';

import { ensureChromium } from './chromium.ts';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a headless browser; whoever starts it closes it. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await ensureChromium();
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    args: isRoot ? [...flags, '--no-sandbox'] : flags,
    env: { ...inherited(), ...env },
    // Whoever starts the browser closes it, on signals too, after what depends on it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** A window-sized context whose storage is shared by its pages and by nothing else. */
export function newContext(
  browser: Browser,
  { height = 800 }: { readonly height?: number } = {},
): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1280, height }, colorScheme: 'dark' });
}

function inherited(): Record<string, string> {
  const defined = Object.entries(process.env).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(defined) as Record<string, string>;
}
