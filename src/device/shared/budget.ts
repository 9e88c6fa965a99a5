import type { Entry, MachineId, SharedDocument, SharedSet } from './document.ts';

/** Bytes that the document may have as JSON. */
export const BUDGET = 98_000;
/** Of them for what machines say of themselves, those that did so last first. */
const MACHINES_BUDGET = 48_000;

/** What goes before marks, however old it is. */
export const MACHINES = 'machines';
export const NAMES = 'names';

/** The part of a document that travels. */
export interface Cargo {
  readonly document: SharedDocument;
  /** Entries that stay here for want of room. */
  readonly leftOut: number;
}

interface Item {
  readonly set: string;
  readonly key: string;
  readonly entry: Entry;
  /** When it was last put in or removed. */
  readonly time: number;
  readonly bytes: number;
}

/**
 * As much of a document as may travel. Machines and their names go first, then what was put in or
 * removed last, whatever it is; so the oldest marks stay on the machines that have them.
 * @param known the sets that this version knows; what is in others always travels
 * @returns undefined if not even what cannot be left out has room
 */
export function cargoOf(
  document: SharedDocument,
  known: ReadonlySet<string>,
  budget = BUDGET,
): Cargo | undefined {
  const others = Object.entries(document.sets).filter(([name]) => !known.has(name));
  const frame = bytesOf({ ...document, sets: Object.fromEntries(others) });
  if (frame > budget) return undefined;
  const items = itemsOf(document, known);
  const isAboutMachines = ({ set }: Item): boolean => set === MACHINES || set === NAMES;
  const machines = prefix(items.filter(isAboutMachines), Math.min(MACHINES_BUDGET, budget - frame));
  const room = budget - frame - machines.bytes;
  const marks = prefix(
    items.filter((item) => !isAboutMachines(item)),
    room,
  );
  const left = [...machines.left, ...marks.left];
  if (left.length === 0) return { document, leftOut: 0 };
  const sets = Object.fromEntries([...others, ...setsOf([...machines.taken, ...marks.taken])]);
  const collected = without(document.collected, left);
  return { document: { ...document, sets, collected }, leftOut: left.filter(isThere).length };
}

/** Everything that this version knows, the newest first. */
function itemsOf({ sets }: SharedDocument, known: ReadonlySet<string>): Item[] {
  return Object.entries(sets)
    .filter(([set]) => known.has(set))
    .flatMap(([set, entries]) =>
      Object.entries(entries).map(([key, entry]) => ({
        ...{ set, key, entry, bytes: bytesOf({ [set]: { [key]: entry } }) },
        time: Math.max(...Object.values(entry).map(({ at, removed = 0 }) => Math.max(at, removed))),
      })),
    )
    .sort((a, b) => b.time - a.time || (a.set + a.key < b.set + b.key ? -1 : 1));
}

/** Only from the front: two machines that know different amounts then agree on what travels. */
function prefix(
  items: readonly Item[],
  budget: number,
): { readonly taken: readonly Item[]; readonly left: readonly Item[]; readonly bytes: number } {
  let bytes = 0;
  let end = 0;
  for (const item of items) {
    if (bytes + item.bytes > budget) break;
    bytes += item.bytes;
    end += 1;
  }
  return { taken: items.slice(0, end), left: items.slice(end), bytes };
}

function setsOf(items: readonly Item[]): [string, SharedSet][] {
  return [...Map.groupBy(items, ({ set }) => set)].map(([set, members]) => [
    set,
    Object.fromEntries(members.map(({ key, entry }) => [key, entry])),
  ]);
}

/** What is left out must not look as if it had been removed. */
function without(
  collected: SharedDocument['collected'],
  left: readonly Item[],
): Record<MachineId, number> {
  const claims = new Map(Object.entries(collected));
  for (const { entry } of left) {
    for (const [machine, { at, removed }] of Object.entries(entry)) {
      const claim = claims.get(machine);
      if (removed === undefined && claim !== undefined && claim >= at) claims.set(machine, at - 1);
    }
  }
  return Object.fromEntries(claims);
}

function isThere({ entry }: Item): boolean {
  return Object.values(entry).some(({ removed }) => removed === undefined);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
