/** Magic number, independent blocks of at most 256 KiB, no checksums of content, and the header's own. */
const FRAME_START = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x50, 0xfb]);
const FRAME_END = Buffer.alloc(4);
const STORED_BLOCK = 0x80000000;
const SHORTEST_MATCH = 4;
const FARTHEST = 65_535;
/** A block ends in so many literals, and its last match begins so far before its end. */
const LAST_LITERALS = 5;
const LAST_MATCH = 12;
const TABLE_BITS = 14;
/** After so many misses in a row the search takes longer steps. */
const PATIENCE = 64;

const table = new Int32Array(1 << TABLE_BITS);

class BlockWriter {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size + Math.ceil(size / 255) + 16);
  }

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Literals and, unless they are the last, a match that follows them. */
  sequence(literals: Buffer, match?: { readonly offset: number; readonly length: number }): void {
    const extra = match ? match.length - SHORTEST_MATCH : 0;
    this.#bytes[this.#length++] = (Math.min(literals.length, 15) << 4) | Math.min(extra, 15);
    this.#rest(literals.length);
    this.#length += literals.copy(this.#bytes, this.#length);
    if (!match) return;
    this.#length = this.#bytes.writeUInt16LE(match.offset, this.#length);
    this.#rest(extra);
  }

  /** What of a length has no room in the token. */
  #rest(length: number): void {
    if (length < 15) return;
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) this.#bytes[this.#length++] = 255;
    this.#bytes[this.#length++] = rest;
  }
}

function matchLength(bytes: Buffer, found: number, at: number): number {
  const end = bytes.length - LAST_LITERALS;
  let length = SHORTEST_MATCH;
  while (at + length < end && bytes[found + length] === bytes[at + length]) length += 1;
  return length;
}

function block(bytes: Buffer): Buffer {
  const writer = new BlockWriter(bytes.length);
  table.fill(-1);
  let [at, anchor, misses] = [0, 0, 0];
  while (at < bytes.length - LAST_MATCH) {
    const word = bytes.readUInt32LE(at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - TABLE_BITS);
    const found = table[slot] ?? -1;
    table[slot] = at;
    if (found < 0 || at - found > FARTHEST || bytes.readUInt32LE(found) !== word) {
      at += 1 + Math.floor(misses++ / PATIENCE);
      continue;
    }
    const length = matchLength(bytes, found, at);
    writer.sequence(bytes.subarray(anchor, at), { offset: at - found, length });
    at += length;
    anchor = at;
    misses = 0;
  }
  writer.sequence(bytes.subarray(anchor));
  return writer.written;
}

/** An LZ4 frame of one block, stored where it would not become smaller. At most 256 KiB. */
export function lz4Frame(bytes: Buffer): Buffer {
  const compressed = block(bytes);
  const isSmaller = compressed.length < bytes.length;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(isSmaller ? compressed.length : STORED_BLOCK + bytes.length);
  return Buffer.concat([FRAME_START, size, isSmaller ? compressed : bytes, FRAME_END]);
}

/** First every fourth byte, then those that follow them, and so on: what floats have in common meets. */
export function byteGrouped(bytes: Buffer): Buffer {
  const grouped = Buffer.alloc(bytes.length);
  let to = 0;
  for (let group = 0; group < 4; group += 1)
    for (let from = group; from < bytes.length; from += 4) grouped[to++] = bytes[from] ?? 0;
  return grouped;
}
