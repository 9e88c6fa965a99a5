import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PartialStrykerOptions } from '@stryker-mutator/api/core';

import { outFolder, root } from '../lib/paths.ts';
import { Started } from '../lib/processes.ts';
import { readReport } from './report.ts';
import type { MutationReport } from './report.ts';
import type { Group } from './groups.ts';

const folder = path.join(outFolder, 'mutation');
const configFile = path.join(folder, 'stryker.json');
const reportFile = path.join(folder, 'report.json');

/**
 * Changes the modules of a group in all ways that Stryker knows, and prints what survives.
 * @throws Error if it came to no end
 */
export async function changeAll(group: Group): Promise<MutationReport> {
  await rm(reportFile, { force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(configFile, JSON.stringify(optionsFor(group)));
  const stryker = path.join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const started = new Started(process.execPath, [stryker, 'run', configFile], {
    cwd: root,
    onOutput: (text) => process.stdout.write(text),
  });
  const code = await started.exited();
  const report = await readReport(reportFile);
  if (report === undefined) throw new Error(`Stryker ended with ${code} and without a report.`);
  return report;
}

function optionsFor({ modules, tests }: Group): PartialStrykerOptions {
  return {
    mutate: [...modules],
    testRunner: 'project',
    tests: [...tests],
    plugins: ['./scripts/mutation/mochaRunner.ts'],
    coverageAnalysis: 'perTest',
    // What is computed while a module is loaded would need a process of its own for each mutant.
    ignoreStatic: true,
    timeoutMS: 3000,
    dryRunTimeoutMinutes: 20,
    // It does not know `tests`, which is for the runner.
    warnings: {
      ...{ unknownOptions: false, preprocessorErrors: true },
      ...{ slow: true, unserializableOptions: true },
    },
    ignorePatterns: ['.vscode-test', 'dist', 'out', 'docs', 'media', 'l10n'],
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { reportTests: false, logTests: false, reportScoreTable: false },
    jsonReporter: { fileName: path.relative(root, reportFile) },
    tempDirName: path.relative(root, path.join(folder, 'sandboxes')),
  };
}
