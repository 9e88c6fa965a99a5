import { parseArgs } from 'node:util';

import type { FuzzTarget } from '../test/fuzz/target.ts';
import { targets } from '../test/fuzz/targets.ts';
import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';

const CASES = 100_000;

const USAGE = `npm run fuzz -- [--only NAME,…] [--seed N] [--cases N] [--path PATH]

Throws damaged and valid input at every parser that reads what others wrote: only typed errors,
bounded time and memory, and results that hold together. Prints the seed, which draws the same again.
  --only NAME,…  some of them
  --seed N       the same cases again; without it, others each time
  --cases N      of each parser (${CASES})
  --path PATH    goes straight to one case, as a failed run has printed it

${targets.map(({ name, reads }) => `  ${name.padEnd(16)}${reads}`).join('\n')}`;

interface Options {
  readonly wanted: readonly FuzzTarget[];
  readonly seed: number;
  readonly cases: number;
  readonly path: string | undefined;
}

helpFirst(USAGE);

await main(async () => {
  const options = readArguments();
  if (options === undefined) {
    console.error(USAGE);
    return 2;
  }
  const failed: string[] = [];
  for (const target of options.wanted) {
    if (!(await survives(target, options))) failed.push(target.name);
  }
  console.log(failed.length === 0 ? '\nAll survived.' : `\nNot survived: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});

function readArguments(): Options | undefined {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seed: { type: 'string' },
      cases: { type: 'string' },
      path: { type: 'string' },
    },
  });
  const names = values.only?.split(',') ?? targets.map(({ name }) => name);
  const wanted = targets.filter(({ name }) => names.includes(name));
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const cases = Number(values.cases ?? CASES);
  const isUsable = Number.isInteger(seed) && Number.isInteger(cases) && cases >= 1;
  if (!isUsable || wanted.length !== names.length) return undefined;
  return { wanted, seed, cases, path: values.path };
}

async function survives(target: FuzzTarget, { seed, cases, path }: Options): Promise<boolean> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(0)} s`;
  try {
    await target.fuzz({ seed, cases, path });
    console.log(`✔ ${target.name}: ${cases} cases, seed ${seed} (${seconds()})`);
    return true;
  } catch (error) {
    console.log(`✖ ${error instanceof Error ? error.message : String(error)} (${seconds()})`);
    return false;
  }
}
