const CONTENT_SIZE = 8;
const BLOCK_SUMS = 16;
const STORED = 0x80000000;
const SHORTEST_MATCH = 4;

/**
 * How many bytes an LZ4 frame becomes, by what its blocks say of themselves. The decoder, which is
 * not ours, takes as many steps as they say, whether there are bytes or not.
 * @throws Error if a block does not end where it says, or the frame has no end
 */
export function lz4Length(frame: Buffer): number {
  const flags = frame[4] ?? 0;
  let at = 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8);
  let length = 0;
  while (at + 4 <= frame.length) {
    const told = frame.readUInt32LE(at);
    if (told === 0) return length;
    const start = at + 4 + ((flags & BLOCK_SUMS) === 0 ? 0 : 4);
    at = start + (told % STORED);
    if (at > frame.length) break;
    length += told >= STORED ? at - start : blockLength(frame, start, at);
  }
  throw new Error('a compressed chunk has no end');
}

/** Sequences of literals, of which each but the last is followed by a match. */
function blockLength(frame: Buffer, start: number, end: number): number {
  let at = start;
  let length = 0;
  /** A number of four bits, and what had no room in them. */
  const numberFrom = (bits: number): number => {
    let number = bits;
    for (let more = bits === 15 ? 255 : 0; more === 255; number += more) more = frame[at++] ?? 0;
    return number;
  };
  while (at < end) {
    const token = frame[at++] ?? 0;
    const literals = numberFrom(token >> 4);
    at += literals;
    length += literals;
    if (at >= end) break;
    at += 2;
    length += SHORTEST_MATCH + numberFrom(token & 15);
  }
  if (at !== end) throw new Error('a compressed block ends elsewhere than it says');
  return length;
}
