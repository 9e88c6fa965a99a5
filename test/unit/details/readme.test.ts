import assert from 'node:assert/strict';
import { parseReadme } from '../../../src/views/details/page/readme/parseReadme.ts';
import { textOf } from '../../../src/views/details/page/readme/readmeTree.ts';
import type {
  ReadmeElement,
  ReadmeNode,
  ReadmeTag,
} from '../../../src/views/details/page/readme/readmeTree.ts';
import type { ReadmeContext } from '../../../src/views/details/page/readme/references.ts';

const HUB = 'https://hub.example/janhq/Jan-v1-4B-GGUF';
const off: ReadmeContext = {
  linkBase: `${HUB}/blob/abc/`,
  imageBase: `${HUB}/resolve/abc/`,
  images: false,
  imageLabel: 'Image',
};
const on: ReadmeContext = { ...off, images: true };

function elements(nodes: readonly ReadmeNode[]): ReadmeElement[] {
  return nodes.flatMap((node) =>
    typeof node === 'string' ? [] : [node, ...elements(node.children)],
  );
}

function find(nodes: readonly ReadmeNode[], tag: ReadmeTag): ReadmeElement[] {
  return elements(nodes).filter((element) => element.tag === tag);
}

const read = (markdown: string, context = off): ReadmeNode[] => parseReadme(markdown, context);
const hrefs = (markdown: string): (string | undefined)[] =>
  find(read(markdown), 'a').map(({ attributes }) => attributes.href);

describe('README: what cannot come of it', () => {
  const attacks: Record<string, string> = {
    'a script as a block': '<script>alert(1)</script>\n',
    'a script within text': 'before <script>alert(1)</script> after',
    'a script that never ends': '<script>alert(1)\n\nmore',
    'a script in capitals': '<SCRIPT SRC=//evil.example>alert(1)</SCRIPT>',
    'a script inside a box': '<div><script>alert(1)</script></div>',
    'a style': '<style>body { display: none } alert(1)</style>\n',
    'an SVG with a script': '<svg onload="alert(1)"><script>alert(1)</script></svg>\n',
    'a frame': '<iframe srcdoc="<script>alert(1)</script>">alert(1)</iframe>\n',
    'a comment': 'a <!-- alert(1) --> b\n\n<!-- alert(1)\n\nalert(1) -->\n',
    'a comment that never ends': '<!-- alert(1)\n\nalert(1)',
    'a handler of an image': '<img src="x" onerror="alert(1)">',
    'a handler without quotes': '<img src=x onerror=alert(1)//>',
    'a handler of a box': '<div onclick="alert(1)">text</div>',
    'a style of a box': '<div style="background:url(https://evil.example/alert(1))">text</div>',
  };
  for (const [name, markdown] of Object.entries(attacks)) {
    for (const context of [off, on]) {
      it(`${name}, images ${context.images ? 'on' : 'off'}`, () => {
        const tree = read(markdown, context);
        assert.doesNotMatch(JSON.stringify(tree), /alert|onerror|onclick|onload|style|script/i);
      });
    }
  }

  it('makes nothing of a link that is no web page', () => {
    const bad = [
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
    ];
    for (const markdown of bad) assert.deepEqual(hrefs(markdown), [], markdown);
  });

  it('fetches no image that is not asked for, and none that is not https', () => {
    const markdown =
      '![Badge](https://img.example/a.png) <img src="https://img.example/b.png" alt="Chart">';
    assert.deepEqual(find(read(markdown), 'img'), []);
    assert.equal(textOf(read(markdown)), 'Badge Chart');
    const bad =
      '![a](data:image/png;base64,AAAA) ![b](http://img.example/a.png) <img src="data:,x">';
    assert.deepEqual(find(read(bad, on), 'img'), []);
  });

  it('takes only known attributes and tags from raw HTML', () => {
    const tree = read('<b id="details" class="x" data-x="y">bold</b> <blink>text</blink>');
    assert.deepEqual(find(tree, 'b')[0]?.attributes, {});
    assert.equal(textOf(tree), 'bold text');
  });

  it('survives depth and size', () => {
    const started = Date.now();
    for (const piece of ['<b>', '<div>\n\n', '> ', '<a "', '<!--', '[', '</b>', '<script>']) {
      read(piece.repeat(200_000 / piece.length), on);
    }
    assert.ok(Date.now() - started < 10_000);
  }).timeout(20_000);
});

