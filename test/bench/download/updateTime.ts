import { withChangedTensors } from '../../hub/ggufRecipe.ts';
import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import type { DownloadContext } from './context.ts';
import { LINE } from './shaped.ts';
import { installedRecipe, publish, TENSORS, UpdatedMachine } from './updating.ts';

const RUNS = 1;
const CHANGED = 40;
/** Of the time of the whole download. */
const REACH = 1 / 5;

/** One changed tensor over a slow line: the new revision verified and in its place. */
export async function measureUpdateTime(context: DownloadContext): Promise<BenchResult[]> {
  const { site, runs = RUNS, log } = context;
  const recipe = installedRecipe(site.file.size);
  const machine = await UpdatedMachine.open(context, recipe);
  const published = await publish(context, withChangedTensors(recipe, CHANGED));
  await using shaped = await site.over(LINE);
  const file = shaped.at(published);
  const times = { installed: [] as number[], nothing: [] as number[] };
  for (let run = 1; run <= runs; run++) {
    for (const from of ['installed', 'nothing'] as const) {
      const seconds = await machine.fetch(file, from);
      times[from].push(seconds);
      log(`${run}. from ${from}: ${seconds.toFixed(2)} s`);
    }
  }
  const [self, whole] = [median(times.installed), median(times.nothing)];
  return [
    {
      ...{ id: 'update-time', unit: 's', self, peers: { whole } },
      reach: 'at most 1/5 of the whole download',
      reached: self <= REACH * whole,
      why: `1 of ${TENSORS} tensors, verified; median of ${runs}; 100 Mbit/s, 50 ms`,
    },
  ];
}
