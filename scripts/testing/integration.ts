import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'node:util';
import type { Page } from 'playwright-core';

import { Hub } from '../lib/hub.ts';
import { outFolder, root } from '../lib/paths.ts';
import { launchBrowser, newContext } from '../vscode/browser.ts';
import { startSession, testBuiltins } from '../vscode/session.ts';
import type { VsCodeVersion } from '../vscode/versions.ts';
import { makeHostileWorkspace } from './hostileWorkspace.ts';
import { REPORT_VARIABLE, RESULT_VARIABLE, failure, readResult } from './result.ts';
import type { TestResult } from './result.ts';

/** For a workbench that never comes to its tests: each of them has a limit of its own. */
const LIMIT_MS = 600_000;

export interface IntegrationRun {
  readonly version: VsCodeVersion;
  /** The built suite. */
  readonly suite: string;
  readonly grep?: string;
}

/** Runs the suite in the extension host of one version of VS Code; tells its report as text. */
export async function runIntegration(
  run: IntegrationRun,
): Promise<TestResult & { readonly report: string }> {
  const { version, suite, grep } = run;
  const files = await emptyFiles(version.label);
  const workspace = path.join(path.dirname(files.log), 'workspace');
  await makeHostileWorkspace(workspace);
  await using hub = await Hub.start();
  await using session = await startSession({
    version,
    hub,
    builtins: testBuiltins,
    env: {
      [RESULT_VARIABLE]: files.result,
      [REPORT_VARIABLE]: files.report,
      MODEL_HUB_TEST_HUB: hub.url,
      ...(grep === undefined ? {} : { MODEL_HUB_TEST_GREP: grep }),
    },
  });
  await using browser = await launchBrowser();
  const page = await (await newContext(browser)).newPage();
  const log: string[] = [];
  const address = session.address({ extension: root, tests: suite, folder: workspace });
  const problem = await runTests(page, address, (line) => log.push(line));
  await writeFile(files.log, [...log, session.server.output()].join('\n'));
  const report = existsSync(files.report) ? await readFile(files.report, 'utf8') : '';
  if (problem === undefined) {
    const stage = `inside VS Code ${version.label}`;
    const result = await readResult(files.result, stage, { mayBeEmpty: grep !== undefined });
    return { ...result, report };
  }
  const title = `inside VS Code ${version.label}: ${problem}, see ${files.log}`;
  return { ...failure(title), report };
}

/** Opens the address and waits until the workbench says that its tests are done. */
async function runTests(
  page: Page,
  address: string,
  log: (line: string) => void,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // The two functions that the workbench looks for when it runs tests.
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
    log(format(...args)),
  );
  await page.exposeFunction('codeAutomationExit', () => resolve(undefined));
  page.on('crash', () => resolve('the workbench crashed'));
  const timer = setTimeout(() => resolve(`not done in ${LIMIT_MS / 1000} s`), LIMIT_MS);
  try {
    await page.goto(address);
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function emptyFiles(label: string): Promise<{ result: string; report: string; log: string }> {
  const folder = path.join(outFolder, 'integration', label);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  return { result: file('result.json'), report: file('report.txt'), log: file('console.log') };
}
