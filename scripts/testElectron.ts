import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';

import { build } from './lib/bundle.ts';
import { temporaryFolder } from './lib/files.ts';
import { helpFirst } from './lib/help.ts';
import { Hub } from './lib/hub.ts';
import { outFolder, root } from './lib/paths.ts';
import { main } from './lib/processes.ts';
import { RESULT_VARIABLE, failure, readResult, sum } from './testing/result.ts';
import type { TestResult } from './testing/result.ts';
import { buildSuite } from './testing/suite.ts';
import { settingsFor } from './vscode/session.ts';
import { writeSettings } from './vscode/settings.ts';

/** `engines.vscode` allows nothing older; the second is what users have. */
const versions = ['1.112.0', 'stable'];

helpFirst(`Usage: npm run test:electron
  Runs the tests inside VS Code in desktop VS Code, which it downloads.`);

// The suite of `npm test`, in desktop VS Code, which is downloaded: needs a network and a display.
await main(async () => {
  await build();
  const suite = await buildSuite();
  const results: TestResult[] = [];
  for (const version of versions) results.push(await runInDesktop(version, suite));
  const { passed, failed } = sum(results);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

async function runInDesktop(version: string, suite: string): Promise<TestResult> {
  const resultFile = path.join(outFolder, 'electron', `${version}.json`);
  await mkdir(path.dirname(resultFile), { recursive: true });
  await rm(resultFile, { force: true });
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await Hub.start());
  const { folder, remove } = await temporaryFolder('electron');
  stack.defer(remove);
  await writeSettings(folder, settingsFor(hub));
  try {
    await runTests({
      version,
      extensionDevelopmentPath: root,
      extensionTestsPath: suite,
      launchArgs: ['--user-data-dir', folder, '--disable-extensions'],
      extensionTestsEnv: { [RESULT_VARIABLE]: resultFile, MODEL_HUB_TEST_HUB: hub.url },
    });
  } catch (error) {
    const result = await readResult(resultFile, `VS Code ${version}`, { mayBeEmpty: false });
    // Failed tests end VS Code with an error too; only one without failed tests is a new problem.
    return result.failed > 0 ? result : failure(`VS Code ${version}: ${String(error)}`);
  }
  return await readResult(resultFile, `VS Code ${version}`, { mayBeEmpty: false });
}
