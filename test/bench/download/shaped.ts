import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import { absent, compared, inTurns } from './context.ts';
import type { DownloadContext } from './context.ts';
import type { Line } from './site.ts';

const RUNS = 3;
/** 100 Mbit/s each way, and 50 ms from question to answer. */
export const LINE: Line = { bitsPerSecond: 100_000_000, delayMs: 25 };
/** Of the time of the fastest peer. */
const REACH = 1.03;

/** The file over a line that is slower than any of those who ask for it. */
export async function measureShaped(context: DownloadContext): Promise<BenchResult[]> {
  const { site, runs = RUNS, log } = context;
  await using shaped = await site.over(LINE);
  const costs = await inTurns(context, shaped.file, runs);
  const { self, peers } = compared(
    new Map([...costs].map(([name, all]) => [name, median(all.map(({ seconds }) => seconds))])),
  );
  const least = (site.file.size * 8) / LINE.bitsPerSecond;
  log(`the line alone takes ${least.toFixed(2)} s`);
  const fastest = Math.min(...Object.values(peers));
  return [
    {
      ...{ id: 'download-shaped', unit: 's', self, peers },
      reach: `at most ${REACH} of the fastest`,
      reached: self === null || !Number.isFinite(fastest) ? null : self <= REACH * fastest,
      why: `median of ${runs}; 100 Mbit/s, 50 ms, without slow start${absent([...costs.keys()])}`,
    },
  ];
}
