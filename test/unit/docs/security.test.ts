import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

/** A file, and the titles of tests in it that follow. */
const PROOF = /`(?<file>test\/[\w./-]+)`(?<titles>(?:,? "[^"]+")+)/g;
const TITLE = /\bit\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>).)*)\k<quote>/gs;

const page = readFileSync('docs/security.md', 'utf8');
const proofs = [...page.matchAll(PROOF)].flatMap(({ groups = {} }) =>
  [...(groups['titles'] ?? '').matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({
    file: groups['file'] ?? '',
    title,
  })),
);

/** The titles of a file, up to where they depend on what is tested. */
function titlesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(TITLE)].map(({ groups = {} }) => {
    const [fixed = ''] = (groups['title'] ?? '').split('${');
    return fixed.replaceAll(/\\(.)/g, '$1');
  });
}

describe('The page on security', () => {
  for (const { file, title } of proofs) {
    it(`names a test that there is: ${file} "${title}"`, () => {
      assert.ok(existsSync(file), 'there is no such file');
      assert.ok(titlesIn(file).includes(title), 'there is no such test');
    });
  }

  it('names tests in no other way', () => {
    assert.ok(proofs.length > 50, `${proofs.length} tests`);
    const files = page.match(/test\/[\w./-]+/g) ?? [];
    assert.equal(new Set(files).size, new Set(proofs.map(({ file }) => file)).size);
    const cells = page.split('\n').filter((line) => line.includes('test/'));
    for (const line of cells) {
      const proof = line.split('|').at(-2) ?? '';
      assert.equal(proof.replaceAll(PROOF, '').replaceAll(/[;\s]/g, ''), '', proof);
    }
  });
});
