import * as z from 'zod/mini';
import type { Dot, Entry, SharedDocument, SharedSet } from './document.ts';
import { FORMAT } from './document.ts';

/** Longer names are of nothing that this extension knows. */
const LONGEST_KEY = 300;
/** The last time that JavaScript can tell. */
const END_OF_TIME = 8.64e15;

const time = z.int().check(z.gte(0), z.lte(END_OF_TIME));
const dot: z.ZodMiniType<Dot> = z.looseObject({ at: time, removed: z.exactOptional(time) });
const members = z.record(z.string(), z.unknown());
const frame = z.looseObject({ format: z.int(), sets: members, collected: members });

/** What became of a value that came from elsewhere. */
export type ReadDocument =
  | { readonly kind: 'document'; readonly document: SharedDocument; readonly dropped: number }
  /** Nothing was written yet. */
  | { readonly kind: 'nothing' }
  /** Of a version that has another layout: it must not be changed. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'garbage' };

/** Reads what a user's other machines have written; entries that cannot be are dropped one by one. */
export function readDocument(value: unknown): ReadDocument {
  if (value === undefined || value === null) return { kind: 'nothing' };
  const format = z.looseObject({ format: z.int() }).safeParse(value).data?.format;
  if (format !== undefined && format > FORMAT) return { kind: 'newer' };
  const read = frame.safeParse(value).data;
  if (read === undefined) return { kind: 'garbage' };
  const dropping = new Dropping();
  const sets = dropping.each(read.sets, (set) => {
    const entries = members.safeParse(set).data;
    return entries && dropping.each<SharedSet[string]>(entries, (entry) => readEntry(entry));
  });
  const collected = dropping.each(read.collected, (at) => time.safeParse(at).data);
  return { kind: 'document', document: { ...read, sets, collected }, dropped: dropping.count };
}

function readEntry(value: unknown): Entry | undefined {
  const entry = z.record(z.string(), dot).safeParse(value).data;
  return entry === undefined || Object.keys(entry).length === 0 ? undefined : entry;
}

/** Counts what cannot be read and leaves it out. */
class Dropping {
  count = 0;

  each<T>(
    record: Readonly<Record<string, unknown>>,
    read: (value: unknown) => T | undefined,
  ): Record<string, T> {
    return Object.fromEntries(
      Object.entries(record).flatMap(([key, value]) => {
        const good = key.length > LONGEST_KEY || key === '__proto__' ? undefined : read(value);
        if (good === undefined) this.count += 1;
        return good === undefined ? [] : [[key, good]];
      }),
    );
  }
}
