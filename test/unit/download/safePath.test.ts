import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DownloadError } from '../../../src/download/errors.ts';
import { refuseLinks, safePaths } from '../../../src/download/safePath.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = join(sep, 'models');

const isBadName = (error: unknown): true => {
  assert.ok(DownloadError.is(error, 'badName'), String(error));
  assert.match(error.message, /Choose another variant/);
  assert.doesNotMatch(error.message, /\p{Cc}/u);
  return true;
};

describe('A path in a repository', () => {
  for (const path of ['m.gguf', 'Q4/m 1 (2).gguf', 'ünï/模型.gguf', '.hidden', 'con-fig.json']) {
    it(`becomes one below the folder: ${path}`, () => {
      assert.deepEqual(safePaths(ROOT, [path]), [join(ROOT, ...path.split('/'))]);
    });
  }

  const bad = [
    ...['../x', 'a/../../x', '..', '.', 'a/./b', '', 'a//b', 'a/'],
    ...['/etc/passwd', 'C:\\x', 'C:x', 'c:/x', '\\\\host\\share\\x', '//host/share/x', 'a\\..\\b'],
    ...['a\0b', 'a\nb', 'a\u0085b', 'a\u007fb', '\ud800.gguf', 'a:stream', 'a?b', 'a*b', 'a|b'],
    ...['CON', 'con.gguf', 'a/NUL', 'aux .txt', 'COM1.gguf', 'lpt9', 'COM¹', 'prn.', 'CONIN$'],
    ...['m.gguf.', 'm.gguf ', 'folder./m.gguf', ' m.gguf'],
    ...['x'.repeat(300), `${'ü'.repeat(120)}.gguf`, `${'abcdefgh/'.repeat(130)}m.gguf`],
    ...['m.gguf.partial', 'm.gguf.partial.journal', 'm.PARTIAL', '.model-hub.json', 'a.unfinished'],
  ];
  for (const path of bad) {
    it(`is refused: ${JSON.stringify(path.slice(0, 40))}`, () => {
      assert.throws(() => safePaths(ROOT, ['fine.gguf', path]), isBadName);
    });
  }

  for (const [what, paths] of [
    ['cases', ['Model.gguf', 'model.GGUF']],
    ['compositions of letters', ['\u00fc.gguf', 'u\u0308.gguf']],
    ['spellings of a letter', ['stra\u00dfe', 'STRASSE']],
    ['a file and a folder', ['a', 'A/b']],
    ['a folder and a file', ['a/b/c', 'A/B']],
    ['twice the same', ['a', 'a']],
  ] as const) {
    it(`is refused where disks take two for one: ${what}`, () => {
      assert.throws(() => safePaths(ROOT, paths), isBadName);
    });
  }

  const seed = seedOfRun();
  it(`never leads out of the folder, whatever it is made of (SEED=${seed})`, () => {
    const random = randomNumbers(seed);
    const pieces = ['..', '.', '/', '\\', 'a', 'ü', ':', '\0', ' ', 'con', '%2e', '~', 'C:', '//'];
    for (let round = 0; round < 5_000; round++) {
      const length = 1 + Math.floor(random() * 6);
      const path = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]);
      try {
        const [made = ''] = safePaths(ROOT, [path.join('')]);
        assert.ok(made.startsWith(ROOT + sep), made);
        assert.ok(!made.split(sep).includes('..'), made);
      } catch (error) {
        isBadName(error);
      }
    }
  });
});

describe('The way to a file', () => {
  const folder = useTemporaryFolder();
  const isStray = (error: unknown): true => {
    assert.ok(DownloadError.is(error, 'folder'), String(error));
    assert.match(error.message, /link/i);
    return true;
  };
  let root: string;
  beforeEach(() => {
    root = join(folder(), 'models');
    mkdirSync(join(folder(), 'outside'));
    mkdirSync(join(root, 'janhq'), { recursive: true });
  });

  it('may be there or not', async () => {
    writeFileSync(join(root, 'janhq', 'm.gguf'), '');
    await refuseLinks(
      root,
      ['m.gguf', 'n.gguf', 'x/y/z.gguf'].map((name) => join(root, 'janhq', name)),
    );
    await refuseLinks(join(root, 'new', 'root'), [join(root, 'new', 'root', 'a', 'm.gguf')]);
  });

  it('may lead through a folder that is itself reached by a link, and by links inside', async () => {
    symlinkSync(root, join(folder(), 'shortcut'));
    symlinkSync(join(root, 'janhq'), join(root, 'jan'));
    await refuseLinks(join(folder(), 'shortcut'), [join(folder(), 'shortcut', 'jan', 'm.gguf')]);
  });

  it('is refused where a link leads out of the folder', async () => {
    symlinkSync(join(folder(), 'outside'), join(root, 'janhq', 'name'));
    await assert.rejects(refuseLinks(root, [join(root, 'janhq', 'name', 'm.gguf')]), isStray);
    await assert.rejects(refuseLinks(root, [join(root, 'janhq', 'name', 'a', 'b.gguf')]), isStray);
  });

  it('is refused where the file is a link, or the link leads nowhere', async () => {
    writeFileSync(join(folder(), 'outside', 'm.gguf'), 'precious');
    symlinkSync(join(folder(), 'outside', 'm.gguf'), join(root, 'm.gguf'));
    symlinkSync(join(folder(), 'nothing'), join(root, 'gone'));
    await assert.rejects(refuseLinks(root, [join(root, 'm.gguf')]), isStray);
    await assert.rejects(refuseLinks(root, [join(root, 'gone', 'm.gguf')]), { kind: 'folder' });
  });

  it('is refused where a folder has the name of the file', async () => {
    mkdirSync(join(root, 'm.gguf'));
    await assert.rejects(refuseLinks(root, [join(root, 'm.gguf')]), { kind: 'folder' });
  });
});
