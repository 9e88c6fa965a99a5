import type { Load } from '../test/simulate/load.ts';
import { simulateFleet } from '../test/simulate/fleet.ts';
import { ONE_ZONE, WORLD } from '../test/simulate/habits.ts';
import { runSeeded } from './lib/seededRun.ts';

const CLIENTS = 100_000;
const DAYS = 7;
/** Multiples of the mean rate that an upstream may see, and after an outage of an hour. */
const MOST_PEAK = 1.5;
const MOST_AFTER_OUTAGE = 2;

const usage = `npm run simulate -- fleet [--clients N] [--seed N]

Has ${CLIENTS} clients live through ${DAYS} days of work with the policies as they are, and tells what
each upstream has to bear.`;

await runSeeded({ usage, what: 'fleet', numbers: { clients: CLIENTS } }, ({ clients, seed }) => {
  const started = performance.now();
  const fleets = { 'all over the world': WORLD, 'in one time zone': ONE_ZONE };
  let isReached = true;
  for (const [where, zones] of Object.entries(fleets)) {
    console.log(`\n${clients} clients ${where}, ${DAYS} days, seed ${seed}`);
    const loads = simulateFleet({ clients, seed, days: DAYS, zones, log });
    console.table(Object.fromEntries(loads.map((load) => [load.name, rowOf(load)])));
    isReached &&= loads.every(isBearable);
  }
  console.log(`${((performance.now() - started) / 1_000).toFixed(0)} s`);
  const bounds = `peak at most ${MOST_PEAK} x the mean, after an outage ${MOST_AFTER_OUTAGE} x`;
  console.log(`${isReached ? 'Reached' : 'Not reached, or not told by so few'}: ${bounds}.`);
  return isReached ? 0 : 1;
});

function log(line: string): void {
  console.log(`  ${line}`);
}

function isBearable({ peak = Infinity, afterOutage = Infinity }: Load): boolean {
  return peak <= MOST_PEAK && afterOutage <= MOST_AFTER_OUTAGE;
}

function rowOf(load: Load): Record<string, string> {
  return {
    requests: load.requests.toLocaleString('en'),
    'mean/min/client': load.mean.toFixed(3),
    peak: inMeans(load.peak),
    'of it chance': inMeans(load.chance),
    'without news': inMeans(load.withoutNews),
    'in outage': inMeans(load.duringOutage),
    'after outage': inMeans(load.afterOutage),
    judged: `${(load.judged * 100).toFixed(0)} %`,
    'busiest, 1/s': load.perSecond.toFixed(0),
    'bytes/client/day': load.bytesPerClientAndDay.toFixed(0),
    'fullest address, 1/5 min': String(load.fullest),
    refused: String(load.refused),
  };
}

function inMeans(rate: number | undefined): string {
  return rate === undefined ? '–' : `${rate.toFixed(2)} x`;
}
