import { main } from './lib/processes.ts';
import { runChecks } from './testing/checks.ts';
import { sum } from './testing/result.ts';

await main(async () => {
  const { passed, failed } = sum(await runChecks());
  console.log(`${passed} checks passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
