import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type Axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';

import { root } from '../../scripts/lib/paths.ts';
import { launchBrowser, newContext } from '../../scripts/vscode/browser.ts';
import type { DetailsView, HostMessage, PageMessage } from '../../src/views/details/messages.ts';
import type { PageOptions } from '../../src/views/webview/pageHtml.ts';
import { pageHtml } from '../../src/views/webview/pageHtml.ts';
import type { Theme } from './themes.ts';
import { EDITOR_STYLE } from './themes.ts';

export const ORIGIN = 'https://page.example';
/** The widgets make an empty style, which the policy refuses, as soon as they have come. */
const OF_THE_TOOLKIT = /style-src.*'sha256-47DEQpj8HBSa/;

/** A page of ours in a browser without an editor around it: the test is its host. */
export interface BarePage {
  readonly page: Page;
  /** What the browser reported, but for what is known of the widgets: refused by the policy, or failed. */
  readonly complaints: readonly string[];
  /** Where it asked for something that is no part of it. */
  readonly requests: readonly string[];
  /** Loads the page again, which knows what it kept. */
  readonly reload: () => Promise<void>;
  /** What the page has said since it loaded. */
  readonly told: () => Promise<readonly PageMessage[]>;
}

/** The details page. */
export interface DetailsBrowser extends BarePage {
  /** Sends a view and waits until it is painted. */
  readonly show: (view: DetailsView) => Promise<void>;
}

/**
 * Opens the page anew before each test of the surrounding `describe`.
 * @param widgets false: the file with the widgets cannot be had
 * @param images whether its policy lets it fetch images from elsewhere
 */
export function useDetailsBrowser({ widgets = true, images = false } = {}): () => DetailsBrowser {
  let browser: Browser | undefined;
  let opened: DetailsBrowser | undefined;

  before(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    if (browser !== undefined) opened = await open(browser, widgets, images);
  });
  afterEach(async () => {
    await opened?.page.context().close();
  });
  after(async () => {
    await browser?.close();
  });

  return () => {
    if (opened === undefined) throw new Error('The page is there inside tests only.');
    return opened;
  };
}

async function open(browser: Browser, widgets: boolean, images: boolean): Promise<DetailsBrowser> {
  const bare = await openBarePage(browser, documentOf(images), widgets);
  return {
    ...bare,
    show: async (view) => {
      await bare.page.evaluate(paint, { type: 'show', view } satisfies HostMessage);
    },
  };
}

/**
 * Opens one of our pages.
 * @param document its HTML: see documentOf
 * @param widgets false: the file with the widgets cannot be had
 */
export async function openBarePage(
  browser: Browser,
  document: string,
  widgets = true,
): Promise<BarePage> {
  const context = await newContext(browser);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (!OF_THE_TOOLKIT.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.route('**/*', async (route) => {
    const { pathname, origin } = new URL(route.request().url());
    if (origin !== ORIGIN || !/^\/(?:$|dist\/|media\/)/.test(pathname)) {
      requests.push(route.request().url());
      await route.abort();
    } else if (pathname === '/') {
      await route.fulfill({ contentType: 'text/html', body: document });
    } else if (pathname.includes('toolkit') && !widgets) {
      await route.abort();
    } else {
      await route.fulfill({ path: path.join(root, pathname) });
    }
  });
  await page.addInitScript(() => {
    const told: unknown[] = [];
    // Stands for the editor, which keeps the state of a page for the next one.
    const kept = (): unknown => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined;
    Object.assign(globalThis, {
      told,
      kept,
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => told.push(message),
        getState: kept,
        setState: (next: unknown) => sessionStorage.setItem('state', JSON.stringify(next)),
      }),
    });
  });
  await page.goto(ORIGIN);
  const told = (): Promise<PageMessage[]> =>
    page.evaluate(() => (globalThis as unknown as { told: PageMessage[] }).told);
  return {
    page,
    complaints,
    requests,
    told,
    reload: async () => {
      await page.reload();
    },
  };
}

/** In the browser: a message is painted in a later task than the one it comes in. */
async function paint(message: HostMessage): Promise<void> {
  const words = `${performance.now()}`;
  window.postMessage(message, '*');
  window.postMessage({ type: 'say', text: words } satisfies HostMessage, '*');
  while (document.getElementById('said')?.textContent !== words) {
    await new Promise(requestAnimationFrame);
  }
}

/** Dresses a page as the editor does in this theme. */
export async function wear(page: Page, theme: Theme): Promise<void> {
  await page.evaluate(
    ({ classes, variables, style }) => {
      for (const [name, value] of Object.entries(variables)) {
        document.documentElement.style.setProperty(name, value);
      }
      const sheet = new CSSStyleSheet();
      // What the page says itself wins, as in the editor.
      sheet.replaceSync(`@layer editor { ${style} }`);
      document.adoptedStyleSheets.push(sheet);
      document.body.className = classes;
    },
    { ...theme, style: EDITOR_STYLE },
  );
}

/**
 * Runs axe-core on the page.
 * @param colours also whether they can be told apart, which makes sense in a theme only
 * @returns what it found wrong
 */
export async function findBarriers(
  page: Page,
  { colours = false }: { readonly colours?: boolean } = {},
): Promise<readonly string[]> {
  await page.evaluate(
    await readFile(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8'),
  );
  return page.evaluate(async (enabled) => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(document, { rules: { 'color-contrast': { enabled } } });
    return violations.map(({ id, nodes }) => {
      const found = nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`);
      return `${id}: ${found.join('\n')}`;
    });
  }, colours);
}

/** The document of one of our pages; unless said otherwise of the details page. */
export function documentOf(images: boolean, other: Partial<PageOptions> = {}): string {
  return pageHtml({
    cspSource: ORIGIN,
    script: `${ORIGIN}/dist/page.js`,
    name: 'details',
    styles: [`${ORIGIN}/media/details.css`],
    toolkit: `${ORIGIN}/dist/vendor/toolkit.min.js`,
    nonce: 'nonce',
    language: 'en',
    title: 'Details',
    loading: 'Loading…',
    images,
    ...other,
  });
}
