import { appendFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import Mocha from 'mocha';

import CountingReporter from '../../scripts/testing/reporter.ts';
import { REPORT_VARIABLE } from '../../scripts/testing/result.ts';

/**
 * What VS Code calls in the extension host, whichever runner started it: runs every test file that
 * was built next to this one.
 */
export async function run(): Promise<void> {
  printTo(process.env[REPORT_VARIABLE]);
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 120_000,
    color: false,
    forbidOnly: true,
    reporter: CountingReporter,
    ...grepOption(process.env['MODEL_HUB_TEST_GREP']),
  });
  const files: string[] = [];
  for await (const name of glob('*.test.js', { cwd: import.meta.dirname })) files.push(name);
  // What mocha does for a file, but for `require()`, which it tries first: on Node 22 that dead-locks
  // with the hook by which VS Code 1.112 hands `import 'vscode'` to an ES module.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const name of files.sort()) {
    await import(pathToFileURL(path.join(import.meta.dirname, name)).href);
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed in VS Code.`);
}

/** The console of the extension host is noisy: a runner that wants the report alone names a file. */
function printTo(file: string | undefined): void {
  if (file === undefined) return;
  Mocha.reporters.Base.consoleLog = (...line: unknown[]) =>
    appendFileSync(file, `${format(...line)}\n`);
}

const grepOption = (grep: string | undefined): Mocha.MochaOptions =>
  grep === undefined ? {} : { grep };
