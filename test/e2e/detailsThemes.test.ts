import assert from 'node:assert/strict';

import type { Hardware } from '../../src/device/hardware.ts';
import { NO_CHANGE } from '../../src/sync/modelHistory.ts';
import { buildDetailsView } from '../../src/views/details/detailsView.ts';
import type { DetailsView } from '../../src/views/details/messages.ts';
import { download, entry, OLDER, onMachine } from '../unit/details/localSamples.ts';
import { file, jan, NOW, plainWording, SHA } from '../unit/details/samples.ts';
import { findBarriers, useDetailsBrowser, wear } from './detailsBrowser.ts';
import { themes } from './themes.ts';

const GIB = 1024 ** 3;
const MACHINE: Hardware = {
  memory: 8 * GIB,
  gpus: [{ name: 'RTX', memory: 4 * GIB }],
  unified: false,
  said: [],
};
const QUANTISATIONS = ['IQ3_XS', 'Q2_K', 'Q4_K_M', 'Q6_K', 'Q8_0'];
const README =
  '# Jan\n\nText with `code`, a [link](https://jan.ai), <kbd>F1</kbd> and ![image](x.png).\n\n' +
  '> A quote with `code`.\n\n```sh\nrun it\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n';

/** All kinds of content at once: every fit, downloads, failures, notices, history, README. */
function fullView(): DetailsView {
  const files = [
    ...QUANTISATIONS.map((name, at) =>
      file(`Jan-v1-4B-${name}.gguf`, (at + 1) * 1.6e9, 'ab'.repeat(32)),
    ),
    file('Jan-v1-4B-BF16-00001-of-00002.gguf', 8e9),
    file('Jan-v1-4B-BF16-00002-of-00002.gguf', 8e9),
  ];
  const failure = { kind: 'noSpace', message: 'The disk is full.', at: NOW };
  const local = {
    downloads: [
      download(),
      download({ id: 'd2', variant: 'Jan-v1-4B-Q8_0', state: 'failed', failure }),
    ],
    installed: [
      entry({ from: { model: jan.id, revision: SHA, variant: 'Jan-v1-4B-Q6_K' } }),
      entry({ key: 'other', from: { model: jan.id }, problem: 'It is damaged.' }),
    ],
  };
  const commits = [SHA, OLDER, ...Array.from('abcdef', (digit) => digit.repeat(40))];
  const history = commits.map((to) => ({
    ...NO_CHANGE,
    ...({
      source: 'hf:janhq',
      at: NOW,
      event: 'changed',
      from: OLDER,
      to,
      addedTags: ['a'],
    } as const),
  }));
  return buildDetailsView(
    onMachine(local, {
      model: { ...jan, gated: 'auto', description: 'A small model.' },
      hardware: MACHINE,
      history: {
        entries: history,
        since: { source: 'hf:janhq', at: NOW - 1 },
      },
      sources: [{ key: 'hf:janhq', epoch: 1, models: 3, lastSuccess: NOW, failure }],
      details: {
        phase: 'done',
        revision: SHA,
        details: { files, readme: README, fetchedAt: NOW },
        failure: 'The Hub cannot be reached.',
      },
    }),
    plainWording,
  );
}

describe('The details page in the themes of the editor', () => {
  const browser = useDetailsBrowser();

  for (const [name, theme] of Object.entries(themes)) {
    it(`has no barrier that axe knows of in ${name}, at any width`, async () => {
      const { page, show } = browser();
      await wear(page, theme);
      await show(fullView());
      await page.locator('#history summary').click();
      for (const width of [1280, 400]) {
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await findBarriers(page, { colours: true }), []);
        const tooWide = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        assert.ok(tooWide <= 0, `${tooWide} px too wide at ${width}`);
      }
    });

    it(`draws the bars in ${name} so that they can be told from the page and each other`, async () => {
      const { page, show } = browser();
      await wear(page, theme);
      await show(fullView());
      const colours = await page
        .locator('.piece')
        .evaluateAll((all) => all.map((piece) => getComputedStyle(piece).fill));
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const needs = colours.slice(0, 3);
      assert.equal(new Set([...needs, background]).size, 4, colours.join(' '));
      for (const colour of needs) {
        assert.ok(contrast(colour, background) >= 3, `${colour} on ${background}`);
      }
    });
  }

  it('is as whole at 400 px and at twice the size: no variant loses its button', async () => {
    const { page, show } = browser();
    await page.setViewportSize({ width: 400, height: 900 });
    await show(fullView());
    for (const zoom of ['100%', '200%']) {
      await page.evaluate((size) => (document.body.style.fontSize = size), zoom);
      const cut = await page.locator('#variants tbody tr').evaluateAll((rows) =>
        rows
          .flatMap((row) => [...row.querySelectorAll('button, vscode-button, progress')])
          .filter((each) => each.getBoundingClientRect().right > innerWidth)
          .map((each) => each.textContent),
      );
      assert.deepEqual(cut, []);
    }
    const row = page.getByRole('row').filter({ hasText: 'Q2_K' });
    assert.equal(await row.getByRole('cell').count(), 5);
    assert.equal(await page.locator('#variants').getByRole('columnheader').count(), 6);
  });
});

describe('The details page of a model with very many variants', () => {
  const browser = useDetailsBrowser();
  const files = Array.from({ length: 100 }, (_, at) => file(`m${at}-Q4_K_M.gguf`, 1e8 * (at + 1)));
  const installed = [entry({ from: { model: jan.id, revision: SHA, variant: 'm99-Q4_K_M' } })];
  const view = (): DetailsView =>
    buildDetailsView(
      onMachine(
        { installed },
        {
          hardware: MACHINE,
          details: { phase: 'done', revision: SHA, details: { files, fetchedAt: NOW } },
        },
      ),
      plainWording,
    );

  it('shows those that matter here, and all of them when asked, also after a reload', async () => {
    const { page, show, reload } = browser();
    const rows = page.locator('#variants tbody tr:visible');
    await show(view());
    assert.equal(await rows.count(), 13, 'twelve, and the one that is installed');
    await rows.filter({ hasText: 'Recommended' }).waitFor();
    await rows.filter({ hasText: 'm99-' }).getByText('Installed').waitFor();
    await page.getByRole('button', { name: 'Show All 100 Variants' }).press('Enter');
    assert.equal(await rows.count(), 100);
    assert.equal(await page.locator('td.state:focus').count(), 1);
    await show({ ...view(), variants: { ...view().variants, caption: 'Another.' } });
    assert.equal(await rows.count(), 100);
    await reload();
    await show(view());
    assert.equal(await rows.count(), 100);
    await show({ ...view(), id: 'a/b' });
    assert.equal(await rows.count(), 13);
  });
});

/** By WCAG: 1 to 21. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(?:\.\d+)?/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
