import { parseArgs } from 'node:util';

import { helpFirst } from './help.ts';
import { main } from './processes.ts';

type Defaults = Readonly<Record<string, number | undefined>>;

/** What a command takes beside `--seed`. */
export interface Takes<Numbers extends Defaults, Word extends string> {
  readonly usage: string;
  /** The word that must stand first, if there is one. */
  readonly what?: string;
  /** Whole numbers from 1 on by their names, and what each is where it is not told. */
  readonly numbers: Numbers;
  /** Names of what is told in words. */
  readonly words?: readonly Word[];
}

/** What a command was told. */
export type Told<Numbers extends Defaults, Word extends string> = {
  readonly seed: number;
} & {
  readonly [Name in keyof Numbers]: Numbers[Name] extends number ? number : number | undefined;
} & {
  readonly [Name in Word]: string | undefined;
};

/**
 * Runs a command that draws at random: `--seed N` draws the same again, without it others are drawn
 * each time. What it cannot take is answered with its usage and exit code 2.
 * @param run returns the exit code
 */
export async function runSeeded<const Numbers extends Defaults, const Word extends string = never>(
  takes: Takes<Numbers, Word>,
  run: (told: Told<Numbers, Word>) => Promise<number> | number,
): Promise<void> {
  helpFirst(takes.usage);
  await main(async () => {
    let told;
    try {
      told = readArguments(takes, process.argv.slice(2));
    } catch (error) {
      console.error(`${error instanceof Error ? error.message : String(error)}\n\n${takes.usage}`);
      return 2;
    }
    return await run(told);
  });
}

/** @throws Error with a sentence about the first argument that cannot be taken */
export function readArguments<const Numbers extends Defaults, const Word extends string = never>(
  { what = '', numbers, words = [] }: Takes<Numbers, Word>,
  args: readonly string[],
): Told<Numbers, Word> {
  const names = ['seed', ...Object.keys(numbers), ...words];
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  if (positionals.join(' ') !== what) throw new Error(`This begins with "${what}".`);
  const number = (name: string, least: number, otherwise: number | undefined) => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (value === undefined || (Number.isInteger(value) && value >= least)) return [name, value];
    throw new Error(`--${name} is a whole number from ${least} on.`);
  };
  return Object.fromEntries([
    number('seed', 0, Date.now() % 1_000_000),
    ...Object.entries(numbers).map(([name, otherwise]) => number(name, 1, otherwise)),
    ...words.map((name) => [name, values[name]]),
  ]) as Told<Numbers, Word>;
}

/**
 * Those that are named in a list with commas; all if there is none.
 * @throws Error that tells the name that nothing has
 */
export function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  only: string | undefined,
): readonly T[] {
  const names = only?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.find((wanted) => all.every(({ name }) => name !== wanted));
  if (unknown !== undefined) throw new Error(`Nothing here is called ${unknown}; see --help.`);
  return all.filter(({ name }) => names.includes(name));
}
