import { randomNumbers } from '../unit/support/random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What a machine and its user are doing from a moment on. */
export interface Phase {
  /** In ms since the simulation began, which is on a Monday at midnight UTC. */
  readonly at: number;
  /** The machine is awake, and the editor is open. */
  readonly awake: boolean;
  /** The user does something in the window. */
  readonly active: boolean;
  /** The catalogue can be seen. */
  readonly visible: boolean;
}

/** Where people work: hours ahead of UTC, and their share of all. */
export const WORLD: readonly (readonly [hours: number, share: number])[] = [
  ...([
    [-8, 12],
    [-5, 16],
    [-3, 5],
    [0, 8],
    [1, 20],
  ] as const),
  ...([
    [2, 4],
    [5.5, 12],
    [8, 17],
    [9, 6],
  ] as const),
];

/** All in one place: the hardest case, since nobody is there yet when the first ones come. */
export const ONE_ZONE: typeof WORLD = [[1, 1]];

/** Shares of the working days that begin with the clock, as meetings do, and minutes of that. */
const PUNCTUAL = 0.25;
const PUNCTUALITY = 3;
const WEEKEND_WORKERS = 0.1;
/** Means of exponential stretches, in ms. */
const ACTIVE = 12 * MINUTE;
const AWAY = 5 * MINUTE;
const SHOWN = 4 * MINUTE;
const HIDDEN = 60 * MINUTE;

/** One week of one machine, in its order. */
export function weekOf(seed: number, zones: typeof WORLD, days: number): Phase[] {
  const random = randomNumbers(seed);
  const hours = zoneOf(zones, random());
  const works = random() < WEEKEND_WORKERS;
  const phases: Phase[] = [];
  // Of the days before and after in other places, some hours are in this week.
  for (let day = -1; day <= days; day++) {
    const weekday = (day + 7) % 7;
    if (weekday >= 5 && !works) continue;
    const begin = day * DAY + startOfDay(random) - hours * HOUR;
    const length = weekday >= 5 ? 3 * HOUR : (8.5 + (random() - 0.5) * 2) * HOUR;
    const lunch = begin + (3 + random()) * HOUR;
    const rest = lunch + (30 + random() * 30) * MINUTE;
    const sleeps = random() < 0.6 && length > 5 * HOUR;
    const stretches = sleeps
      ? [
          [begin, lunch],
          [rest, begin + length],
        ]
      : [[begin, begin + length]];
    for (const [from = 0, to = 0] of stretches) addStretch(phases, from, to, random);
  }
  return phases.filter(({ at }) => at >= 0 && at < days * DAY);
}

function zoneOf(zones: typeof WORLD, drawn: number): number {
  const all = zones.reduce((sum, [, share]) => sum + share, 0);
  let left = drawn * all;
  for (const [hours, share] of zones) {
    left -= share;
    if (left < 0) return hours;
  }
  return zones.at(-1)?.[0] ?? 0;
}

/** In ms after midnight. */
function startOfDay(random: () => number): number {
  const spread = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const minutes = Math.min(14, Math.max(4, 9 + spread * 0.8)) * 60;
  if (random() >= PUNCTUAL) return minutes * MINUTE;
  return (Math.round(minutes / 30) * 30 + random() * PUNCTUALITY) * MINUTE;
}

/** A time at the machine: the user comes and goes, and the catalogue is shown and hidden. */
function addStretch(phases: Phase[], from: number, to: number, random: () => number): void {
  const lasting = (mean: number): number => -Math.log(1 - random()) * mean;
  let [active, visible] = [true, random() < SHOWN / (SHOWN + HIDDEN)];
  let turn = from + lasting(ACTIVE);
  let change = from + lasting(visible ? SHOWN : HIDDEN);
  for (let at = from; at < to; at = Math.min(turn, change)) {
    if (at === turn) {
      active = !active;
      turn += lasting(active ? ACTIVE : AWAY);
    }
    if (at === change) {
      visible = !visible;
      change += lasting(visible ? SHOWN : HIDDEN);
    }
    phases.push({ at, awake: true, active, visible });
  }
  phases.push({ at: to, awake: false, active: false, visible: false });
}
