import { existsSync } from 'node:fs';
import path from 'node:path';

import { faults } from '../test/faults/faults.ts';
import type { Fault } from '../test/faults/fault.ts';
import { root } from './lib/paths.ts';
import { chosen, runSeeded } from './lib/seededRun.ts';

const usage = `npm run faults -- [--only NAME,…] [--seed N] [--runs N] [--history DIR]

What must be survived, in long runs; each prints the seed that draws it again.
  --only NAME,…  some of them
  --seed N       the same draws again; without it, others each time
  --runs N       how much of each, in its own unit
  --history DIR  catalogue versions to replay (../shared/data/jan-catalog, where it is at hand)

${faults.map(({ name, runs, unit }) => `  ${name.padEnd(19)}${runs} ${unit}`).join('\n')}`;

/** Real versions of the catalogue, which lie beside the project on some machines. */
const REAL_HISTORY = path.join(root, '..', 'shared', 'data', 'jan-catalog');

const takes = { usage, numbers: { runs: undefined }, words: ['only', 'history'] } as const;

await runSeeded(takes, async ({ only, history, ...told }) => {
  const real = existsSync(REAL_HISTORY) ? REAL_HISTORY : undefined;
  const failed: string[] = [];
  for (const fault of chosen(faults, only)) {
    const options = { ...told, history: history ?? real };
    if (!(await survives(fault, options))) failed.push(fault.name);
  }
  console.log(failed.length === 0 ? '\nAll survived.' : `\nNot survived: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});

interface Options {
  readonly seed: number;
  readonly runs: number | undefined;
  readonly history: string | undefined;
}

async function survives(fault: Fault, options: Options): Promise<boolean> {
  const { seed, history, runs = fault.runs } = options;
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(0)} s`;
  console.log(`\n${fault.name}: ${runs} ${fault.unit}, seed ${seed}`);
  try {
    const log = (line: string): void => console.log(`  ${seconds()}: ${line}`);
    console.log(`✔ ${await fault.run({ seed, runs, history, log })} (${seconds()})`);
    return true;
  } catch (error) {
    console.log(`✖ ${fault.name}, seed ${seed} (${seconds()})`, error);
    return false;
  }
}
