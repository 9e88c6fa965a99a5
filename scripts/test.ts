import { parseArgs } from 'node:util';

import { build } from './lib/bundle.ts';
import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';
import { runChecks } from './testing/checks.ts';
import { runIntegration } from './testing/integration.ts';
import { runMocha } from './testing/mocha.ts';
import { failure, sum } from './testing/result.ts';
import type { TestResult } from './testing/result.ts';
import { buildSuite } from './testing/suite.ts';
import { ensureChromium } from './vscode/chromium.ts';
import { ensureVsCode } from './vscode/install.ts';
import { lowest, newest } from './vscode/versions.ts';

const stageNames = ['check', 'unit', 'integration', 'e2e'] as const;
type StageName = (typeof stageNames)[number];

helpFirst(`Usage: npm test [-- --only check|unit|integration|e2e] [--grep TEXT]
  Runs the static checks, the unit tests, the tests inside VS Code and those through the workbench.
  --only STAGE  one of them
  --grep TEXT   only tests with these words`);

const { values } = parseArgs({
  options: { only: { type: 'string' }, grep: { type: 'string' } },
});

await main(async () => {
  if (values.only !== undefined && !stageNames.some((name) => name === values.only)) {
    console.error(`--only takes one of ${stageNames.join(', ')}.`);
    return 2;
  }
  const results = await runStages();
  const { passed, failed, failures } = sum(results);
  if (failed > 0) console.log(`\nFailed:\n${failures.map((line) => `  ✖ ${line}`).join('\n')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

/** Two lanes, which is what a small machine has cores for: the checks compute, the others wait. */
async function runStages(): Promise<TestResult[]> {
  const tools = isWanted('integration') || isWanted('e2e') ? installTools() : Promise.resolve();
  // A failed installation is reported by the stages that need it.
  tools.catch(() => undefined);
  const { grep } = values;
  const lanes = await Promise.all([
    (async () => [await stage('check', async () => sum(await runChecks()))])(),
    (async () => [
      await stage('unit', () =>
        runMocha({ name: 'unit', files: 'test/unit/**/*.test.ts', limitMs: 20_000, grep }),
      ),
      await stage('integration', async () => {
        await build();
        return sum(await runInVsCode());
      }),
      await stage('e2e', async () => {
        await Promise.all([build(), tools]);
        return runMocha({ name: 'e2e', files: 'test/e2e/**/*.test.ts', limitMs: 240_000, grep });
      }),
    ])(),
  ]);
  return lanes.flat();
}

async function installTools(): Promise<void> {
  await ensureVsCode(newest);
  await ensureChromium();
  await ensureVsCode(lowest);
}

async function runInVsCode(): Promise<TestResult[]> {
  const suite = await buildSuite();
  const grep = values.grep === undefined ? {} : { grep: values.grep };
  return Promise.all(
    [newest, lowest].map(async (version) => {
      const result = await runIntegration({ version, suite, ...grep });
      console.log(`\nInside VS Code ${version.label}:${result.report.trimEnd()}`);
      return result;
    }),
  );
}

/** Runs one stage if it is wanted; a stage that breaks is a failed test and no more. */
async function stage(name: StageName, work: () => Promise<TestResult>): Promise<TestResult> {
  if (!isWanted(name)) return sum([]);
  const started = performance.now();
  try {
    return await work();
  } catch (error) {
    console.error(error);
    return failure(`${name}: ${String(error)}`);
  } finally {
    console.log(`\n[${name}: ${((performance.now() - started) / 1000).toFixed(1)} s]`);
  }
}

function isWanted(name: StageName): boolean {
  return values.only === undefined || values.only === name;
}
