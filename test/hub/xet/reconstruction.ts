import type { Term, XetFile } from './upload.ts';
import type { Span, Xorb } from './xorb.ts';

/** Ranges that one signed address is good for; with more of them it would become too long. */
const MOST_RANGES = 64;

/** Makes the address of these bytes of a xorb. */
export type Sign = (hash: string, ranges: readonly Span[]) => string;

/** Terms that hold a part of a file, and how many bytes come before it in the first. */
export interface Part {
  readonly offset: number;
  readonly terms: readonly Term[];
}

/** The chunks of a term that hold bytes `[from, to)` of its data, and the bytes before them. */
function cut({ xorb, chunks }: Term, from: number, to: number) {
  let [start, skipped] = [chunks.start, 0];
  while (skipped + xorb.lengthAt(start) <= from) skipped += xorb.lengthAt(start++);
  let [end, reached] = [start, skipped];
  while (end < chunks.end && reached < to) reached += xorb.lengthAt(end++);
  return { term: { xorb, chunks: { start, end } }, skipped };
}

/** Bytes `[from, to)` of a file in whole chunks. */
export function partOf(file: XetFile, from = 0, to = file.size): Part {
  const terms: Term[] = [];
  let [at, offset] = [0, 0];
  for (const term of file.terms) {
    const length = term.xorb.unpackedLength(term.chunks);
    const [start, end] = [Math.max(from - at, 0), Math.min(to - at, length)];
    if (start < end) {
      const { term: cutTerm, skipped } = cut(term, start, end);
      if (terms.length === 0) offset = start - skipped;
      terms.push(cutTerm);
    }
    at += length;
  }
  return { offset, terms };
}

/** The chunks of each xorb that the terms need, those side by side in one span. */
function neededChunks(terms: readonly Term[]): Map<Xorb, Span[]> {
  const needed = new Map<Xorb, Span[]>();
  for (const { xorb, chunks } of terms) {
    const spans = needed.get(xorb);
    if (spans) spans.push(chunks);
    else needed.set(xorb, [chunks]);
  }
  for (const [xorb, spans] of needed) {
    const merged: Span[] = [];
    for (const span of spans.toSorted((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last && span.start <= last.end)
        merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
      else merged.push(span);
    }
    needed.set(xorb, merged);
  }
  return needed;
}

const inclusive = ({ start, end }: Span) => ({ start, end: end - 1 });

const wireTerms = (terms: readonly Term[]) =>
  terms.map(({ xorb, chunks }) => ({
    hash: xorb.hash,
    unpacked_length: xorb.unpackedLength(chunks),
    range: chunks,
  }));

/** `GET /v1/reconstructions/{file}`: an address for each range. */
export function reconstructionV1({ offset, terms }: Part, sign: Sign) {
  const fetchInfo = [...neededChunks(terms)].map(([xorb, spans]) => {
    const entries = spans.map((range) => {
      const bytes = xorb.bytesOf(range);
      return { range, url: sign(xorb.hash, [bytes]), url_range: inclusive(bytes) };
    });
    return [xorb.hash, entries] as const;
  });
  return {
    offset_into_first_range: offset,
    terms: wireTerms(terms),
    fetch_info: Object.fromEntries(fetchInfo),
  };
}

/** `GET /v2/reconstructions/{file}`: an address for all ranges of a xorb. */
export function reconstructionV2({ offset, terms }: Part, sign: Sign) {
  const xorbs = [...neededChunks(terms)].map(([xorb, spans]) => {
    const entries = [];
    for (let at = 0; at < spans.length; at += MOST_RANGES) {
      const signed = spans.slice(at, at + MOST_RANGES);
      const ranges = signed.map((chunks) => ({ chunks, bytes: inclusive(xorb.bytesOf(chunks)) }));
      const url = sign(
        xorb.hash,
        signed.map((chunks) => xorb.bytesOf(chunks)),
      );
      entries.push({ url, ranges });
    }
    return [xorb.hash, entries] as const;
  });
  return {
    offset_into_first_range: offset,
    terms: wireTerms(terms),
    xorbs: Object.fromEntries(xorbs),
  };
}
