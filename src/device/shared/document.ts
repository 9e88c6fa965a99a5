/**
 * What a user's machines share, as one value that any two of them can merge: sets whose entries
 * are added, changed and removed on any machine, in any order, without asking the others. Plain
 * data: it travels as JSON. Times are milliseconds since 1970.
 */

/** The layout that this version reads and writes. What is only added to it does not raise it. */
export const FORMAT = 1;

/** Which machine: random, and the same for as long as its storage is. */
export type MachineId = string;

/** That one machine has put an entry into a set. */
export interface Dot {
  /** When it did; of two by the same machine the later counts. */
  readonly at: number;
  /** When somebody who knew of this dot removed the entry; absent: it is there. */
  readonly removed?: number;
  readonly value?: unknown;
}

/** Who has put it there. It is in its set as long as one dot is not removed. */
export type Entry = Readonly<Record<MachineId, Dot>>;
export type SharedSet = Readonly<Record<string, Entry>>;

/** Fields of newer versions are kept as they are. */
export interface SharedDocument {
  readonly format: number;
  readonly sets: Readonly<Record<string, SharedSet>>;
  /**
   * Up to when dots of a machine that are not listed were removed, by machine: what is left of
   * removals that were long ago.
   */
  readonly collected: Readonly<Record<MachineId, number>>;
  readonly [newer: string]: unknown;
}

export const EMPTY: SharedDocument = { format: FORMAT, sets: {}, collected: {} };

/** The entry, there or removed; empty if it is not known. */
export function entryOf({ sets }: SharedDocument, set: string, key: string): Entry {
  return own(own(sets, set) ?? {}, key) ?? {};
}

/** The keys of what is in a set, what was put there last first. */
export function keysOf({ sets }: SharedDocument, set: string): string[] {
  return Object.entries(own(sets, set) ?? {})
    .flatMap(([key, entry]) => {
      const last = lastOf(entry);
      return last === undefined ? [] : [{ key, at: last.at }];
    })
    .sort((a, b) => b.at - a.at || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key);
}

/** What was put into a set last under this key, if it is there. */
export function valueOf(document: SharedDocument, set: string, key: string): unknown {
  return lastOf(entryOf(document, set, key))?.value;
}

export function isIn(document: SharedDocument, set: string, key: string): boolean {
  return lastOf(entryOf(document, set, key)) !== undefined;
}

/** A member of a record, whatever it is named: `constructor` is nobody's but its own. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The last dot that is not removed: of two at the same time the one of the greater machine id. */
function lastOf(entry: Entry): Dot | undefined {
  return Object.entries(entry)
    .filter(([, dot]) => dot.removed === undefined)
    .sort(([a, first], [b, second]) => first.at - second.at || (a < b ? -1 : 1))
    .at(-1)?.[1];
}
