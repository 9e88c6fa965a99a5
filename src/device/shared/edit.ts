import type { Dot, Entry, MachineId, SharedDocument } from './document.ts';
import { entryOf, own } from './document.ts';

const DAY = 24 * 60 * 60 * 1000;
/** How long a removal is told one by one, in ms. */
export const TOLD_FOR = 90 * DAY;
/** No clock that can be believed is ahead of ours by more, in ms. */
const BELIEVABLE = 366 * DAY;

/** Who changes something, and when by their clock, in ms since 1970. */
export interface Editor {
  readonly machine: MachineId;
  readonly now: number;
}

/** Puts an entry into a set, or puts another value in its place. */
export function put(
  document: SharedDocument,
  set: string,
  key: string,
  { machine, now }: Editor,
  value?: unknown,
): SharedDocument {
  const entry = entryOf(document, set, key);
  // Later than all that this machine has done, and than what is replaced, whatever clocks say.
  const last = Math.max(
    lastOf(document, machine),
    ...Object.values(entry).map(({ at, removed = 0 }) => Math.max(at, removed)),
  );
  const at = Math.max(now, last + 1);
  const dot: Dot = value === undefined ? { at } : { at, value };
  return withEntry(document, set, key, { ...entry, [machine]: dot });
}

/** Removes an entry from a set, by what is known of it here. */
export function remove(
  document: SharedDocument,
  set: string,
  key: string,
  now: number,
): SharedDocument {
  const removed = Object.entries(entryOf(document, set, key)).map(
    ([machine, dot]): [MachineId, Dot] => [
      machine,
      dot.removed === undefined ? { at: dot.at, removed: now } : dot,
    ],
  );
  return removed.length === 0
    ? document
    : withEntry(document, set, key, Object.fromEntries(removed));
}

/**
 * Puts removals of long ago together: `collected` says of a machine's dots up to a time that those
 * not listed are gone. So nothing comes back with a machine that was away for longer, and what only
 * that machine has put in, meanwhile or ever, stays.
 */
export function collect(document: SharedDocument, now: number): SharedDocument {
  const collected = new Map(Object.entries(document.collected));
  const isOld = ({ removed }: Dot): boolean =>
    removed !== undefined && (removed < now - TOLD_FOR || removed > now + BELIEVABLE);
  const sets = mapped(document.sets, (set) =>
    mapped(set, (entry) => {
      const kept = Object.entries(entry).filter(([machine, dot]) => {
        if (!isOld(dot)) return true;
        collected.set(machine, Math.max(collected.get(machine) ?? 0, dot.at));
        return false;
      });
      return kept.length === 0 ? undefined : Object.fromEntries(kept);
    }),
  );
  const isSame = Object.values(document.sets).every((set) =>
    Object.values(set).every((entry) => !Object.values(entry).some(isOld)),
  );
  return isSame ? document : { ...document, sets, collected: Object.fromEntries(collected) };
}

/** When a machine has last done something, by its clock; 0 if it never has. */
function lastOf(document: SharedDocument, machine: MachineId): number {
  let last = own(document.collected, machine) ?? 0;
  for (const set of Object.values(document.sets)) {
    for (const entry of Object.values(set)) last = Math.max(last, own(entry, machine)?.at ?? 0);
  }
  return last;
}

function withEntry(
  document: SharedDocument,
  set: string,
  key: string,
  entry: Entry,
): SharedDocument {
  const entries = { ...own(document.sets, set), [key]: entry };
  return { ...document, sets: { ...document.sets, [set]: entries } };
}

/** Each member changed; what becomes nothing is left out. */
function mapped<T extends object>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T | undefined,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => {
      const changed = change(value);
      return changed === undefined || Object.keys(changed).length === 0 ? [] : [[key, changed]];
    }),
  );
}
