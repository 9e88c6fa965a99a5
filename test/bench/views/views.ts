import path from 'node:path';
import type { Locator } from 'playwright-core';

import { temporaryFolder } from '../../../scripts/lib/files.ts';
import { Hub } from '../../../scripts/lib/hub.ts';
import { launchBrowser, newContext } from '../../../scripts/vscode/browser.ts';
import { installExtension, userDataFolder } from '../../../scripts/vscode/server.ts';
import { startSession } from '../../../scripts/vscode/session.ts';
import { WorkbenchPage } from '../../../scripts/vscode/workbenchPage.ts';
import { HubControl } from '../../support/hubControl.ts';
import { writeCatalogue } from '../catalogueOf.ts';
import { machine } from '../machine.ts';
import { packages, probe } from '../probe.ts';
import type { BenchResult } from '../result.ts';
import { median, percentile } from '../result.ts';
import { closeEditors, ReusedPage, timeToNewPage } from './detailing.ts';
import { noteMoments } from './painted.ts';
import type { SearchTimes } from './searching.ts';
import { measureSearching, RESULTS } from './searching.ts';

const MODELS = 100_000;
/** A catalogue that cannot be reached: its rows stay as they are. */
const FULL = 'published:http://127.0.0.1:1/';
/** So many models whose rows are on the screen: opened once for the cache, then for the time. */
const SHOWN = 21;
/** So many pages from the cache. */
const PAGES = 100;
const NEW_PAGES = 9;
/** Of a window, in pixels: a usual screen on its side, so that there is room for the rows. */
const HEIGHT = 1_400;
const AUTHORS = 10;
/** Of the page of a model, once nothing of it is waited for. */
const WHOLE_PAGE = 'main[aria-busy="false"] h1';

interface DetailsTimes {
  readonly reused: readonly number[];
  /** The same of a page that shows a number. */
  readonly number: readonly number[];
  readonly fresh: readonly number[];
  readonly empty: readonly number[];
  /** Bytes that the extension host holds before the first page, and after all of them. */
  readonly memory: readonly [before: number, after: number];
}

/**
 * What it takes to search and to look at details in the workbench, with 100,000 models.
 * @param only `search`, `details`
 */
export async function measureViews(only = ['search', 'details']): Promise<BenchResult[]> {
  const { folder: reports, remove } = await temporaryFolder('bench-views');
  const reportFile = path.join(reports, 'report.json');
  try {
    await using hub = await Hub.start({ models: 400 });
    const authors = await largestAuthors(hub);
    await using session = await startSession({
      hub,
      settings: { 'modelHub.sources': [...authors.map((author) => `hf:${author}`), FULL] },
      env: { MODEL_HUB_BENCH_REPORT: reportFile },
      prepare: async (installation, folder) => {
        fill(folder);
        for (const file of await packages(reports, ['probe'])) {
          await installExtension(installation, folder, file);
        }
      },
    });
    await using browser = await launchBrowser();
    const context = await newContext(browser, { height: HEIGHT });
    const window = await WorkbenchPage.open(context, session.address({ folder: reports }));
    await window.openSidebar();
    await window.waitUntilIdle();
    await noteMoments(window.page, RESULTS);
    await expandSources(window, authors);
    console.log(`${machine()}; ${MODELS} models`);
    return [
      ...(only.includes('search') ? await measureSearch(window) : []),
      ...(only.includes('details') ? detailsResults(await measureDetails(window, reportFile)) : []),
    ];
  } finally {
    await remove();
  }
}

/** Those with most models first: so more of these than of authors are on the screen. */
async function largestAuthors(hub: Hub): Promise<string[]> {
  const control = new HubControl(hub.url);
  const counted = await Promise.all(
    (hub.sources.hf ?? []).map(async (author) => ({
      author,
      models: (await control.ids(`hf:${author}`)).length,
    })),
  );
  return counted
    .sort((a, b) => b.models - a.models)
    .slice(0, AUTHORS)
    .map(({ author }) => author);
}

/** Opens one source after another, until enough models are on the screen. */
async function expandSources(window: WorkbenchPage, authors: readonly string[]): Promise<void> {
  for (const author of authors) {
    if ((await window.treeItemsAtLevel(2).count()) >= SHOWN) return;
    await window.expand(window.treeItemsAtLevel(1).filter({ hasText: author }).first());
    await window.treeItemsAtLevel(2).first().waitFor();
  }
}

/** Writes the catalogue where the extension will look for it. */
function fill(serverFolder: string): void {
  const storage = path.join(userDataFolder(serverFolder), 'User', 'globalStorage');
  writeCatalogue({
    folder: path.join(storage, 'model-hub.model-hub'),
    models: MODELS,
    now: Date.now(),
    sources: { [FULL]: (rows) => rows },
  });
}

async function measureSearch(window: WorkbenchPage): Promise<BenchResult[]> {
  const own = await measureSearching(window, 'Model Hub: Search Models');
  return searchResults(own, await measureSearching(window, 'Probe: Static List'));
}

