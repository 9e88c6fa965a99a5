import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { outFolder, root } from '../lib/paths.ts';
import { Started } from '../lib/processes.ts';
import { RESULT_VARIABLE, readResult } from './result.ts';
import type { TestResult } from './result.ts';

export interface MochaRun {
  readonly name: string;
  readonly files: string;
  /** How long one test may take. */
  readonly limitMs: number;
  readonly grep: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs test files with mocha, as they are, in a Node process of their own. */
export async function runMocha({ name, files, limitMs, grep, env }: MochaRun): Promise<TestResult> {
  const resultFile = path.join(outFolder, name, 'result.json');
  await rm(resultFile, { force: true });
  await mkdir(path.dirname(resultFile), { recursive: true });
  const args = [
    path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...['--reporter', path.join(root, 'scripts', 'testing', 'reporter.ts')],
    ...['--forbid-only', '--color', '--exit', '--timeout', String(limitMs)],
    ...(grep === undefined ? [] : ['--grep', grep]),
    files,
  ];
  const mocha = new Started(process.execPath, args, {
    cwd: root,
    env: { ...env, [RESULT_VARIABLE]: resultFile },
    // It has servers and browsers of its own to stop.
    graceMs: 15_000,
    onOutput: (text) => process.stdout.write(text),
  });
  await mocha.exited();
  return readResult(resultFile, name, { mayBeEmpty: grep !== undefined });
}
