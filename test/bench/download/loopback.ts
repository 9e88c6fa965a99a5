import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import { absent, compared, inTurns } from './context.ts';
import type { Compared, DownloadContext } from './context.ts';
import type { Cost } from './cost.ts';

const RUNS = 5;
const GIBIBYTE = 2 ** 30;
const MEGABYTE = 1e6;
/** What is to be reached: of the time of the fastest peer, and megabytes above the idle process. */
const REACH = { time: 0.8, megabytes: 80 };

/** The file over the loopback, as fast as it goes. */
export async function measureLoopback(context: DownloadContext): Promise<BenchResult[]> {
  const { site, runs = RUNS, inMemory } = context;
  const costs = await inTurns(context, site.file, runs);
  const medians = (number: (cost: Cost) => number | undefined): Compared =>
    compared(new Map([...costs].map(([name, all]) => [name, medianOf(all.map(number))])));
  const notes = `median of ${runs}${absent([...costs.keys()])}`;

  const seconds = medians((cost) => cost.seconds);
  const cpu = medians(({ cpuSeconds }) => cpuSeconds && (cpuSeconds * GIBIBYTE) / site.file.size);
  const memory = medians(({ peakBytes }) => peakBytes && peakBytes / MEGABYTE);
  const fastest = Math.min(...Object.values(seconds.peers));
  return [
    {
      ...{ id: 'download-loopback', unit: 's', ...seconds },
      reach: `at most ${REACH.time} of the fastest`,
      reached: isAtMost(seconds.self, REACH.time * fastest),
      why: inMemory ? notes : `${notes}; ours ends when the file is on the disk, the others do not`,
    },
    {
      ...{ id: 'download-cpu', unit: 's/GiB', ...cpu },
      reach: "at most aria2c's",
      reached: isAtMost(cpu.self, cpu.peers['aria2c']),
      why: `${notes}; processor time of all threads, verifying included`,
    },
    {
      ...{ id: 'download-rss', unit: 'MB', ...memory },
      reach: `${REACH.megabytes} MB above the idle process`,
      reached: isAtMost(memory.self, REACH.megabytes),
      why: `${notes}; the most at one time, of Node above the idle process, of others all`,
    },
  ];
}

function medianOf(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : median(known);
}

function isAtMost(self: number | null, most: number | undefined): boolean | null {
  return self === null || most === undefined || !Number.isFinite(most) ? null : self <= most;
}
