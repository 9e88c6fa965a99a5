import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/lib/paths.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useSharedHub } from '../support/useHub.ts';

const run = promisify(execFile);
/** Milliseconds; processes of their own have to start first, on a machine that may be busy. */
const PATIENCE = 60_000;

const DOCUMENTS = [
  ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'test/hub/README.md'],
  ...globSync('docs/*.md'),
];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const OPTION = /(?<![\w-])--[a-z][\w-]*/g;

/** `npm run sync -- --storage DIR` as its script and its options. */
interface Command {
  readonly script: string;
  readonly options: readonly string[];
}

/** All npm commands that a text names, in a block or in a line. */
function commandsIn(text: string): Command[] {
  return text.split('\n').flatMap((line) => {
    const named = [...line.matchAll(/\bnpm (start|test|run ([\w:-]+))((?: +[^\s`#&]+)*)/g)];
    return named.map(([, direct = '', script = direct, rest = '']) => ({
      script,
      // What else is said of the only command of a line are its options.
      options: [...(named.length === 1 ? line : rest).matchAll(OPTION)].map(([option]) => option),
    }));
  });
}

/** The file that a script of package.json runs, and words that are always given to it. */
function programOf(script: string): string[] {
  return (scripts[script] ?? '').split(' ').slice(2);
}

const commands = DOCUMENTS.flatMap((document) => commandsIn(readFileSync(document, 'utf8')));

describe('The commands in the documents', function () {
  this.timeout(PATIENCE);

  it('are found', () => {
    const found = commandsIn('`npm run sync -- --storage DIR [--json]` and\n\nnpm test # all\n');
    assert.deepEqual(found, [
      { script: 'sync', options: ['--storage', '--json'] },
      { script: 'test', options: [] },
    ]);
    assert.ok(commands.length > 30);
  });

  for (const script of new Set(commands.map((command) => command.script))) {
    // It is somebody else's program, and has no option here.
    if (script === 'format') continue;
    it(`npm ${script} is there, explains itself and knows each option it is named with`, async () => {
      const [program = '', ...given] = programOf(script);
      assert.ok(existsSync(program), `there is no script ${script}`);
      const usage = await helpOf(program, given);
      assert.ok(
        usage.includes(`npm ${/^(?:start|test)$/.test(script) ? script : `run ${script}`}`),
      );
      const options = commands.filter((command) => command.script === script);
      const named = new Set(options.flatMap((command) => command.options));
      assert.deepEqual(
        [...named].filter((option) => !usage.includes(option)),
        [],
      );
    });
  }

  async function helpOf(program: string, given: readonly string[]): Promise<string> {
    try {
      return (await run(process.execPath, [program, ...given, '--help'])).stdout;
    } catch (error) {
      return (error as { readonly stdout?: string }).stdout ?? '';
    }
  }
});

describe('How to publish a catalogue, as the documents tell it', function () {
  this.timeout(PATIENCE);
  const folder = useTemporaryFolder();
  const hub = useSharedHub({ models: 30 });

  /** The lines of the block that begins with the making of a key. */
  function linesIn(document: string): string[] {
    const blocks = readFileSync(document, 'utf8').matchAll(/```sh\n([^]*?)```/g);
    const block = [...blocks]
      .map(([, text = '']) => text)
      .find((text) => text.includes('openssl genpkey'));
    return (block ?? '')
      .split('\n')
      .map((line) => line.replace(/ +#.*$/, ''))
      .filter(Boolean);
  }

  for (const document of ['README.md', 'README.zh-CN.md', 'docs/team.md']) {
    it(`works in the words of ${document}, against a hub of our own`, async () => {
      const [key = '', ...steps] = linesIn(document);
      const [, file = ''] = /^openssl genpkey -algorithm ed25519 -out ([\w.]+)$/.exec(key) ?? [];
      const { privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(join(folder(), file), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      assert.equal(steps.length, 2);
      for (const step of steps) await runStep(step);
      const [, out = ''] = /--out (\S+)/.exec(steps[1] ?? '') ?? [];
      assert.ok(existsSync(join(folder(), out, 'catalogue.json')));
    });
  }

  /** Runs `NAME=value npm run SCRIPT -- WORD…` in the folder. */
  async function runStep(step: string): Promise<void> {
    const [, variable, script = '', words = ''] =
      /^(?:(\w+)=\S+ )?npm run ([\w-]+) -- (.+)$/.exec(step) ?? [];
    const [program = ''] = programOf(script);
    const args = words
      .trim()
      .split(/ +/)
      .map((word) => (word === 'https://huggingface.co' ? hub().url : word))
      // Where a server keeps its files nothing is written to by a test.
      .map((word) => (word.startsWith('/') ? join(folder(), word) : word));
    const env = { ...process.env, ...(variable === undefined ? {} : { [variable]: 'hf_test' }) };
    await run(process.execPath, [join(root, program), ...args], { cwd: folder(), env });
  }
});
