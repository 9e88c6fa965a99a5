import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { NO_CHANGE } from '../../src/sync/modelHistory.ts';
import { groupVariants } from '../../src/sync/variants.ts';
import { buildDetailsView } from '../../src/views/details/detailsView.ts';
import type { DetailsView } from '../../src/views/details/messages.ts';
import { entry } from '../unit/details/localSamples.ts';
import { file, jan, NOW, plainWording, SHA, subject } from '../unit/details/samples.ts';
import { randomNumbers, seedOfRun } from '../unit/support/random.ts';
import { useDetailsBrowser } from './detailsBrowser.ts';
import type { HostileModel } from './hostile.ts';
import { hostileModel, TRICKS } from './hostile.ts';

const MODELS = 200;
const LONG = 5_000_000;

/** The page of a model as any publisher could have it. */
function viewOf({ name, author, readme, files: names, ...facts }: HostileModel): DetailsView {
  const id = `${author}/${name}`;
  const files = names.map((path, at) => file(`${path}.gguf`, 1e9 + at, 'ab'.repeat(32)));
  const [path = ''] = names;
  const usual = subject();
  return buildDetailsView(
    subject({
      id,
      model: { ...jan, ...facts, id, name, author, variants: groupVariants(files) },
      details: { phase: 'done', revision: SHA, details: { files, readme, fetchedAt: NOW } },
      local: {
        ...usual.local,
        installed: [entry({ name, problem: path, from: { model: id, variant: 'other' } })],
      },
      history: {
        entries: [
          {
            ...NO_CHANGE,
            ...{ source: `hf:${author}`, at: NOW, event: 'changed', from: name, to: path },
            facts: [{ fact: 'license', before: facts.license, after: facts.task }],
            addedTags: facts.tags,
            files: [{ path, what: 'added' }],
          },
        ],
      },
    }),
    plainWording,
  );
}

/** What of the page is not as its own code would have made it. */
function findForeign(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const each of document.querySelectorAll('#details *')) {
      const tag = each.localName;
      if (
        /^(?:script|style|iframe|object|embed|link|meta|base|form|video|audio|template|math|source)$/.test(
          tag,
        )
      ) {
        found.push(tag);
      }
      if (tag === 'svg' && each.closest('.chart') === null) found.push(tag);
      for (const { name, value } of each.attributes) {
        if (name.startsWith('on') || /^(?:srcset|ping|formaction|background|popover)/.test(name)) {
          found.push(`${tag} ${name}`);
        }
        if (name === 'style' && each.closest('#readme') !== null) found.push(`${tag} style`);
        const isUsed = (name === 'href' && tag === 'a') || name === 'src';
        if (isUsed && !/^(?:https?:|mailto:|#)/.test(value)) found.push(`${tag} ${name} ${value}`);
      }
      if (getComputedStyle(each).position === 'fixed') found.push(`${tag} over the page`);
    }
    if ('hit' in globalThis) found.push('it ran');
    for (const id of ['details', 'said', 'phases', 'name']) {
      if (document.querySelectorAll(`#${id}`).length !== 1) found.push(`another #${id}`);
    }
    return found;
  });
}

describe('A hostile model on the details page', () => {
  const browser = useDetailsBrowser();

  const plain: HostileModel = {
    ...{ name: 'Jan', author: 'janhq', description: 'x', license: 'mit', task: 'chat' },
    ...{ tags: ['a'], files: ['m-Q4_K_M'], readme: '# Jan' },
  };
  const everywhere = (trick: string): HostileModel => ({
    ...{ name: trick, author: trick, description: trick, license: trick, task: trick },
    ...{ tags: [trick], files: [`${trick}-Q4_K_M`], readme: trick },
  });

  it('runs nothing, asks for nothing and stays what it is: known tricks, and 200 by chance', async () => {
    const { page, show, requests, complaints } = browser();
    const seed = seedOfRun();
    console.log(`      seed ${seed}`);
    const random = randomNumbers(seed);
    const models = [
      ...TRICKS.map(everywhere),
      ...Array.from({ length: MODELS }, () => hostileModel(random)),
    ];
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    await show(viewOf(plain));
    assert.deepEqual(complaints, []);
    for (const [at, model] of models.entries()) {
      const where = `model ${at} of seed ${seed}: ${JSON.stringify(model)}`;
      const view = viewOf(model);
      await show(view);
      assert.deepEqual(await findForeign(page), [], where);
      // Names are words: all of their letters are to be read.
      assert.equal(await page.locator('#name').textContent(), view.name, where);
      assert.deepEqual(await page.locator('#tags .tag').allTextContents(), view.tags, where);
      assert.equal(await page.locator('#variants tbody tr').count(), view.variants.rows.length);
      assert.equal(await page.locator('#readme').count(), 1, where);
      assert.deepEqual([dialogs, requests, complaints], [0, [], []], where);
    }
    await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.deepEqual([dialogs, requests, complaints], [0, [], []]);
    assert.equal(new URL(page.url()).pathname, '/');
  }).timeout(300_000);

  it('puts nothing of its names on a command line', async () => {
    const { page, show } = browser();
    for (const id of ['a/$(reboot)', 'a/b;reboot', 'a/b`reboot`', "a/b'--x", 'a/-x y', '--a/b']) {
      const [author = '', name = ''] = id.split('/');
      await show(viewOf({ ...plain, author, name }));
      assert.equal(await page.locator('#commands pre').count(), 0, id);
    }
    await show(viewOf(plain));
    assert.ok((await page.locator('#commands pre').count()) > 0);
  });

  it('keeps tricks with directions to the name that has them', async () => {
    const { page, show } = browser();
    await show(viewOf({ ...plain, name: 'evil\u202efdp', tags: ['\u202etag', 'next'] }));
    const isolated = await page
      .locator('#name, .author, .tag, .file-name, #history ul > li, .fact dd')
      .evaluateAll((all) =>
        all
          .filter((one) => getComputedStyle(one).unicodeBidi !== 'isolate')
          .map(({ outerHTML }) => outerHTML),
      );
    assert.deepEqual(isolated, []);
  });

  it('of 5 MB is cut with a notice, however it is made, and the rest of the page is there', async () => {
    const { page, show } = browser();
    const filled = (piece: string): string => piece.repeat(Math.ceil(LONG / piece.length));
    for (const readme of [
      filled('A word. '),
      filled('x'),
      `| a | b |\n| - | - |\n${filled('| 1 | 2 |\n')}`,
      filled('![x](https://evil.example/x.png)\n'),
      filled('<div><b>'),
    ]) {
      await show(viewOf({ ...plain, readme }));
      await page.getByText('Too long to be shown as a whole').waitFor();
      assert.equal(await page.locator('#variants tbody tr').count(), 1);
    }
    await show(viewOf({ ...plain, name: 'n'.repeat(10_000), tags: ['t'.repeat(10_000)] }));
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(tooWide <= 0, `${tooWide} px too wide`);
  });
});
