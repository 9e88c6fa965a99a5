import { stripTypeScriptTypes } from 'node:module';

/** What V8 says of a part of a script: offsets in characters, and how often it ran. */
export interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** How much of a file ran. */
export interface FileCoverage {
  /** Lines with code. */
  readonly lines: number;
  /** Numbers, from 1, of those that never ran. */
  readonly missed: readonly number[];
}

/**
 * Which characters of a script ran in one process: inner parts go before outer ones.
 * @param functions the ranges of each function, its own first
 */
export function ranCharacters(
  length: number,
  functions: readonly (readonly Range[])[],
): Uint8Array {
  const ran = new Uint8Array(length);
  const ranges = functions.flat();
  // Ranges nest: whoever begins first, and of those the longest, is the outer one.
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) {
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}

/** Counts the lines with code, and those of which no character ran in any process. */
export function coverageOf(source: string, ran: Uint8Array): FileCoverage {
  const missed: number[] = [];
  let lines = 0;
  let offset = 0;
  let inComment = false;
  // Types are blanked out, so that a line is where it was.
  for (const [index, line] of stripTypeScriptTypes(source).split('\n').entries()) {
    const code = line.trim();
    const isComment = inComment || code.startsWith('//') || code.startsWith('/*');
    if (code.startsWith('/*')) inComment = true;
    if (code.endsWith('*/')) inComment = false;
    if (!isComment && /\w/.test(code)) {
      lines += 1;
      const start = offset + line.indexOf(code);
      if (!ran.subarray(start, start + code.length).includes(1)) missed.push(index + 1);
    }
    offset += line.length + 1;
  }
  return { lines, missed };
}

/** `3-5, 9` */
export function inRanges(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
