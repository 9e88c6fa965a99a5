import { setTimeout as wait } from 'node:timers/promises';
import type { BenchResult } from '../result.ts';
import { median } from '../result.ts';
import { RESUMING } from './contenders.ts';
import type { Contender } from './contenders.ts';
import { absent, compared, proveRight } from './context.ts';
import type { DownloadContext } from './context.ts';
import { LINE } from './shaped.ts';
import type { ShapedSite } from './site.ts';

const RUNS = 3;
const MEGABYTE = 1e6;
const LOOK = 5;
/** MB. */
const REACH = 2;

/** Killed when half of the file has come, and begun again: what went over the line twice. */
export async function measureResume(context: DownloadContext): Promise<BenchResult[]> {
  const { site, runs = RUNS, log, target } = context;
  const contenders = context.contenders.filter(({ name }) => RESUMING.includes(name));
  await using shaped = await site.over(LINE);
  const waste = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    for (const contender of contenders) {
      const megabytes = (await wasted(contender, shaped, target)) / MEGABYTE;
      waste.get(contender.name)?.push(megabytes);
      log(`${run}. ${contender.name}: ${megabytes.toFixed(2)} MB more than the file`);
    }
  }
  const { self, peers } = compared(
    new Map([...waste].map(([name, megabytes]) => [name, median(megabytes)])),
  );
  const worst = Math.max(...(waste.get('self') ?? []));
  return [
    {
      ...{ id: 'resume-waste', unit: 'MB', self, peers },
      reach: `${REACH} MB`,
      reached: self === null ? null : worst <= REACH,
      why:
        `median of ${runs}, the worst ${worst.toFixed(2)} MB; counted on the line, with headers ` +
        `and what was on its way when it was killed${absent([...waste.keys(), 'curl'])}`,
    },
  ];
}

async function wasted(
  { begin, clean }: Contender,
  { file, bytesDown }: ShapedSite,
  target: string,
): Promise<number> {
  await clean(target);
  const before = bytesDown();
  const first = begin(file, target);
  const isOver = first.ended.then(
    () => true,
    () => true,
  );
  const isHere = async (): Promise<boolean> =>
    bytesDown() - before >= file.size / 2 || (await Promise.race([isOver, wait(LOOK, false)]));
  while (!(await isHere()));
  await first.kill();
  await isOver;
  await begin(file, target).ended;
  await proveRight(file, target);
  await clean(target);
  return bytesDown() - before - file.size;
}
