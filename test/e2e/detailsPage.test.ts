import assert from 'node:assert/strict';

import type { DownloadStatus } from '../../src/download/model.ts';
import type { ModelFile } from '../../src/sync/model.ts';
import { buildDetailsView } from '../../src/views/details/detailsView.ts';
import type { LocalSubject } from '../../src/views/details/detailsSubject.ts';
import type { DetailsView } from '../../src/views/details/messages.ts';
import {
  download,
  entry,
  OLDER,
  onMachine,
  treeFiles,
  VARIANT,
} from '../unit/details/localSamples.ts';
import { file, jan, NOW, plainWording, SHA } from '../unit/details/samples.ts';
import { findBarriers, useDetailsBrowser } from './detailsBrowser.ts';

const README = `# Jan\n\n${'A paragraph about this model.\n\n'.repeat(100)}`;
const SPLIT: readonly ModelFile[] = [
  ...treeFiles,
  file('Jan-v1-4B-BF16-00001-of-00002.gguf', 3000, 'ef'.repeat(32)),
  file('Jan-v1-4B-BF16-00002-of-00002.gguf', 3000, '01'.repeat(32)),
];

function view(local: Partial<LocalSubject> = {}, changes: object = {}): DetailsView {
  const details = { files: SPLIT, readme: README, fetchedAt: NOW };
  return buildDetailsView(
    onMachine(local, { details: { phase: 'done', revision: SHA, details }, ...changes }),
    plainWording,
  );
}
const loading = (changes: Partial<DownloadStatus> = {}): DetailsView =>
  view({ downloads: [download(changes)] });
const outdated = entry({
  from: { model: jan.id, revision: OLDER, variant: VARIANT },
  update: {
    revision: SHA,
    changed: [{ path: `${VARIANT}.gguf`, installedSize: 900, publishedSize: 2000 }],
    bytes: 2000,
  },
});