describe('README: how it reads', () => {
  it('cuts the front matter off', () => {
    const front = '---\nlicense: apache-2.0\ntags:\n- gguf\n---\n';
    assert.equal(textOf(read(`${front}\n# Jan`)), 'Jan');
    assert.equal(textOf(read(`\uFEFF${front.replaceAll('\n', '\r\n')}Jan`)), 'Jan');
    assert.equal(textOf(read('---\n---\nJan')), 'Jan');
    assert.match(textOf(read('Jan\n\n---\n\nmore\n\n---\n')), /more/);
  });

  it('drops tags and keeps their text', () => {
    const tree = read(
      '<div align="center">\n\n# Jan\n\n<p>A <font color=red>red</font> one</p>\n</div>\n',
    );
    assert.match(textOf(tree), /Jan\s*A red one/);
    assert.equal(find(tree, 'div')[0]?.attributes.class, 'align-center');
    assert.equal(find(tree, 'h3').length, 1);
  });

  it('keeps raw HTML that helps reading', () => {
    const tree = read(
      '<details>\n<summary>More</summary>\n\n- one\n\n</details>\n\nH<sub>2</sub>O<br>x',
    );
    assert.equal(find(find(tree, 'details'), 'li').length, 1);
    assert.equal(find(tree, 'summary').length, 1);
    assert.equal(find(tree, 'sub').length, 1);
    assert.equal(find(tree, 'br').length, 1);
  });

  it('shows HTML in code as it is', () => {
    const tree = read('`<script>` and\n\n```html\n<div onclick="x">\n```\n');
    assert.equal(textOf(find(tree, 'pre')), '<div onclick="x">\n');
    assert.match(textOf(tree), /<script>/);
  });

  it('resolves entities in raw HTML', () => {
    assert.equal(textOf(read('<p>a &amp; b \\n</p>\n')).trim(), 'a & b \\n');
  });

  it('puts its headings below those of the page, without gaps', () => {
    const tags = elements(read('# A\n\n### B\n\n# C\n\n###### D\n')).map(({ tag }) => tag);
    assert.deepEqual(tags, ['h3', 'h4', 'h3', 'h4']);
  });

  it('leads links inside the README to its headings', () => {
    const tree = read('[go](#quick-start)\n\n## Quick Start!\n\n## Quick Start\n');
    const target = find(tree, 'a')[0]?.attributes.href;
    assert.equal(target, '#readme-quick-start');
    assert.deepEqual(
      [...find(tree, 'h3'), ...find(tree, 'h4')].map(({ attributes }) => attributes.id),
      ['readme-quick-start', 'readme-quick-start-1'],
    );
  });

  it('resolves relative links and images within the repository', () => {
    assert.deepEqual(hrefs('[l](LICENSE) [d](./docs/a.md#x) <a href="/other/model">o</a>'), [
      `${HUB}/blob/abc/LICENSE`,
      `${HUB}/blob/abc/docs/a.md#x`,
      'https://hub.example/other/model',
    ]);
    const [image] = find(read('![a](assets/a.png)', on), 'img');
    assert.deepEqual(image?.attributes, { src: `${HUB}/resolve/abc/assets/a.png`, alt: 'a' });
  });

  it('links addresses but not file names', () => {
    assert.deepEqual(hrefs('See https://jan.ai and README.md or me@example.com'), [
      'https://jan.ai/',
    ]);
  });

  it('names a link that was only an image', () => {
    const tree = read('[![](https://img.example/a.png)](https://jan.ai)');
    assert.equal(textOf(find(tree, 'a')), 'Image');
  });

  it('keeps tables, lists and alignment', () => {
    const tree = read('| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n3. x\n4. y\n\n- tight\n- list\n');
    assert.equal(find(tree, 'td')[1]?.attributes.class, 'align-right');
    assert.equal(find(tree, 'ol')[0]?.attributes.start, '3');
    assert.deepEqual(find(tree, 'p'), []);
  });
});
