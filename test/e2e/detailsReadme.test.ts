import assert from 'node:assert/strict';

import { buildDetailsView } from '../../src/views/details/detailsView.ts';
import type { DetailsView } from '../../src/views/details/messages.ts';
import { NOW, plainWording, SHA, subject } from '../unit/details/samples.ts';
import { findBarriers, useDetailsBrowser } from './detailsBrowser.ts';

const HUB = 'https://hub.example/janhq/Jan-v1-4B-GGUF';
/** Letters. */
const LONG = 200_000;
/** How much longer than usual text of this length another may take: not the square of it. */
const MOST_TIMES = 50;

function view(readme: string, images = false): DetailsView {
  const details = { files: [], readme, fetchedAt: NOW };
  return buildDetailsView(
    subject({ images, details: { phase: 'done', revision: SHA, details } }),
    plainWording,
  );
}

const attacks: Record<string, string> = {
  'a script as a block': '<script>alert(1)</script>\n',
  'a script within text': 'before <script>alert(1)</script> after',
  'a script that never ends': '<script>alert(1)\n\nmore',
  'a script in capitals': '<SCRIPT SRC=//evil.example>alert(1)</SCRIPT>',
  'a script inside a box': '<div><script>alert(1)</script></div>',
  'a script in a template': '<template><script>alert(1)</script></template>',
  'a style': '<style>body { background: url(https://evil.example/alert(1)) }</style>\n',
  'an import of styles': '<style>@import "https://evil.example/alert(1)";</style>\n',
  'a linked style': '<link rel=stylesheet href=https://evil.example/alert(1)>\n',
  'an SVG with a script': '<svg onload="alert(1)"><script>alert(1)</script></svg>\n',
  'an SVG that fetches': '<svg><image href="https://evil.example/alert(1)"/></svg>\n',
  'an SVG with a use': '<svg><use href="data:image/svg+xml,<script>alert(1)</script>"/></svg>\n',
  'mathematics that end early':
    '<math><mtext><table><mglyph><style><!--</style><img src onerror=alert(1)>-->',
  'a form': '<form action="https://evil.example/alert(1)"><button>go</button></form>',
  'a frame': '<iframe srcdoc="<script>alert(1)</script>">alert(1)</iframe>\n',
  'an object': '<object data="https://evil.example/alert(1)"></object>\n',
  'another base': '<base href="https://evil.example/alert(1)/">\n',
  'a refresh': '<meta http-equiv=refresh content="0;url=https://evil.example/alert(1)">\n',
  'a comment': 'a <!-- alert(1) --> b\n\n<!-- alert(1)\n\nalert(1) -->\n',
  'a comment that never ends': '<!-- alert(1)\n\nalert(1)',
  'a handler of an image': '<img src="x" onerror="alert(1)">',
  'a handler without quotes': '<img src=x onerror=alert(1)//>',
  'a handler of a box': '<div onclick="alert(1)">text</div>',
  'a handler of a fold': '<details open ontoggle="alert(1)"><summary>x</summary></details>',
  'a handler that starts by focus': '<b tabindex=0 autofocus onfocus="alert(1)">x</b>',
  'a style of a box': '<div style="background:url(https://evil.example/alert(1))">text</div>',
  'a background': '<table background="https://evil.example/alert(1)"><tr><td>x</table>',
  'a set of images': '<img srcset="https://evil.example/alert(1) 1x" alt="x">',
  'a picture': '<picture><source srcset="https://evil.example/alert(1)"></picture>',
  'a video': '<video poster="https://evil.example/alert(1)" autoplay></video>',
  'an image in a heading': '# <img src="https://evil.example/a.png" onerror="alert(1)">\n',
  'a clobbered document': '<img name="getElementById" id="details" src=x onerror="alert(1)">',
};

