import { parseArgs } from 'node:util';

import { main } from '../../scripts/lib/processes.ts';
import { publish } from './result.ts';
import type { BenchResult } from './result.ts';

const USAGE = `npm run bench -- start [--json FILE] [--runs N]

  start   activation and first rows inside VS Code, against an empty extension`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, runs: { type: 'string', default: '9' } },
});

/** Each benchmark is a module of its own, loaded when it is asked for. */
const benchmarks: Readonly<Record<string, (runs: number) => Promise<BenchResult[]>>> = {
  start: async (runs) => (await import('./start.ts')).measureStart(runs),
};

await main(async () => {
  const benchmark = benchmarks[positionals[0] ?? ''];
  const runs = Number(values.runs);
  if (benchmark === undefined || positionals.length !== 1 || !(runs >= 1)) {
    console.error(USAGE);
    return 1;
  }
  const results = await benchmark(runs);
  await publish(results, values.json);
  return 0;
});
