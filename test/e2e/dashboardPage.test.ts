import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';

import { launchBrowser } from '../../scripts/vscode/browser.ts';
import type { DashboardHostMessage } from '../../src/views/dashboard/dashboardMessages.ts';
import type { DashboardSubject } from '../../src/views/dashboard/dashboardSubject.ts';
import { dashboardView } from '../../src/views/dashboard/dashboardView.ts';
import { NOW, plainWording } from '../unit/details/samples.ts';
import { FAILURE, janhq, subject } from '../unit/views/dashboardSamples.ts';
import type { BarePage } from './detailsBrowser.ts';
import { documentOf, findBarriers, openBarePage, ORIGIN } from './detailsBrowser.ts';

const failing = { sources: [{ ...janhq, failure: { ...FAILURE, at: NOW } }] };
const STATES: readonly Partial<DashboardSubject>[] = [
  {},
  failing,
  { runs: [], traffic: [] },
  { link: 'offline', runs: subject().runs.slice(0, 1) },
  { trouble: 'The engine does not answer. See the log.' },
];

describe('The page of the sync dashboard', () => {
  let browser: Browser | undefined;
  let opened: BarePage;

  async function open(widgets = true): Promise<void> {
    const document = documentOf(false, {
      name: 'dashboard',
      script: `${ORIGIN}/dist/dashboardPage.js`,
      styles: ['details.css', 'dashboard.css'].map((file) => `${ORIGIN}/media/${file}`),
    });
    opened = await openBarePage(browser!, document, widgets);
  }

  async function show(changes: Partial<DashboardSubject> = {}): Promise<void> {
    const view = dashboardView(subject(changes), plainWording);
    // The title is painted with the rest, in one go.
    const message: DashboardHostMessage = { type: 'show', view: { ...view, title: `T${++shown}` } };
    await opened.page.evaluate((data) => window.postMessage(data, '*'), message);
    await opened.page.getByRole('heading', { name: `T${shown}`, exact: true }).waitFor();
  }
  let shown = 0;

  before(async () => {
    browser = await launchBrowser();
  });
  beforeEach(() => open());
  afterEach(() => opened.page.context().close());
  after(() => browser?.close());

  it('draws two charts and tells the same in tables', async () => {
    const { page } = opened;
    await show();
    assert.equal(await page.locator('#days rect.received').count(), 14);
    assert.equal(await page.locator('#runs rect.whole').count(), 40);
    assert.equal(await page.locator('#days rect.failed').count(), 4);
    await page.getByRole('img', { name: /^Bars for each of 14 days: / }).waitFor();
    const table = page.locator('#days table');
    await page.locator('#days summary').press('Enter');
    await table.getByRole('row').nth(14).waitFor();
    const newest = await table.getByRole('row').nth(1).innerText();
    assert.match(newest, /2026-11-22\s+106\s/);
  });

  it('draws bars to one scale', async () => {
    await show();
    const heights = await opened.page
      .locator('#days .bars rect.whole')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().height));
    const { days } = dashboardView(subject(), plainWording);
    const most = Math.max(...days.rows.map(({ whole }) => whole));
    const tallest = Math.max(...heights);
    for (const [at, { whole }] of days.rows.entries()) {
      assert.ok(Math.abs(heights[at]! / tallest - whole / most) < 0.02, `bar ${at}`);
    }
  });

  it('tells the host what is pressed', async () => {
    const { page, told } = opened;
    await show(failing);
    await page.getByRole('button', { name: 'Refresh Models' }).click();
    await page.getByRole('button', { name: 'Show Sync History' }).press('Enter');
    await page.getByRole('button', { name: 'Set Token…: janhq' }).press('Space');
    const commands = (await told()).map((message) => Reflect.get(message, 'command') as unknown);
    const expected = ['modelHub.refresh', 'modelHub.showHistory', 'modelHub.setToken'];
    assert.deepEqual(commands, [undefined, ...expected]);
  });

  it('keeps folds and focus while it is painted anew, and brings them back after a reload', async () => {
    const { page } = opened;
    await show();
    await page.locator('#days summary').click();
    await page.evaluate(() => scrollTo(0, 200));
    await show({ ...failing, traffic: subject().traffic.slice(4) });
    assert.equal(await page.locator('#days details[open]').count(), 1);
    await page.waitForFunction(() =>
      /"scroll":[1-9].*"open":\["days"\]/.test(sessionStorage.getItem('state') ?? ''),
    );
    await opened.reload();
    await show(failing);
    assert.equal(await page.locator('#days details[open]').count(), 1);
    assert.equal(await page.locator('#runs details[open]').count(), 0);
    assert.ok((await page.evaluate(() => scrollY)) > 0);
  });

  it('leaves the focus where it is when what has it is painted anew', async () => {
    const { page } = opened;
    await show(failing);
    await page.locator('#days summary').click();
    const focusable = [
      page.getByRole('button', { name: 'Refresh Models' }),
      page.getByRole('button', { name: 'Set Token…: janhq' }),
      page.locator('#days summary'),
      page.locator('#days .scroller'),
      page.locator('#sources .scroller'),
    ];
    const { traffic } = subject();
    for (const [at, one] of focusable.entries()) {
      await one.focus();
      const now = NOW + at * 90_000;
      const sources = [{ ...janhq, models: at, failure: { ...FAILURE, at: NOW } }];
      await show({ sources, traffic: traffic.slice(at + 1), now });
      assert.equal(await one.evaluate((made) => made.matches(':focus')), true, `${at}`);
    }
  });

  it('says in words when no sync has run yet, and shows no charts', async () => {
    const { page } = opened;
    await show({ runs: [], traffic: [] });
    await page.getByText('No sync has run yet.').waitFor();
    assert.equal(await page.locator('figure').count(), 0);
  });

  it('is never wider than a narrow window', async () => {
    const { page } = opened;
    for (const width of [320, 480, 900]) {
      await page.setViewportSize({ width, height: 800 });
      await show(failing);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0, `${width} pixels`);
    }
  });

  it('shows what others wrote as text', async () => {
    const { page, complaints } = opened;
    const message = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    await show({ sources: [{ ...janhq, failure: { kind: 'server', message, at: NOW } }] });
    await page.getByText(message).waitFor();
    assert.equal(await page.locator('#errors img, #errors script').count(), 0);
    assert.notEqual(await page.title(), '1');
    assert.deepEqual(
      complaints.filter((text) => !/style-src/.test(text)),
      [],
    );
  });

  it('has no barrier that axe knows of, in any state', async () => {
    for (const state of STATES) {
      await show(state);
      assert.deepEqual(await findBarriers(opened.page), []);
    }
    assert.deepEqual(
      opened.complaints.filter((text) => !/style-src/.test(text)),
      [],
    );
  });

  it('does the same without its widgets, and breaks no rule of its policy then', async () => {
    await opened.page.context().close();
    await open(false);
    const { page, told, complaints } = opened;
    await show(failing);
    const button = page.getByRole('button', { name: 'Refresh Models' });
    assert.equal(await button.evaluate(({ tagName }) => tagName), 'BUTTON');
    await button.press('Enter');
    assert.deepEqual((await told()).at(-1), { type: 'run', command: 'modelHub.refresh' });
    assert.deepEqual(
      complaints.filter((text) => /Security Policy/.test(text)),
      [],
    );
  });
});
