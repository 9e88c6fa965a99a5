import type { Sample } from './sample.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** How much of something there may be. */
export interface Bound {
  readonly name: string;
  readonly of: (sample: Sample) => number;
  /** After the warm-up, by how much it may grow in a day, by the line that fits the samples best. */
  readonly perDay?: number;
  /** By how much it may ever exceed the most that was seen in the warm-up. */
  readonly over?: number;
  /** How much there may ever be. */
  readonly most?: number;
  readonly unit: 'bytes' | 'number';
}

/** What a machine may have, however long it runs. */
export const BOUNDS: readonly Bound[] = [
  { name: 'memory', of: ({ heap }) => heap, perDay: 128 * KIB, over: 8 * MIB, unit: 'bytes' },
  {
    name: 'buffers',
    of: ({ buffers }) => buffers,
    perDay: 256 * KIB,
    over: 8 * MIB,
    unit: 'bytes',
  },
  { name: 'open files', of: ({ openFiles }) => openFiles, perDay: 0.2, over: 8, unit: 'number' },
  {
    name: 'other handles',
    of: ({ otherHandles }) => otherHandles,
    perDay: 2,
    over: 64,
    unit: 'number',
  },
  { name: 'timers', of: ({ timers }) => timers, perDay: 0.5, over: 20, unit: 'number' },
  { name: 'listeners', of: ({ listeners }) => listeners, over: 2, unit: 'number' },
  {
    name: 'database for each row',
    of: ({ database, rows }) => database / rows,
    perDay: 0.25 * KIB,
    over: 4 * KIB,
    unit: 'bytes',
  },
  {
    name: 'write-ahead log',
    of: ({ writeAheadLog }) => writeAheadLog,
    most: 4 * MIB + 64 * KIB,
    unit: 'bytes',
  },
  {
    name: 'databases beside it',
    of: ({ sideDatabases }) => sideDatabases,
    perDay: 16 * KIB,
    over: 512 * KIB,
    unit: 'bytes',
  },
  {
    // Downloads, chunks and identities: SQLite begins a log anew once it has 1,000 pages.
    name: 'logs beside it',
    of: ({ sideLogs }) => sideLogs,
    most: 3 * (4 * MIB + 64 * KIB),
    unit: 'bytes',
  },
  { name: 'stored files', of: ({ storedFiles }) => storedFiles, over: 4, unit: 'number' },
];

/** How one bound was kept. */
export interface Verdict {
  readonly bound: Bound;
  /** After the warm-up. */
  readonly first: number;
  readonly last: number;
  readonly highest: number;
  readonly perDay: number;
  /** In words; empty if it was kept. */
  readonly problems: readonly string[];
}

/**
 * Compares samples with a bound.
 * @param warmUp days in which caches may still fill
 */
export function judge(bound: Bound, samples: readonly Sample[], warmUp: number): Verdict {
  const points = samples.map((sample) => ({ x: sample.day, y: bound.of(sample) }));
  const before = points.filter(({ x }) => x <= warmUp);
  const after = points.filter(({ x }) => x > warmUp);
  const highest = Math.max(...points.map(({ y }) => y));
  const perDay = slope(after);
  const { over = Infinity, most = Infinity } = bound;
  const known = Math.max(...before.map(({ y }) => y));
  const show = (value: number): string => inUnit(value, bound);
  const problems = [
    ...(perDay > (bound.perDay ?? Infinity)
      ? [`grows by ${show(perDay)} a day, more than ${show(bound.perDay ?? 0)}`]
      : []),
    ...(highest > known + over
      ? [`was ${show(highest)}, over the ${show(known)} of the warm-up by more than ${show(over)}`]
      : []),
    ...(highest > most ? [`was ${show(highest)}, more than ${show(most)}`] : []),
  ];
  return { bound, first: after[0]?.y ?? 0, last: after.at(-1)?.y ?? 0, highest, perDay, problems };
}

/** A value in words. */
export function inUnit(value: number, { unit }: Pick<Bound, 'unit'>): string {
  if (unit === 'number') return String(Math.round(value * 100) / 100);
  if (Math.abs(value) >= MIB) return `${(value / MIB).toFixed(1)} MiB`;
  return `${(value / KIB).toFixed(1)} KiB`;
}

/** Of the line through the points that has the least squares; 0 of fewer than two points. */
function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  if (!(spread > 0)) return 0;
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}
