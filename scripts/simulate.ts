import { parseArgs } from 'node:util';

import type { Load } from '../test/simulate/fleet.ts';
import { simulateFleet } from '../test/simulate/fleet.ts';
import { ONE_ZONE, WORLD } from '../test/simulate/habits.ts';
import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';

const CLIENTS = 100_000;
const DAYS = 7;
/** Multiples of the mean rate that an upstream may see, and after an outage of an hour. */
const MOST_PEAK = 1.5;
const MOST_AFTER_OUTAGE = 2;

const USAGE = `npm run simulate -- fleet [--clients N] [--seed N]

Has ${CLIENTS} clients live through ${DAYS} days of work with the policies as they are, and tells what
each upstream has to bear.`;

helpFirst(USAGE);

await main(() => {
  const options = readArguments();
  if (options === undefined) {
    console.error(USAGE);
    return Promise.resolve(2);
  }
  const { clients, seed } = options;
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
  console.log(`${isReached ? 'Reached' : 'Not reached'}: ${bounds}.`);
  return Promise.resolve(isReached ? 0 : 1);
});

function log(line: string): void {
  console.log(`  ${line}`);
}

function isBearable({ peak, afterOutage }: Load): boolean {
  return peak <= MOST_PEAK && afterOutage <= MOST_AFTER_OUTAGE;
}

function rowOf(load: Load): Record<string, string> {
  return {
    requests: load.requests.toLocaleString('en'),
    'mean/min/client': load.mean.toFixed(3),
    peak: `${load.peak.toFixed(2)} x`,
    'in outage': `${load.duringOutage.toFixed(2)} x`,
    'after outage': `${load.afterOutage.toFixed(2)} x`,
    'busiest, 1/s': load.perSecond.toFixed(0),
    'bytes/client/day': load.bytesPerClientAndDay.toFixed(0),
    'fullest address, 1/5 min': String(load.fullest),
    refused: String(load.refused),
  };
}

function readArguments(): { readonly clients: number; readonly seed: number } | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { clients: { type: 'string' }, seed: { type: 'string' } },
  });
  const clients = Number(values.clients ?? CLIENTS);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const isUsable = Number.isInteger(clients) && clients >= 1 && Number.isInteger(seed);
  return positionals.join(' ') === 'fleet' && isUsable ? { clients, seed } : undefined;
}
