import { parseArgs } from 'node:util';

import { lineOf, soak, tableHead, verdictLines } from '../test/soak/soak.ts';
import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';

const USAGE = `npm run soak -- [--seed N] [--days N] [--models N]

Four windows of one machine live for weeks, in minutes: see docs/soak.md.
  --seed N    the same days again; without it, others each time
  --days N    how many (30)
  --models N  of the catalogue on the first day (60)`;

helpFirst(USAGE);

await main(async () => {
  const options = readArguments();
  if (options === undefined) {
    console.error(USAGE);
    return 1;
  }
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

function readArguments(): { seed: number; days: number; models: number } | undefined {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      days: { type: 'string', default: '30' },
      models: { type: 'string', default: '60' },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const [days, models] = [Number(values.days), Number(values.models)];
  const isUsable = [seed, days, models].every((n) => Number.isInteger(n) && n >= 0) && days >= 1;
  return isUsable ? { seed, days, models } : undefined;
}
