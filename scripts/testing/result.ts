import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What one stage of `npm test` found. A test that was skipped counts as failed, see skipWithoutNginx. */
export interface TestResult {
  readonly passed: number;
  readonly failed: number;
  /** One line a failed test, for the summary. */
  readonly failures: readonly string[];
}

/** Names the file that the mocha reporter writes its result to. */
export const RESULT_VARIABLE = 'MODEL_HUB_TEST_RESULT';
/** Names the file that takes the report of tests inside VS Code. */
export const REPORT_VARIABLE = 'MODEL_HUB_TEST_REPORT';

const WITHOUT_NGINX = ' (skipped: no nginx)';

/** Skips a test that needs a real nginx: the one thing that may be missing without being a failure. */
export function skipWithoutNginx(context: Mocha.Context): never {
  const test = context.currentTest;
  if (test !== undefined) test.title += WITHOUT_NGINX;
  return context.skip();
}

/** Whether a test was skipped as it may be. */
export function isWithoutNginx({ title }: { readonly title: string }): boolean {
  return title.endsWith(WITHOUT_NGINX);
}

/** Reads what the mocha reporter wrote; a run that wrote nothing failed before its first test. */
export async function readResult(
  file: string,
  stage: string,
  { mayBeEmpty }: { readonly mayBeEmpty: boolean },
): Promise<TestResult> {
  if (!existsSync(file)) return failure(`${stage}: ended without a result`);
  const result = JSON.parse(await readFile(file, 'utf8')) as TestResult;
  const isEmpty = result.passed + result.failed === 0;
  return isEmpty && !mayBeEmpty ? failure(`${stage}: ran no test`) : result;
}

/** One failed test that is not mocha's. */
export const failure = (title: string): TestResult => ({
  passed: 0,
  failed: 1,
  failures: [title],
});

/** One passed test that is not mocha's. */
export const success: TestResult = { passed: 1, failed: 0, failures: [] };

/** All results as one. */
export function sum(results: readonly TestResult[]): TestResult {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    failures: results.flatMap(({ failures }) => failures),
  };
}
