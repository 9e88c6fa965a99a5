import { setImmediate as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Bounds } from './bounds.ts';

/** How long cases keep the thread before a signal that ends it all has its turn, in ms. */
const TURN = 20;

/** What is thrown at a parser, and what must hold all the while. */
interface Description<T> {
  readonly name: string;
  /** What is read, for the usage text. */
  readonly reads: string;
  /** Valid inputs and damaged ones. */
  readonly inputs: fc.Arbitrary<T>;
  /** Bytes that an input has, or says that it needs: time and memory may grow with them. */
  readonly size: (input: T) => number;
  /**
   * Has the input read.
   * @throws AssertionError once something does not hold that must; whatever the parser should not
   *   have thrown
   */
  readonly check: (input: T) => void | Promise<void>;
}

export interface FuzzOptions {
  /** The same seed draws the same cases. */
  readonly seed: number;
  readonly cases: number;
  /** Goes straight to one case: what a failed run has printed. */
  readonly path?: string | undefined;
  /** Hears of each case whether it held. */
  readonly onDidRun?: (held: boolean) => void;
}

/** One parser at the edge. */
export interface FuzzTarget {
  readonly name: string;
  readonly reads: string;
  /**
   * Throws so many cases at it; the first that does not hold is made as small as it can be.
   * @throws FuzzFailure
   */
  readonly fuzz: (options: FuzzOptions) => Promise<void>;
}

/** A case that did not hold, with all that it takes to see it again. */
export class FuzzFailure extends Error {
  constructor(target: string, seed: number, path: string, input: unknown, cause: unknown) {
    const replay = `npm run fuzz -- --only ${target} --seed ${seed} --path ${path}`;
    super(`${target}: ${inspect(cause)}\nThe case: ${shown(input)}\nSee it again with: ${replay}`);
    this.name = 'FuzzFailure';
  }
}

/** A parser as one of many, whatever it reads. */
export function target<T>({ name, reads, inputs, size, check }: Description<T>): FuzzTarget {
  return {
    name,
    reads,
    fuzz: async ({ seed, cases, path, onDidRun }) => {
      const bounds = new Bounds();
      let turn = performance.now();
      const property = fc.asyncProperty(inputs, async (input) => {
        if (performance.now() - turn >= TURN) {
          await pause();
          turn = performance.now();
        }
        let held = false;
        try {
          await bounds.hold(size(input), () => check(input));
          held = true;
        } finally {
          onDidRun?.(held);
        }
      });
      const found = await fc.check(property, { seed, numRuns: cases, ...(path && { path }) });
      if (!found.failed) return;
      const [input] = found.counterexample ?? [];
      throw new FuzzFailure(name, seed, found.counterexamplePath ?? '', input, found.errorInstance);
    },
  };
}

function shown(input: unknown): string {
  return inspect(input, { depth: 8, maxStringLength: 2_000, maxArrayLength: 200 });
}
