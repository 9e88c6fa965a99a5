import { lineOf, soak, tableHead, verdictLines } from '../test/soak/soak.ts';
import { runSeeded } from './lib/seededRun.ts';

const usage = `npm run soak -- [--seed N] [--days N] [--models N]

Four windows of one machine live for weeks, in minutes: see docs/soak.md.
  --seed N    the same days again; without it, others each time
  --days N    how many (30)
  --models N  of the catalogue on the first day (60)`;

await runSeeded({ usage, numbers: { days: 30, models: 60 } }, async (options) => {
  const { seed, days } = options;
  const started = performance.now();
  console.log(`${days} days, seed ${seed}\n\n${tableHead()}`);
  const soaked = await soak({ ...options, onDidDay: (day) => console.log(lineOf(day)) });
  console.log(`\n${verdictLines(soaked).join('\n')}\n`);
  for (const problem of soaked.problems) console.log(`✖ ${problem}`);
  const took = `${Math.round((performance.now() - started) / 1_000)} s`;
  const { problems } = soaked;
  const end = problems.length === 0 ? 'Nothing grew, and all windows agree' : 'NOT WELL';
  console.log(`${end}: ${days} days, seed ${seed}, ${problems.length} problems, ${took}.`);
  return problems.length === 0 ? 0 : 1;
});