describe('A README on the details page', () => {
  const browser = useDetailsBrowser();
  const html = (): Promise<string> => browser().page.locator('#readme .markdown').innerHTML();
  const hrefs = (): Promise<(string | null)[]> =>
    browser()
      .page.locator('#readme .markdown a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));

  it('runs nothing, styles nothing and fetches nothing', async () => {
    const { page, show, requests, complaints } = browser();
    await show(view('Nothing yet.'));
    let alerts = 0;
    page.on('dialog', (dialog) => {
      alerts++;
      void dialog.dismiss();
    });
    for (const [name, markdown] of Object.entries(attacks)) {
      for (const wrap of [(text: string) => text, (text: string) => `> - ${text}`]) {
        await show(view(wrap(markdown)));
        const left = await html();
        assert.doesNotMatch(left, /alert|\bon\w+=|style|script|srcset|evil\.example/i, name);
      }
    }
    await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(alerts, 0);
    assert.deepEqual(requests, []);
    assert.deepEqual(complaints, []);
  });

  it('makes nothing of a link that is no web page', async () => {
    await browser().show(
      view(
        [
          '[a](javascript:alert(1))',
          '[a](JaVaScRiPt:alert(1))',
          '[a](data:text/html,x)',
          '[a](command:workbench.action.quit)',
          '[a](vscode://evil.ext/do)',
          '[a](file:///etc/passwd)',
          '<a href="javascript:alert(1)">a</a>',
          '<a href="java&#115;cript:alert(1)">a</a>',
          '<a href=" \tjavascript:alert(1)">a</a>',
          '<a href="command:workbench.action.quit">a</a>',
          '<a name="here">a</a>',
        ].join('\n\n'),
      ),
    );
    assert.deepEqual(await hrefs(), []);
  });

  it('resolves links within the repository, says where they lead, and leaves them to the host', async () => {
    const { page, show, told } = browser();
    const markdown = '[l](LICENSE) [d](./docs/a.md#x) <a href="/other/model">o</a> https://jan.ai';
    await show(view(markdown));
    const blob = `${HUB}/blob/${SHA}`;
    assert.deepEqual(await hrefs(), [
      `${blob}/LICENSE`,
      `${blob}/docs/a.md#x`,
      'https://hub.example/other/model',
      'https://jan.ai/',
    ]);
    const link = page.getByRole('link', { name: 'l', exact: true });
    assert.equal(await link.getAttribute('title'), `${blob}/LICENSE`);
    await link.click();
    assert.deepEqual((await told()).at(-1), { type: 'openLink', href: `${blob}/LICENSE` });
  });

  it('leads links inside of it to its headings', async () => {
    const { page, show, told } = browser();
    const filler = 'text\n\n'.repeat(200);
    await show(view(`[go](#quick-start)\n\n${filler}## Quick Start!\n\n## Quick Start\n`));
    await page.getByRole('link', { name: 'go' }).click();
    const top = await page
      .locator('#readme-quick-start')
      .evaluate((heading) => heading.getBoundingClientRect().top);
    assert.ok(top < 700, `${top}`);
    assert.equal(await page.locator('#readme-quick-start-1').count(), 1);
    assert.deepEqual(await told(), [{ type: 'ready' }]);
  });

  it('describes images that are not asked for', async () => {
    const { page, show, told, requests } = browser();
    const remote = 'https://img.example/a.png';
    await show(
      view(
        `![Badge](${remote}) <img src="${remote}" alt="Chart"> [![](${remote})](https://jan.ai)`,
      ),
    );
    const readme = page.locator('#readme .markdown');
    assert.equal((await readme.innerText()).trim(), 'Badge Chart Image');
    assert.equal(await readme.locator('img').count(), 0);
    await page.getByRole('button', { name: 'Show Remote Images' }).click();
    assert.deepEqual((await told()).at(-1), { type: 'showImages' });
    assert.deepEqual(requests, []);
  });

  it('keeps what helps reading, and drops other tags but not their text', async () => {
    const { page, show } = browser();
    await show(
      view(
        '<div align="center">\n\n# Jan\n\n<p>A <font color=red>red</font> one</p>\n</div>\n\n' +
          '<details>\n<summary>More</summary>\n\n- one\n\n</details>\n\nH<sub>2</sub>O<br>x\n\n' +
          '| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n3. x\n4. y\n\n- tight\n- list\n\n' +
          '```html\n<div onclick="x">\n```\n\n<b id="details" class="x" data-key="y">bold</b>\n',
      ),
    );
    const readme = page.locator('#readme .markdown');
    const count = (selector: string): Promise<number> => readme.locator(selector).count();
    assert.equal(await readme.locator('.align-center h3').innerText(), 'Jan');
    assert.equal(await readme.locator('p', { hasText: 'A red one' }).count(), 1);
    assert.equal(await count('details > summary'), 1);
    assert.equal((await count('details li')) + (await count('sub')) + (await count('br')), 3);
    assert.equal(await readme.locator('td.align-right').innerText(), '2');
    assert.equal(await readme.locator('ol').getAttribute('start'), '3');
    assert.equal(await readme.locator('pre').innerText(), '<div onclick="x">\n');
    assert.equal(await readme.locator('b').evaluate(({ attributes }) => attributes.length), 0);
    assert.deepEqual(await findBarriers(page), []);
  });

  it('keeps its folds open when it is painted anew', async () => {
    const { page, show } = browser();
    const fold = '<details><summary>More</summary>text</details>\n\n';
    await show(view(fold));
    await page.locator('#readme summary').click();
    await show(view(`${fold} and more`));
    assert.equal(await page.locator('#readme details[open]').count(), 1);
  });

  it('is cut where it is too long, and says so', async () => {
    const { page, show } = browser();
    const notice = page.getByText('Too long to be shown as a whole');
    await show(view('# Jan\n'));
    assert.equal(await notice.count(), 0);
    await show(view(`| a |\n| --- |\n${'| 1 |\n'.repeat(20_000)}`));
    await notice.waitFor();
    assert.equal(await page.locator('#readme tr').count(), 1_000);
    await show(view('A word. '.repeat(50_000)));
    await notice.waitFor();
  });

  it('comes through in time, however it is nested', async () => {
    const { show } = browser();
    const timeOf = async (piece: string): Promise<number> => {
      const readme = view(piece.repeat(LONG / piece.length));
      const started = performance.now();
      await show(readme);
      return performance.now() - started;
    };
    const usual = await timeOf('A **word**, `code` and a [link](x).\n\n');
    for (const piece of ['<b>', '<div>\n\n', '> ', '<a "', '<!--', '[', '</b>', '<table>', '<p>']) {
      const time = await timeOf(piece);
      assert.ok(time < MOST_TIMES * usual, `${piece}: ${time} ms, and ${usual} ms for usual text`);
    }
    await show(view('still here'));
    assert.match(await html(), /still here/);
  });
});

describe('A README on the details page, with images', () => {
  const browser = useDetailsBrowser({ images: true });

  it('fetches images by https only, and tells nobody where from', async () => {
    const { page, show, requests } = browser();
    await show(
      view(
        '![a](assets/a.png)\n\n# ![h](h.png)\n\n![b](http://img.example/b.png) ![c](data:image/png;base64,AAAA)\n\n' +
          '<img src="https://img.example/d.png" width="20px" height="10" alt="d" onerror="alert(1)">',
        true,
      ),
    );
    const images = page.locator('#readme img');
    const sources = [
      `${HUB}/resolve/${SHA}/assets/a.png`,
      `${HUB}/resolve/${SHA}/h.png`,
      'https://img.example/d.png',
    ];
    assert.deepEqual(
      await images.evaluateAll((all) => all.map((one) => one.getAttribute('src'))),
      sources,
    );
    for (const image of await images.all()) {
      assert.equal(await image.getAttribute('referrerpolicy'), 'no-referrer');
    }
    assert.ok(
      requests.every((address) => sources.includes(address)),
      requests.join('\n'),
    );
  });
});
