import { randomNumbers } from '../unit/support/random.ts';
import type { SimulatedSource } from './client.ts';
import { Client } from './client.ts';
import type { Phase, WORLD } from './habits.ts';
import { DAY, HOUR, MINUTE, weekOf } from './habits.ts';
import { AddressQuota, Upstream } from './upstream.ts';

export interface FleetOptions {
  readonly seed: number;
  readonly clients: number;
  readonly days: number;
  readonly zones: typeof WORLD;
  readonly log?: (line: string) => void;
}

/** What one upstream had to bear. Rates are requests a minute of each active client. */
export interface Load {
  readonly name: string;
  readonly requests: number;
  readonly mean: number;
  /** The highest rate of any five minutes, and of those after the outage, as multiples of the mean. */
  readonly peak: number;
  readonly afterOutage: number;
  /** While nobody answered, for comparison: what is tried again in vain. */
  readonly duringOutage: number;
  /** The most requests of all clients in one second of the busiest minute. */
  readonly perSecond: number;
  readonly bytesPerClientAndDay: number;
  /** The most requests of one address in five minutes, and answers that refused one for that. */
  readonly fullest: number;
  readonly refused: number;
}

/** Most people in an office share an address; the others have one to themselves. */
const IN_OFFICES = 0.3;
const OFFICE_SIZES = [5, 20, 60, 200] as const;
/** On Wednesday, when most of Europe and Asia work. */
const OUTAGE = { from: 2 * DAY + 9 * HOUR, to: 2 * DAY + 10 * HOUR };
/** Waits after a failure are at most as long. */
const RECOVERY = 2 * HOUR;
/** Minutes over which a rate is taken: as long as the windows of the Hub's quota. */
const STRETCH = 5;
/** At first nobody is where the week would have found them. */
const WARM_UP = 2 * HOUR;
/** Minutes with fewer active clients than that share of all say little. */
const ENOUGH = 0.02;
/** Changes that each author makes in a day, and the catalogue file in a week. */
const COMMITS = 4;
const EDITIONS = 2;

/** Has all clients live through their week. */
export function simulateFleet(options: FleetOptions): readonly Load[] {
  const { seed, clients, days, zones, log } = options;
  const minutes = days * 24 * 60;
  const hub = new Upstream('Hugging Face Hub', OUTAGE, minutes, true);
  const files = new Upstream('catalogue file', OUTAGE, minutes, false);
  const sources = sourcesOf(hub, files, days, randomNumbers(seed));
  const active = new Float64Array(minutes + 1);
  const random = randomNumbers(seed + 1);
  for (let made = 0; made < clients;) {
    const size = Math.min(clients - made, addressSize(random));
    const quota = size > 1 ? new AddressQuota(hub) : undefined;
    const sharing = Array.from({ length: size }, () => {
      const drawn = Math.floor(random() * 2 ** 32);
      const phases = weekOf(drawn, zones, days);
      countActive(active, phases);
      return new Client(phases, sources, randomNumbers(drawn + 1), quota);
    });
    liveThrough(sharing, days * DAY);
    if (Math.floor(made / 10_000) !== Math.floor((made + size) / 10_000)) {
      log?.(`${made + size} clients`);
    }
    made += size;
  }
  for (let minute = 1; minute < minutes; minute++) active[minute]! += active[minute - 1]!;
  return [hub, files].map((upstream) => loadOf(upstream, active, clients, days));
}

function sourcesOf(
  hub: Upstream,
  files: Upstream,
  days: number,
  random: () => number,
): readonly SimulatedSource[] {
  const changes = (count: number): number[] =>
    Array.from({ length: count }, () => random() * days * DAY).sort((a, b) => a - b);
  const api = new URL('https://huggingface.co/api/models');
  const raw = new URL('https://raw.githubusercontent.com/catalogue.json');
  // docs/benchmarks.md: two authors, first sync 43,268 bytes, unchanged 271; the file 260,927 and 212.
  const author = (): SimulatedSource => ({
    ...{ upstream: hub, address: api, isSwept: true, changes: changes(COMMITS * days) },
    ...{ unchanged: 271, whole: 21_600, changed: 1_500 },
  });
  const file = { unchanged: 212, whole: 212, changed: 260_927, changes: changes(EDITIONS) };
  return [author(), author(), { ...file, upstream: files, address: raw, isSwept: false }];
}

function addressSize(random: () => number): number {
  // By addresses, not by people: an office counts once.
  const mean = OFFICE_SIZES.reduce((sum, size) => sum + size, 0) / OFFICE_SIZES.length;
  const share = IN_OFFICES / mean / (IN_OFFICES / mean + 1 - IN_OFFICES);
  if (random() >= share) return 1;
  return OFFICE_SIZES[Math.floor(random() * OFFICE_SIZES.length)] ?? 1;
}

/** Whoever is next comes first: they share what the address may ask. */
function liveThrough(sharing: readonly Client[], end: number): void {
  for (;;) {
    let [next, at] = [sharing[0], Infinity];
    for (const client of sharing) {
      const its = client.at;
      if (its < at) [next, at] = [client, its];
    }
    if (next === undefined || at >= end) return;
    next.step();
  }
}

/** Adds to the steps of how many are awake. */
function countActive(steps: Float64Array, phases: readonly Phase[]): void {
  let awake = false;
  for (const phase of phases) {
    if (phase.awake !== awake) steps[Math.floor(phase.at / MINUTE)]! += phase.awake ? 1 : -1;
    ({ awake } = phase);
  }
}

function loadOf(upstream: Upstream, active: Float64Array, clients: number, days: number): Load {
  const { name, requests, outage, bytes, fullest, refused } = upstream;
  const isDisturbed = (minute: number): boolean =>
    minute * MINUTE >= outage.from && minute * MINUTE < outage.to + RECOVERY;
  let [asked, present, peak, during, after, busiest] = [0, 0, 0, 0, 0, 0];
  const rates: [rate: number, minute: number][] = [];
  let [askedOfStretch, presentInStretch] = [0, 0];
  for (const [minute, count] of requests.entries()) {
    if (minute * MINUTE < WARM_UP) continue;
    busiest = Math.max(busiest, count);
    const here = active[minute] ?? 0;
    if (!isDisturbed(minute)) {
      asked += count;
      present += here;
    }
    askedOfStretch += count;
    presentInStretch += here;
    if ((minute + 1) % STRETCH !== 0) continue;
    const isEnough = presentInStretch >= ENOUGH * clients * STRETCH;
    if (isEnough) rates.push([askedOfStretch / presentInStretch, minute]);
    [askedOfStretch, presentInStretch] = [0, 0];
  }
  const mean = asked / present;
  for (const [rate, minute] of rates) {
    if (!isDisturbed(minute)) peak = Math.max(peak, rate / mean);
    else if (minute * MINUTE >= outage.to) after = Math.max(after, rate / mean);
    else during = Math.max(during, rate / mean);
  }
  return {
    ...{ name, mean, peak, afterOutage: after, duringOutage: during, fullest, refused },
    requests: requests.reduce((sum, count) => sum + count, 0),
    perSecond: busiest / 60,
    bytesPerClientAndDay: bytes / clients / days,
  };
}
