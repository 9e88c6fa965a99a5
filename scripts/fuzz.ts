import type { FuzzTarget } from '../test/fuzz/target.ts';
import { targets } from '../test/fuzz/targets.ts';
import { onEnd } from './lib/processes.ts';
import { chosen, runSeeded } from './lib/seededRun.ts';

const CASES = 100_000;

const usage = `npm run fuzz -- [--only NAME,…] [--seed N] [--cases N] [--path PATH]

Throws damaged and valid input at every parser that reads what others wrote: only typed errors,
bounded time and memory, and results that hold together. Prints the seed, which draws the same again,
and how far it came where it is stopped.
  --only NAME,…  some of them
  --seed N       the same cases again; without it, others each time
  --cases N      of each parser (${CASES})
  --path PATH    goes straight to one case, as a failed run has printed it

${targets.map(({ name, reads }) => `  ${name.padEnd(16)}${reads}`).join('\n')}`;

/** The parser that is being read with. */
let current: Progress | undefined;

await runSeeded(
  { usage, numbers: { cases: CASES }, words: ['only', 'path'] },
  async ({ only, ...options }) => {
    const failed: string[] = [];
    console.log(`${options.cases} cases of each, seed ${options.seed}`);
    onEnd(() => {
      tellWhereStopped(options.seed);
      return Promise.resolve();
    });
    for (const target of chosen(targets, only)) {
      if (!(await survives(target, options))) failed.push(target.name);
    }
    console.log(failed.length === 0 ? '\nAll survived.' : `\nNot survived: ${failed.join(', ')}`);
    return failed.length === 0 ? 0 : 1;
  },
);

/** How far one parser is. */
interface Progress {
  readonly name: string;
  held: number;
  failed: boolean;
}

interface Options {
  readonly seed: number;
  readonly cases: number;
  readonly path: string | undefined;
}

async function survives(target: FuzzTarget, { seed, cases, path }: Options): Promise<boolean> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(0)} s`;
  const progress: Progress = { name: target.name, held: 0, failed: false };
  const onDidRun = (held: boolean): void => {
    if (held && !progress.failed) progress.held++;
    else progress.failed = true;
  };
  current = progress;
  try {
    await target.fuzz({ seed, cases, path, onDidRun });
    console.log(`✔ ${target.name}: ${cases} cases, seed ${seed} (${seconds()})`);
    return true;
  } catch (error) {
    console.log(`✖ ${error instanceof Error ? error.message : String(error)} (${seconds()})`);
    return false;
  } finally {
    current = undefined;
  }
}

function tellWhereStopped(seed: number): void {
  if (current === undefined) return;
  const { name, held, failed } = current;
  const next = failed ? ', and the next did not: it was being made smaller' : '';
  console.log(`\nStopped in ${name}, seed ${seed}: ${held} cases held${next}.`);
}
