import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

import { isWithoutNginx, RESULT_VARIABLE } from './result.ts';
import type { TestResult } from './result.ts';

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

/** Prints as mocha's own "spec" and writes the counts to the file named by the environment. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env[RESULT_VARIABLE];
    let passed = 0;
    const failures: string[] = [];
    // Hooks that fail arrive here too: counting these events misses nothing that went wrong.
    runner.on(EVENT_TEST_PASS, () => (passed += 1));
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      failures.push(`${test.fullTitle()}: ${firstLine(error)}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      if (!isWithoutNginx(test)) failures.push(`${test.fullTitle()}: skipped`);
    });
    runner.on(EVENT_RUN_END, () => {
      const result: TestResult = { passed, failed: failures.length, failures };
      if (file !== undefined) writeFileSync(file, JSON.stringify(result));
    });
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
