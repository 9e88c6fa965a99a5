import path from 'node:path';

import { root } from '../lib/paths.ts';
import { Started } from '../lib/processes.ts';
import { failure, success } from './result.ts';
import type { TestResult } from './result.ts';

interface Check {
  readonly title: string;
  /** The programs to run, one after another: of npm packages, or scripts of this project. */
  readonly runs: readonly (readonly [program: string, ...args: string[]])[];
}

const tsc = 'typescript/bin/tsc';
const checks: readonly Check[] = [
  {
    title: 'types (tsc)',
    runs: [
      [tsc, '--pretty', '-p', 'tsconfig.json'],
      [tsc, '--pretty', '-p', 'src/views/details/page/tsconfig.json'],
      [tsc, '--pretty', '-p', 'src/views/dashboard/page/tsconfig.json'],
      [tsc, '--pretty', '-p', 'test/tsconfig.json'],
    ],
  },
  {
    title: 'rules (eslint)',
    runs: [['eslint/bin/eslint.js', '--color', '--max-warnings=0', '.']],
  },
  {
    title: 'format (prettier)',
    runs: [['prettier/bin/prettier.cjs', '--check', '.']],
  },
  {
    title: 'translations (npm run l10n)',
    runs: [['./scripts/l10n.ts']],
  },
  {
    title: 'settings in the documents (npm run docs)',
    runs: [['./scripts/docs.ts', '--check']],
  },
  {
    title: 'licences of what is bundled (npm run notices)',
    runs: [['./scripts/notices.ts', '--check']],
  },
];

/** Runs the static checks side by side; each counts as one test. */
export async function runChecks(): Promise<TestResult[]> {
  return Promise.all(checks.map(runCheck));
}

async function runCheck({ title, runs }: Check): Promise<TestResult> {
  const outputs: string[] = [];
  for (const [program, ...args] of runs) {
    const script = path.join(root, program.startsWith('.') ? '' : 'node_modules', program);
    const started = new Started(process.execPath, [script, ...args], { cwd: root });
    if ((await started.exited()) !== 0) outputs.push(started.output);
  }
  if (outputs.length === 0) {
    console.log(`✔ ${title}`);
    return success;
  }
  console.log(`✖ ${title}\n${outputs.join('\n')}`);
  return failure(title);
}