describe('The details page and downloads', () => {
  const browser = useDetailsBrowser();

  it('tells the host what is pressed, by mouse and by key', async () => {
    const { page, show, told } = browser();
    await show(view());
    await page.getByRole('button', { name: 'Download Q4_K_M, 2000 B' }).click();
    await show(loading());
    await page.getByRole('button', { name: 'Pause the download of Q4_K_M' }).press('Enter');
    await show(loading({ state: 'paused' }));
    await page.getByRole('button', { name: 'Resume the download of Q4_K_M' }).press('Space');
    await page.getByRole('button', { name: /^Cancel the download of Q4_K_M/ }).click();
    assert.deepEqual(await told(), [
      { type: 'ready' },
      { type: 'download', what: VARIANT },
      { type: 'pause', what: 'd1' },
      { type: 'resume', what: 'd1' },
      { type: 'cancel', what: 'd1' },
    ]);
  });

  it('moves on with a download without touching anything else', async () => {
    const { page, show } = browser();
    await show(loading());
    const fold = page.locator('#variants details').first();
    await fold.locator('summary').click();
    await page.getByRole('button', { name: 'Pause the download of Q4_K_M' }).focus();
    // What is made anew has no such mark.
    const marked = await page.evaluate(() => {
      const all = document.querySelectorAll('#details *:not(.amounts)');
      for (const each of all) Object.assign(each, { mark: true });
      const selected = document.querySelector('#readme p');
      scrollBy(0, (selected?.getBoundingClientRect().bottom ?? 0) + 100);
      if (selected !== null) getSelection()?.selectAllChildren(selected);
      return { count: all.length, top: selected?.getBoundingClientRect().top };
    });
    assert.ok(marked.top !== undefined && marked.top < 0, 'out of sight above');
    for (let bytes = 500; bytes <= 1000; bytes += 50) {
      await show(loading({ bytes, bytesPerSecond: bytes / 10, secondsLeft: 2000 - bytes }));
    }
    const after = await page.evaluate(() => ({
      marked: [...document.querySelectorAll('#details *')].filter((each) => 'mark' in each).length,
      top: document.querySelector('#readme p')?.getBoundingClientRect().top,
      focused: document.activeElement?.getAttribute('aria-label'),
      selected: getSelection()?.toString(),
      open: document.querySelectorAll('details[open]').length,
      share: document.querySelector('progress')?.value,
      amounts: document.querySelector('.amounts')?.textContent,
    }));
    const { top, ...rest } = after;
    // Fractions of a pixel come from the browser, which holds what is in sight where it is.
    assert.ok(Math.abs((top ?? 0) - marked.top) < 1, `${top} instead of ${marked.top}`);
    assert.deepEqual(rest, {
      marked: marked.count,
      focused: 'Pause the download of Q4_K_M',
      selected: 'A paragraph about this model.',
      open: 1,
      share: 0.5,
      amounts: '50 % · 1000 of 2000 B · 100 B/s · 1000 s left',
    });
  });

  it('brings focus, folds and place back when the whole table is painted anew', async () => {
    const { page, show } = browser();
    const changed = loading();
    await show(changed);
    await page.locator('#variants details summary').click();
    const pause = page.getByRole('button', { name: 'Pause the download of Q4_K_M' });
    await pause.focus();
    const scroll = await page.evaluate(() => scrollY);
    await pause.evaluate((button) => Object.assign(button, { mark: true }));
    await show({ ...changed, variants: { ...changed.variants, caption: 'Another caption.' } });
    assert.equal(await pause.evaluate((button) => 'mark' in button), false);
    assert.equal(await pause.evaluate((button) => button.matches(':focus')), true);
    assert.equal(await page.locator('#variants details[open]').count(), 1);
    assert.equal(await page.evaluate(() => scrollY), scroll);
  });

  it('keeps the reader in the row when what they pressed is gone, but on nothing to press', async () => {
    const { page, show, told } = browser();
    await show(view());
    await page.getByRole('button', { name: 'Download Q4_K_M' }).press('Enter');
    await show(loading());
    const group = () => document.activeElement?.getAttribute('data-group');
    assert.equal(await page.evaluate(group), VARIANT);
    await page.keyboard.press('Enter');
    assert.equal((await told()).length, 2);
    await page.keyboard.press('Tab');
    const label = () => document.activeElement?.getAttribute('aria-label');
    assert.equal(await page.evaluate(label), 'Pause the download of Q4_K_M');
  });

  it('takes the focus from nobody', async () => {
    const { page, show } = browser();
    await show(view());
    await show(loading());
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
  });

  it('says aloud when a download comes further, not how many bytes it has', async () => {
    const { page, show } = browser();
    const said: string[] = [];
    await page.exposeFunction('heard', (text: string) => said.push(text));
    await page.evaluate(() => {
      const { heard } = globalThis as unknown as { heard: (text: string) => void };
      new MutationObserver(([change]) => heard(change?.target.textContent ?? '')).observe(
        document.getElementById('phases')!,
        { childList: true },
      );
    });
    await show(loading());
    for (const bytes of [600, 700, 800]) await show(loading({ bytes }));
    await show(loading({ phase: 'verifying' }));
    await show(view({ installed: [entry()] }));
    await show(view({ installed: [entry()] }, { id: 'a/b' }));
    await show(view({}, { id: 'a/c' }));
    assert.deepEqual(said, ['Q4_K_M: Verifying', 'Q4_K_M: Installed']);
    assert.equal(await page.locator('#phases[role="status"]').count(), 1);
    assert.equal(await page.locator('#variants [aria-live], #variants [role="status"]').count(), 0);
  });

  it('offers what cannot be downloaded as something that cannot, and says why', async () => {
    const { page, show, told } = browser();
    await show(view({}, { details: { phase: 'failed', failure: 'Offline.' } }));
    await page.getByText(/sizes and digests are not known yet/).waitFor();
    const button = page.getByRole('button', { name: /^Download Q4_K_M.*not known yet/ });
    assert.equal(await button.isDisabled(), true);
    await button.click({ force: true });
    assert.deepEqual(await told(), [{ type: 'ready' }]);
  });

  it('shows what an update changes, and what else is installed', async () => {
    const { page, show, told } = browser();
    await show(view({ installed: [outdated] }));
    const row = page.getByRole('row').filter({ hasText: 'Q4_K_M' });
    await row.getByText('1 file changed since commit fedcba9').click();
    await row.getByText('900 B → 2000 B').waitFor();
    await row.getByRole('button', { name: 'Update Q4_K_M, 2000 B to download' }).click();
    assert.deepEqual((await told()).at(-1), { type: 'download', what: VARIANT });
    const section = page.getByRole('region', { name: 'On this machine' });
    await section.getByText('Commit fedcba9', { exact: true }).waitFor();
    await section.getByText('proven').waitFor();
  });

  it('has no barrier that axe knows of, in any state', async () => {
    const { page, show, complaints } = browser();
    const failure = { kind: 'noSpace', message: 'The disk is full.', at: NOW };
    const others = [
      download({ id: 'd2', variant: 'Jan-v1-4B-Q8_0', state: 'failed', failure }),
      download({ id: 'd3', variant: 'Jan-v1-4B-BF16', state: 'paused' }),
    ];
    for (const shown of [
      view(),
      view({ downloads: [download(), ...others], installed: [outdated] }),
      loading({ state: 'waiting', waitsFor: 'retry', failure: { ...failure, retryAt: NOW } }),
      view({ installed: [entry(), entry({ key: 'x', from: { model: jan.id } })] }),
      view({}, { details: { phase: 'failed', failure: 'Offline.' } }),
    ]) {
      await show(shown);
      assert.deepEqual(await findBarriers(page), []);
    }
    assert.deepEqual(
      complaints.filter((text) => !/style-src/.test(text)),
      [],
    );
  });
});

describe('The details page without its widgets', () => {
  const browser = useDetailsBrowser({ widgets: false });

  it('does the same', async () => {
    const { page, show, told } = browser();
    await show(view());
    const button = page.getByRole('button', { name: 'Download Q4_K_M, 2000 B' });
    assert.equal(await button.evaluate(({ tagName }) => tagName), 'BUTTON');
    await button.press('Enter');
    assert.deepEqual((await told()).at(-1), { type: 'download', what: VARIANT });
    await show(loading());
    assert.equal(await page.locator('td:focus').count(), 1);
    await show(view({}, { details: { phase: 'failed', failure: 'Offline.' } }));
    assert.equal(await button.count(), 0);
    assert.equal(await page.getByRole('button', { name: /^Download Q4_K_M/ }).isDisabled(), true);
  });
});
