import { canonicalJson } from '../../sync/canonicalJson.ts';
import type { Dot, Entry, SharedDocument } from './document.ts';
import { own } from './document.ts';

/**
 * What two documents say together. It does not matter which is which, in which order several are
 * merged, or how often: all machines that have heard of the same end with the same. Who removes an
 * entry removes what they know of it; what somebody else has put there meanwhile stays.
 */
export function merge(a: SharedDocument, b: SharedDocument): SharedDocument {
  const sets = joined(a.sets, b.sets, (first = {}, second = {}) =>
    filled(joined(first, second, (x = {}, y = {}) => filled(mergeEntries(x, y, a, b)))),
  );
  const collected = joined(a.collected, b.collected, (x = 0, y = 0) => Math.max(x, y));
  const newer = joined(newerFields(a), newerFields(b), greater);
  return { ...newer, format: Math.max(a.format, b.format), sets, collected };
}

/** What this version does not understand. */
function newerFields(document: SharedDocument): Record<string, unknown> {
  const known: readonly string[] = [
    'format',
    'sets',
    'collected',
  ] satisfies (keyof SharedDocument)[];
  return Object.fromEntries(Object.entries(document).filter(([name]) => !known.includes(name)));
}

function mergeEntries(x: Entry, y: Entry, a: SharedDocument, b: SharedDocument): Entry {
  return joined<Dot>(x, y, (first, second, machine) =>
    mergeDots(
      { dot: first, collected: own(a.collected, machine) ?? 0 },
      { dot: second, collected: own(b.collected, machine) ?? 0 },
    ),
  );
}

/** What one document knows of one machine's part in one entry. */
interface Known {
  readonly dot: Dot | undefined;
  readonly collected: number;
}

function mergeDots(a: Known, b: Known): Dot | undefined {
  const living = [survivor(a, b), survivor(b, a)].filter((dot) => dot !== undefined);
  if (living.length > 0) return living.reduce(greater<Dot>);
  const [last] = [a.dot, b.dot]
    .filter((dot) => dot?.removed !== undefined)
    .sort((x, y) => compare(y, x));
  const collected = Math.max(a.collected, b.collected);
  return last !== undefined && last.at > collected ? last : undefined;
}

/** The dot, unless the other document knows that it was removed or that a later one took its place. */
function survivor({ dot }: Known, other: Known): Dot | undefined {
  if (dot === undefined || dot.removed !== undefined) return undefined;
  const isThereToo = other.dot?.at === dot.at && other.dot.removed === undefined;
  const isNews = dot.at > Math.max(other.dot?.at ?? 0, other.collected);
  return isThereToo || isNews ? dot : undefined;
}

function compare(x: Dot | undefined, y: Dot | undefined): number {
  if (x === undefined || y === undefined) return 0;
  if (x.at !== y.at) return x.at - y.at;
  if (x.removed !== y.removed) return (x.removed ?? 0) - (y.removed ?? 0);
  return canonicalJson(x) < canonicalJson(y) ? -1 : 1;
}

/** One of two values, always the same one. */
function greater<T>(x: T, y: T): T {
  if (x === undefined) return y;
  if (y === undefined) return x;
  return canonicalJson(x) < canonicalJson(y) ? y : x;
}

/** Both records, member by member; what comes out as undefined is left out. */
function joined<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  join: (x: T | undefined, y: T | undefined, key: string) => T | undefined,
): Record<string, T> {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const value = join(own(a, key), own(b, key), key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Undefined for a record that has nothing in it. */
function filled<T extends object>(record: T): T | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}
