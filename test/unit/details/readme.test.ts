import assert from 'node:assert/strict';
import { cutLong } from '../../../src/views/details/page/readme/cut.ts';
import { cutFrontMatter } from '../../../src/views/details/page/readme/frontMatter.ts';
import { fragmentId, Headings } from '../../../src/views/details/page/readme/headings.ts';
import { toHtml } from '../../../src/views/details/page/readme/markdown.ts';

describe('README: before it is sanitised', () => {
  it('loses its front matter, and nothing that only looks like it', () => {
    const front = '---\nlicense: apache-2.0\ntags:\n- gguf\n---\n';
    assert.equal(cutFrontMatter(`${front}# Jan`), '# Jan');
    assert.equal(cutFrontMatter(`\uFEFF${front.replaceAll('\n', '\r\n')}Jan`), 'Jan');
    assert.equal(cutFrontMatter('---\n---\nJan'), 'Jan');
    assert.match(cutFrontMatter('Jan\n\n---\n\nmore\n\n---\n'), /more/);
  });

  it('is cut at a line where it is longer than a page bears', () => {
    const line = `${'x'.repeat(99)}\n`;
    assert.deepEqual(cutLong(line), { text: line, isCut: false });
    const { text, isCut } = cutLong(line.repeat(10_000));
    assert.ok(isCut && text.length < 300_000 && text.endsWith('x'));
    assert.equal(cutLong('x'.repeat(1_000_000)).text.length, 256 * 1024);
  });

  it('has headings below those of the page, without gaps, each with an id of its own', () => {
    const headings = new Headings();
    assert.deepEqual(
      [1, 3, 1, 6].map((level) => headings.level(level)),
      [3, 4, 3, 4],
    );
    const ids = ['Quick Start!', 'Quick Start', '快速开始'].map((text) => headings.id(text));
    assert.deepEqual(ids, ['readme-quick-start', 'readme-quick-start-1', 'readme-快速开始']);
    assert.equal(fragmentId('Quick-Start'), ids[0]);
    assert.equal(fragmentId('%E5%BF%AB'), 'readme-快');
    assert.equal(fragmentId('%'), 'readme-%');
  });

  it('becomes HTML without styles of its own', () => {
    assert.match(toHtml('| a |\n| ---: |\n| 1 |\n'), /<td [^>]*align="right"/);
    assert.doesNotMatch(toHtml('See README.md or me@example.com'), /<a/);
  });

  it('takes no longer than it may, whatever is in it', () => {
    const started = Date.now();
    for (const piece of [
      '<b>',
      '<div>\n\n',
      '> ',
      '<a "',
      '<!--',
      '[',
      '</b>',
      '<script>',
      '*a_',
    ]) {
      toHtml(piece.repeat(200_000 / piece.length));
    }
    assert.ok(Date.now() - started < 10_000);
  }).timeout(20_000);
});
