import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';
import { runChecks } from './testing/checks.ts';
import { sum } from './testing/result.ts';

helpFirst(`Usage: npm run check
  Runs the static checks, which are the first stage of npm test.`);

await main(async () => {
  const { passed, failed } = sum(await runChecks());
  console.log(`${passed} checks passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
