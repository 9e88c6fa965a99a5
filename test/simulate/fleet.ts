import { randomNumbers } from '../unit/support/random.ts';
import { Client } from './client.ts';
import type { SimulatedSource } from './followed.ts';
import type { Phase, WORLD } from './habits.ts';
import { DAY, HOUR, MINUTE, weekOf } from './habits.ts';
import type { Load } from './load.ts';
import { loadOf } from './load.ts';
import { AddressQuota, Upstream } from './upstream.ts';

export interface FleetOptions {
  readonly seed: number;
  readonly clients: number;
  readonly days: number;
  readonly zones: typeof WORLD;
  readonly log?: (line: string) => void;
}

/** On Wednesday, when most of Europe and Asia work. */
const AWAY = { from: 2 * DAY + 9 * HOUR, to: 2 * DAY + 10 * HOUR };

/** Most people in an office share an address; the others have one to themselves. */
const IN_OFFICES = 0.3;
const OFFICE_SIZES = [5, 20, 60, 200] as const;
/** Changes that each author makes in a day, and the catalogue file in a week. */
const COMMITS = 4;
const EDITIONS = 2;

/** How often the log is told, in clients. */
const TOLD = 10_000;

/** Has all clients live through their week. */
export function simulateFleet(options: FleetOptions): readonly Load[] {
  const { seed, clients, days, zones, log } = options;
  const hub = new Upstream('Hugging Face Hub', { ...AWAY, kind: 'server' }, days * DAY, true);
  const files = new Upstream('catalogue file', { ...AWAY, kind: 'offline' }, days * DAY, false);
  const sources = sourcesOf(hub, files, days, randomNumbers(seed));
  const awake = new Float64Array((days * DAY) / MINUTE);
  const random = randomNumbers(seed + 1);
  for (let made = 0; made < clients;) {
    const size = Math.min(clients - made, addressSize(random));
    const quota = size > 1 ? new AddressQuota(hub) : undefined;
    const sharing = Array.from({ length: size }, () => {
      const drawn = Math.floor(random() * 2 ** 32);
      const phases = weekOf(drawn, zones, days);
      countWoken(awake, phases);
      return new Client(phases, sources, randomNumbers(drawn + 1), quota);
    });
    liveThrough(sharing, days * DAY);
    const told = Math.floor((made + size) / TOLD);
    if (told > Math.floor(made / TOLD)) log?.(`${told * TOLD} clients`);
    made += size;
  }
  // From how many more there are than a minute before to how many there are.
  for (let minute = 1; minute < awake.length; minute++) awake[minute]! += awake[minute - 1]!;
  return [hub, files].map(({ asked }) => loadOf({ asked, awake, clients, outage: AWAY }));
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
    ...{ upstream: hub, address: api, isSwept: true, bringsNews: false },
    changes: changes(COMMITS * days),
    ...{ unchanged: 271, whole: 21_600, changed: 1_500 },
  });
  const file = {
    ...{ upstream: files, address: raw, isSwept: false, bringsNews: true },
    changes: changes(EDITIONS),
    ...{ unchanged: 212, whole: 212, changed: 260_927 },
  };
  return [author(), author(), file];
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
  const times = Float64Array.from(sharing, ({ at }) => at);
  for (;;) {
    let next = 0;
    for (let n = 1; n < times.length; n++) if (times[n]! < times[next]!) next = n;
    const client = sharing[next];
    if (client === undefined || times[next]! >= end) return;
    client.step();
    times[next] = client.at;
  }
}

function countWoken(woken: Float64Array, phases: readonly Phase[]): void {
  let awake = false;
  for (const phase of phases) {
    if (phase.awake !== awake) woken[Math.floor(phase.at / MINUTE)]! += phase.awake ? 1 : -1;
    ({ awake } = phase);
  }
}
