import { z } from 'zod';
import type { Digest } from '../model.ts';
import type { Range } from './ranges.ts';
import { RangeSet } from './ranges.ts';

/**
 * A journal says which bytes of a partial file are there. Its first line is a header as JSON; each
 * further line is one of
 * - `w START-END`: these bytes have been written
 * - `s START-END …`: these and no others have reached the disk itself
 * - `x START-END …`: these bytes turned out to be wrong, and are missing again
 * - `n`: what the file was to be made out of is not like it: nothing more is copied from there
 * - `c`: some bytes came from a cache that anybody may have filled
 * - `e ETAG`: what the server calls the bytes, as JSON
 *
 * Lines are only ever appended, so a process that ends at any moment tears the last one at worst.
 */
const VERSION = 1;
/** Clocks are set and drift; a machine takes longer than that, in ms, to be started twice. */
const BOOT_TOLERANCE = 10_000;

const headerSchema = z.object({
  version: z.literal(VERSION),
  model: z.string(),
  revision: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  digest: z.object({ algorithm: z.enum(['sha256', 'git']), hex: z.string() }),
  bootedAt: z.number(),
});

/** Which bytes a journal is about, and since when what was written is still in the system's memory. */
export interface JournalHeader {
  readonly model: string;
  readonly revision: string;
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  /** When the machine was started, in ms since 1970. */
  readonly bootedAt: number;
}

/** What a journal tells. */
export interface JournalContent {
  readonly header: JournalHeader;
  readonly written: RangeSet;
  /** What would survive a power failure. */
  readonly synced: RangeSet;
  readonly etag: string | undefined;
  /** Nothing is copied from another file any more. */
  readonly isOnItsOwn: boolean;
  /** Some bytes are not from where the file is published. */
  readonly isCached: boolean;
}

/** Reads a journal as far as it is whole; undefined if not even its header is. */
export function parseJournal(text: string): JournalContent | undefined {
  // What follows the last line break is torn, or nothing.
  const [first = '', ...lines] = text.split('\n').slice(0, -1);
  const header = headerSchema.safeParse(jsonOf(first)).data;
  if (header === undefined) return undefined;
  const written = new RangeSet();
  let synced = new RangeSet();
  let etag: string | undefined;
  let isOnItsOwn = false;
  let isCached = false;
  for (const line of lines) {
    const ranges = rangesIn(line);
    if (line.startsWith('w ') && ranges?.length === 1) ranges.forEach((one) => written.add(one));
    else if (line.startsWith('s ') && ranges !== undefined) synced = new RangeSet(ranges);
    else if (line.startsWith('x ') && ranges !== undefined) {
      for (const one of ranges) written.remove(one);
      for (const one of ranges) synced.remove(one);
    } else if (line === 'n') isOnItsOwn = true;
    else if (line === 'c') isCached = true;
    else if (line.startsWith('e '))
      etag = z
        .string()
        .optional()
        .catch(undefined)
        .parse(jsonOf(line.slice(2)));
    else break;
  }
  // Nothing is there of what the file does not have.
  const { size } = header;
  return {
    ...{ header, written: written.below(size), synced: synced.below(size) },
    ...{ etag, isOnItsOwn, isCached },
  };
}

/**
 * The bytes that can be relied on: after the machine was started anew, what had not reached the
 * disk may be lost although the journal names it.
 */
export function reliable({ header, written, synced }: JournalContent, bootedAt: number): RangeSet {
  return Math.abs(header.bootedAt - bootedAt) <= BOOT_TOLERANCE ? written : synced;
}

/** Whether a journal is about the same bytes, wherever they were published. */
export function isSameContent(one: JournalHeader, other: JournalHeader): boolean {
  return (
    one.size === other.size &&
    one.digest.algorithm === other.digest.algorithm &&
    one.digest.hex === other.digest.hex
  );
}

/** A journal from its beginning. */
export function formatJournal({
  header,
  written,
  synced,
  etag,
  isOnItsOwn,
  isCached,
}: JournalContent): string {
  const lines = [
    `${JSON.stringify({ version: VERSION, ...header })}\n`,
    ...(etag === undefined ? [] : [etagLine(etag)]),
    ...(isOnItsOwn ? [OWN_LINE] : []),
    ...(isCached ? [CACHED_LINE] : []),
    syncedLine(synced),
    ...written.ranges.map(writtenLine),
  ];
  return lines.join('');
}

export function writtenLine({ start, end }: Range): string {
  return `w ${start}-${end}\n`;
}

export function syncedLine(synced: RangeSet): string {
  return `s ${synced.ranges.map(({ start, end }) => `${start}-${end}`).join(' ')}\n`;
}

export const OWN_LINE = 'n\n';

export const CACHED_LINE = 'c\n';

export function wrongLine(ranges: readonly Range[]): string {
  return `x ${ranges.map(({ start, end }) => `${start}-${end}`).join(' ')}\n`;
}

export function etagLine(etag: string): string {
  return `e ${JSON.stringify(etag)}\n`;
}

/** The ranges of a line after its letter; undefined if it does not consist of them. */
function rangesIn(line: string): Range[] | undefined {
  if (!/^[wsx] (?:\d{1,15}-\d{1,15}(?: \d{1,15}-\d{1,15})*)?$/.test(line)) return undefined;
  return [...line.matchAll(/(\d+)-(\d+)/g)].map(([, start, end]) => ({
    start: Number(start),
    end: Number(end),
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A line that was torn or never was one: the caller takes it for none.
    return undefined;
  }
}
