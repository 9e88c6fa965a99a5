import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestProblems, problemsOf } from '../../../scripts/l10n/locales.ts';
import type { Sentences } from '../../../scripts/l10n/sentences.ts';
import { sentencesIn } from '../../../scripts/l10n/sentences.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

describe('The check of translations', () => {
  const folder = useTemporaryFolder();

  const read = async (code: string): Promise<Sentences> => {
    await writeFile(join(folder(), 'code.ts'), code);
    return sentencesIn(folder(), ['code.ts']);
  };
  const told = async (code: string): Promise<readonly string[]> => (await read(code)).problems;
  const write = (name: string, texts: object): Promise<void> =>
    writeFile(join(folder(), name), JSON.stringify(texts));

  it('finds what every kind of t says', async () => {
    const { keys, problems } = await read(
      "t('One'); vscode.l10n.t('Two {0}', 2);\nwording.t('Thr' + 'ee'); l10n.t(`Four`);",
    );
    assert.deepEqual([...keys.keys()], ['One', 'Two {0}', 'Three', 'Four']);
    assert.deepEqual(keys.get('Three'), { file: 'code.ts', line: 2 });
    assert.deepEqual(problems, []);
  });

  it('tells what is no literal, and values that do not fit', async () => {
    assert.match((await told('t(`One ${two}`)')).join(), /code\.ts:1: .*no literal/);
    assert.match((await told("t('One {0}')")).join(), /has 1 placeholders and is given 0/);
    assert.match((await told("t('One', 1)")).join(), /has 0 placeholders and is given 1/);
  });

  const silent = [
    "throw new SyncError('server', 'It broke. Try again.')",
    'throw new DownloadError(kind, `${path} is gone. Look for it.`)',
    "notifier.warn('It broke again')",
    "vscode.window.showInformationMessage('Done with it')",
    "const row = { label: 'Add Source', run }",
    "const row = { detail: hidden ? 'Not shown' : t('Shown') }",
    "function why() { return 'it leads to nowhere'; }",
    'const text = `There are ${n} of them left`;',
  ];
  for (const code of silent) {
    it(`tells what passes no t: ${code}`, async () => {
      assert.match((await told(code)).join(), /passes no t\(\)/);
    });
  }

  const fine = [
    "logger.warn('This was not understood at all')",
    "throw new Error('Only for those who wrote it')",
    "throw new SyncError('server', t('It broke. Try again.'))",
    "database.exec('SELECT all of them FROM here')",
    "const row = { label: 'Model Hub', command: 'modelHub.search' }",
    "element('p', 'quiet amounts')",
    'const command = `ollama run hf.co/${id}`',
  ];
  for (const code of fine) {
    it(`lets pass: ${code}`, async () => assert.deepEqual(await told(code), []));
  }

  it('tells what a locale lacks, has too much, and says with other placeholders', async () => {
    const sentences = await read("t('Same {0}', 1); t('Gone'); t('Swapped {0} {1}', 1, 2);");
    await write('package.nls.json', { a: 'Run [it](command:modelHub.x)', b: 'Type `this`' });
    await write('package.nls.xx.json', { a: 'Run [it](command:modelHub.y)', b: 'Type `that`' });
    const bundle = { 'Same {0}': 'Same', 'Swapped {0} {1}': '{1} {0}', Unknown: 'x' };
    const name = 'bundle.l10n.xx.json';
    await mkdir(join(folder(), 'l10n'));
    await write(`l10n/${name}`, bundle);
    assert.deepEqual(problemsOf(folder(), 'xx', sentences), [
      `l10n/${name}: "Same {0}" has other placeholders: "" for "0"`,
      `l10n/${name}: missing "Gone" (code.ts:1)`,
      `l10n/${name}: unused "Unknown"`,
      'package.nls.xx.json: "a" has other commands and settings: "(command:modelHub.y)" for "(command:modelHub.x)"',
      'package.nls.xx.json: "b" has other code: "that" for "this"',
    ]);
  });

  it('tells what the manifest names and nobody says, and the reverse', async () => {
    const contributes = { title: '%here%', description: 'Not a key', name: 'an id' };
    await write('package.json', { contributes, other: '%nowhere%' });
    await write('package.nls.json', { here: 'Here', unused: 'Unused' });
    assert.deepEqual(manifestProblems(folder()), [
      'package.nls.json: "nowhere" is missing',
      'package.nls.json: "unused" is not used',
      'package.json: "Not a key" is no %key%',
    ]);
  });
});
