import { parseArgs } from 'node:util';

import { main } from '../../scripts/lib/processes.ts';
import { publish } from './result.ts';
import type { BenchResult } from './result.ts';

const USAGE = `npm run bench -- start [--json FILE] [--runs N]
npm run bench -- sync [--json FILE] [--history DIR] [--only ROW,…] [--big]

  start          activation and first rows inside VS Code, against an empty extension
  sync           what it costs to stay current, against other ways to do so
  --json FILE    write the rows
  --runs N       starts of a window (9)
  --history DIR  catalogue versions to replay (../shared/data/jan-catalog, where it is at hand)
  --only ROW,…   rows, or beginnings of their names
  --big          searching at 1,000,000 models too`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    runs: { type: 'string', default: '9' },
    history: { type: 'string' },
    only: { type: 'string' },
    big: { type: 'boolean', default: false },
  },
});

/** Each benchmark is a module of its own, loaded when it is asked for. */
const benchmarks: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  start: async () => (await import('./start.ts')).measureStart(Number(values.runs)),
  sync: async () =>
    (await import('./sync/sync.ts')).measureSync({
      history: values.history,
      only: values.only?.split(','),
      big: values.big,
    }),
};

await main(async () => {
  const benchmark = benchmarks[positionals[0] ?? ''];
  if (benchmark === undefined || positionals.length !== 1 || !(Number(values.runs) >= 1)) {
    console.error(USAGE);
    return 1;
  }
  const results = await benchmark();
  await publish(results, values.json);
  return 0;
});
