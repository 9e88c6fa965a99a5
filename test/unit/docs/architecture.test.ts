import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ARCHITECTURE = 'docs/architecture.md';
const DOCUMENTS = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('docs/*.md'),
];

/** The paths that the tree in the first code block draws, `a/  b/` being two of them. */
function drawnPaths(text: string): string[] {
  const tree = /```\n([^]*?)```/.exec(text)?.[1] ?? '';
  const folders: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', drawn = ''] = /^( *)(\S.*?)(?: {3,}.*)?$/.exec(line) ?? [];
    const depth = indent.length / 2;
    // What follows a name after two blanks is what is said of it.
    const names = drawn.split(/,? +/).filter((name) => /^[\w/*.-]+(?:\/|\.\w+)$/.test(name));
    folders.length = depth;
    const paths = names.map((name) => join(...folders, name));
    if (names.length === 1 && names[0]?.endsWith('/') === true) folders[depth] = names[0];
    return paths;
  });
}

describe('The documents', () => {
  const drawn = drawnPaths(readFileSync(ARCHITECTURE, 'utf8'));

  it('draw a house of some size', () => {
    assert.ok(drawn.length > 40, drawn.join('\n'));
    for (const path of ['src/sync/cache/', 'test/unit/', 'src/views/status/']) {
      assert.ok(drawn.includes(path), path);
    }
  });

  for (const path of drawn) {
    it(`are right that there is ${path}`, () => {
      assert.ok(globSync(path).length > 0);
    });
  }

  it('leave out no folder of the sources', () => {
    const folders = globSync('src/*/*/', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${join(entry.parentPath, entry.name).replaceAll('\\', '/')}/`);
    const text = readFileSync(ARCHITECTURE, 'utf8');
    const missing = folders
      .map((folder) => folder.slice(folder.indexOf('src/')))
      .filter((folder) => !text.includes(`${folder.split('/').at(-2) ?? ''}/`));
    assert.deepEqual(missing, []);
  });

  for (const document of DOCUMENTS) {
    it(`have no link in ${document} that leads nowhere`, () => {
      const text = readFileSync(document, 'utf8');
      const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(
        ([, target = '']) => target,
      );
      const local = targets.filter((target) => !/^[a-z]+:/.test(target));
      assert.deepEqual(
        local.filter((target) => !existsSync(join(dirname(document), target))),
        [],
      );
    });
  }
});
