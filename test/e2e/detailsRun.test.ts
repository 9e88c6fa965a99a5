import assert from 'node:assert/strict';

import type { Hardware } from '../../src/device/hardware.ts';
import { buildDetailsView } from '../../src/views/details/detailsView.ts';
import type { DetailsView } from '../../src/views/details/messages.ts';
import { file, NOW, plainWording, SHA, subject } from '../unit/details/samples.ts';
import { findBarriers, useDetailsBrowser } from './detailsBrowser.ts';

const GIB = 1024 ** 3;
const LAPTOP: Hardware = { memory: 8 * GIB, gpus: [], unified: false, said: [] };
const FILES = [
  file('Jan-v1-4B-Q4_K_M.gguf', 2.5e9),
  file('Jan-v1-4B-Q6_K.gguf', 3.3e9),
  file('Jan-v1-4B-BF16-00001-of-00002.gguf', 8e9),
  file('Jan-v1-4B-BF16-00002-of-00002.gguf', 8e9),
];

function view(hardware: Hardware | undefined = LAPTOP, readme = '# Jan'): DetailsView {
  const details = { files: FILES, readme, fetchedAt: NOW };
  return buildDetailsView(
    subject({ hardware, details: { phase: 'done', revision: SHA, details } }),
    plainWording,
  );
}

describe('The details page and what fits', () => {
  const browser = useDetailsBrowser();

  it('marks the variant to take in the table, and says why', async () => {
    const { page, show } = browser();
    await show(view());
    const row = page.getByRole('row').filter({ hasText: 'Recommended' });
    assert.match(await row.innerText(), /Q4_K_M[^]*runs on the processor[^]*Fits/);
    await page.getByRole('row').filter({ hasText: 'BF16' }).getByText('Too big').waitFor();
  });

  it('does the sums anew with each step of the slider, by key and without the host', async () => {
    const { page, show, told } = browser();
    await show(view());
    const slider = page.getByRole('slider', { name: 'Context' });
    assert.equal(await slider.getAttribute('aria-valuetext'), '8,192 tokens');
    const needed = page.locator('#sums .total .size');
    const before = await needed.innerText();
    await slider.press('End');
    assert.equal(await slider.getAttribute('aria-valuetext'), '32,768 tokens');
    assert.equal(await page.locator('#run output').innerText(), '32,768 tokens');
    const after = await needed.innerText();
    assert.ok(Number.parseFloat(after.slice(2)) > Number.parseFloat(before.slice(2)) + 1, after);
    await slider.press('Home');
    assert.equal(await slider.getAttribute('aria-valuetext'), '1,024 tokens');
    assert.deepEqual(await told(), [{ type: 'ready' }]);
  });

  it('shows the sums as a picture that is also told', async () => {
    const { page, show } = browser();
    await show(view());
    const picture = page.getByRole('img', { name: /^Q4_K_M needs ≈ \d.* 8,192 tokens\. It fits/ });
    const widths = await picture
      .locator('.piece')
      .evaluateAll((all) => all.map((piece) => piece.getBoundingClientRect().width));
    assert.equal(widths.length, 4, 'three of the need, and the main memory');
    assert.ok(widths.every((width) => width > 2));
    assert.equal(await page.locator('.sums tr').count(), 4);
    await page.getByRole('combobox', { name: 'Variant' }).selectOption({ label: 'BF16' });
    await page.getByRole('img', { name: /^BF16 needs .* more memory than this machine/ }).waitFor();
    await page.locator('.verdict.tooBig').waitFor();
  });

  it('keeps what was picked when the view changes, and across a reload, with open folds', async () => {
    const { page, show } = browser();
    await show(view());
    await page.getByRole('combobox', { name: 'Variant' }).selectOption({ label: 'Q6_K' });
    const slider = page.getByRole('slider', { name: 'Context' });
    await slider.press('End');
    await page.locator('#variants details summary').click();
    await show(view({ ...LAPTOP, memory: 32 * GIB }));
    assert.equal(await slider.getAttribute('aria-valuetext'), '32,768 tokens');
    await page.waitForFunction(() => {
      const { kept } = globalThis as unknown as { kept: () => { open: string[] } | undefined };
      return kept()?.open.length === 1;
    });
    await browser().reload();
    await show(view());
    assert.equal(await slider.getAttribute('aria-valuetext'), '32,768 tokens');
    await page.getByRole('img', { name: /^Q6_K needs/ }).waitFor();
    assert.equal(await page.locator('#variants details[open]').count(), 1);
    await show({ ...view(), id: 'a/b' });
    assert.equal(await slider.getAttribute('aria-valuetext'), '8,192 tokens');
  });

  it('keeps the focus on the slider when the sums are painted for another machine', async () => {
    const { page, show } = browser();
    await show(view(undefined));
    const slider = page.getByRole('slider', { name: 'Context' });
    await slider.focus();
    await show(view());
    assert.equal(await slider.evaluate((made) => made.matches(':focus')), true);
  });

  it('asks the host for commands by their names', async () => {
    const { page, show, told } = browser();
    await show(view());
    await page.getByText('ollama run hf.co/janhq/Jan-v1-4B-GGUF:Q4_K_M').waitFor();
    await page.getByRole('button', { name: 'Copy the command for Ollama' }).click();
    await page.getByRole('button', { name: 'Open in Jan' }).click();
    await page.getByRole('button', { name: 'Open in LM Studio' }).press('Enter');
    const variant = 'Jan-v1-4B-Q4_K_M';
    assert.deepEqual((await told()).slice(1), [
      { type: 'copyCommand', variant, command: 'ollama' },
      { type: 'openInJan' },
      { type: 'openInLmStudio', variant },
    ]);
  });

  it('has no barrier that axe knows of, and breaks no rule of its policy', async () => {
    const { page, show, complaints } = browser();
    const unified = { ...LAPTOP, unified: true };
    for (const shown of [view(), view(undefined), view(unified), { ...view(), id: 'a/b' }]) {
      await show(shown);
      assert.deepEqual(await findBarriers(page), []);
    }
    const unknown = complaints.filter((text) => !/style-src/.test(text));
    assert.deepEqual(unknown, []);
  });

  it('fits a narrow page: nothing but tables and code scrolls sideways', async () => {
    const { page, show } = browser();
    await page.setViewportSize({ width: 320, height: 700 });
    await show(view());
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
  });
});
