import type { FileBody } from './body.ts';
import { bufferBody, joined } from './body.ts';

/** Bytes `[from, to)`. */
export type ByteRange = readonly [from: number, to: number];

/** RFC 9110 14: one range of bytes; anything else is not understood and means the whole. */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'none' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'none';
  if (match[1] === '') {
    const length = Math.min(size, Number(match[2]));
    return length === 0 ? 'unsatisfiable' : [size - length, size];
  }
  const from = Number(match[1]);
  const to = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  if (match[2] !== '' && Number(match[2]) < from) return 'none';
  return from >= size ? 'unsatisfiable' : [from, to];
}

/** Two ranges or more, all within the size; undefined: something else. */
export function parseRanges(header: string | undefined, size: number): ByteRange[] | undefined {
  const specs = (header ?? '').replace(/^bytes=/, '').split(',');
  if (specs.length < 2) return undefined;
  const ranges = specs.map((spec) => parseRange(`bytes=${spec.trim()}`, size));
  return ranges.every((range) => typeof range !== 'string') ? ranges : undefined;
}

export function contentRange([from, to]: ByteRange, size: number): string {
  return `bytes ${from}-${to - 1}/${size}`;
}

const BOUNDARY = 'part-of-a-file-that-follows';
export const MULTIPART_TYPE = `multipart/byteranges; boundary=${BOUNDARY}`;

/** RFC 9110 14.6: the ranges in the order in which they were asked for. */
export function multipartBody(
  body: FileBody,
  type: string,
  ranges: readonly ByteRange[],
): FileBody {
  const text = (lines: string) => bufferBody(Buffer.from(lines));
  const parts = ranges.flatMap((range) => [
    text(
      `\r\n--${BOUNDARY}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, body.size)}\r\n\r\n`,
    ),
    sliced(body, range),
  ]);
  return joined([...parts, text(`\r\n--${BOUNDARY}--\r\n`)]);
}

function sliced(body: FileBody, [from, to]: ByteRange): FileBody {
  return { size: to - from, read: (start, end) => body.read(from + start, from + end) };
}