async function measureDetails(window: WorkbenchPage, reportFile: string): Promise<DetailsTimes> {
  const rows = await modelRows(window);
  const before = (await probe(window, reportFile)).memory;
  // The first one opens the panel; all of them get into the cache.
  await timeToNewPage(window, press(rows[0]), WHOLE_PAGE);
  const page = await ReusedPage.observe(window);
  for (const row of rows.slice(1)) await page.timeTo(press(row), row.name);
  const reused: number[] = [];
  // Never the one that is open: the last one of a round is not the first one of the next.
  for (let at = 0; reused.length < PAGES; at = (at + 1) % rows.length) {
    const row = rows[at];
    if (row !== undefined) reused.push(await page.timeTo(press(row), row.name));
  }
  const after = (await probe(window, reportFile)).memory;

  const fresh: number[] = [];
  const empty: number[] = [];
  const emptyPanel = window.page.locator('.statusbar-item', { hasText: 'emptyPanel' });
  for (const row of rows.slice(0, NEW_PAGES)) {
    await closeEditors(window);
    empty.push(await timeToNewPage(window, () => emptyPanel.click(), 'body > h1'));
    await closeEditors(window);
    fresh.push(await timeToNewPage(window, press(row), WHOLE_PAGE));
  }
  const number = await measureNumbers(window);
  return { reused, number, fresh, empty, memory: [before, after] };
}

/** What it takes to have a page that is there show something else. */
async function measureNumbers(window: WorkbenchPage): Promise<number[]> {
  await closeEditors(window);
  const teller = window.page.locator('.statusbar-item', { hasText: 'tellNumber' });
  const tell = (): Promise<void> => teller.click();
  await timeToNewPage(window, tell, 'main h1');
  const page = await ReusedPage.observe(window);
  const times: number[] = [];
  for (let told = 2; times.length < PAGES; told++) {
    times.push(await page.timeTo(tell, `Number ${told}`));
  }
  return times;
}

interface Row {
  readonly name: string;
  readonly locator: Locator;
}

/** Rows of different models that are on the screen. */
async function modelRows(window: WorkbenchPage): Promise<Row[]> {
  const rows = new Map<string, Row>();
  for (const locator of await window.treeItemsAtLevel(2).all()) {
    const name = await locator.locator('.label-name').first().innerText();
    if (!rows.has(name)) rows.set(name, { name, locator: window.treeItem(name) });
    if (rows.size === SHOWN) break;
  }
  return [...rows.values()];
}

function press(row: Row | undefined): () => Promise<void> {
  if (row === undefined) throw new Error('No model is on the screen.');
  return () => row.locator.locator('.label-name').first().click();
}

function searchResults({ keys, finals }: SearchTimes, list: SearchTimes): BenchResult[] {
  const key = percentile(keys, 0.95);
  const final = percentile(finals, 0.95);
  return [
    {
      ...{ id: 'search-key-p95', unit: 'ms', self: key },
      peers: { 'static list': percentile(list.keys, 0.95) },
      ...{ reach: '150 ms', reached: key <= 150 },
      why: `of ${keys.length} keys; the median is ${median(keys).toFixed(0)} ms, that of a static list ${median(list.keys).toFixed(0)} ms`,
    },
    {
      ...{ id: 'search-final-p95', unit: 'ms', self: final, peers: {} },
      ...{ reach: '400 ms', reached: final <= 400 },
      why: `of ${finals.length} queries; the Hub is asked 300 ms after the last key; the median is ${median(finals).toFixed(0)} ms`,
    },
  ];
}

function detailsResults({ reused, number, fresh, empty, memory }: DetailsTimes): BenchResult[] {
  const again = percentile(reused, 0.95);
  const [own, peer] = [median(fresh), median(empty)];
  const [before, after] = memory;
  const growth = (100 * (after - before)) / before;
  return [
    {
      ...{ id: 'details-reused-p95', unit: 'ms', self: again },
      peers: { 'page with a number': percentile(number, 0.95) },
      ...{ reach: '100 ms', reached: again <= 100 },
      why: `of ${reused.length} pages; the median is ${median(reused).toFixed(0)} ms, that of the page with a number ${median(number).toFixed(0)} ms`,
    },
    {
      ...{ id: 'details-new', unit: 'ms', self: own, peers: { 'empty panel': peer } },
      ...{ reach: '1.5 x an empty panel', reached: own <= 1.5 * peer },
      why: `the median of ${fresh.length} each, in turns`,
    },
    {
      ...{ id: 'details-memory', unit: '% more', self: growth, peers: {} },
      ...{ reach: '10 % more', reached: growth <= 10 },
      why: `${(before / 1e6).toFixed(1)} MB before the first page, ${(after / 1e6).toFixed(1)} MB after ${reused.length + SHOWN} more`,
    },
  ];
}
