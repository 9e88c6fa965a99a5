import { writeFile } from 'node:fs/promises';

/** One row of a benchmark, as `--json` writes it. */
export interface BenchResult {
  readonly id: string;
  readonly unit: string;
  /** What we measured; null if it could not be. */
  readonly self: number | null;
  /** The same question put to others, in the same run. */
  readonly peers: Readonly<Record<string, number>>;
  /** What is to be reached, in words. */
  readonly reach: string;
  /** Null if a peer, the data to measure on, or a target is missing: `why` tells which. */
  readonly reached: boolean | null;
  readonly why?: string;
}

/** Prints the rows as a table, and writes them if a file is given. */
export async function publish(results: readonly BenchResult[], file?: string): Promise<void> {
  const rows = results.map(({ id, unit, self, peers, reach, reached }) => ({
    id,
    self: self === null ? '–' : `${round(self)} ${unit}`,
    peers: Object.entries(peers)
      .map(([name, value]) => `${name} ${round(value)} ${unit}`)
      .join(', '),
    reach,
    reached: reached === null ? 'unknown' : reached ? 'yes' : 'NO',
  }));
  console.table(rows);
  for (const { id, reached, why } of results) {
    if (reached !== true && why !== undefined) console.log(`${id}: ${why}`);
  }
  if (file !== undefined) await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that so large a share of the measurements, 0.95 for example, does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}
