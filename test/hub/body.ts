/** Bytes that exist only as a function of their offset, so that a file of gigabytes costs nothing. */
export interface FileBody {
  readonly size: number;
  /** There where the bytes are in memory anyway. */
  readonly bytes?: Buffer;
  /** Bytes `[from, to)` in pieces. */
  read(from: number, to: number): Iterable<Buffer>;
}

export function bufferBody(bytes: Buffer): FileBody {
  return {
    size: bytes.length,
    bytes,
    read: (from, to) => (to > from ? [bytes.subarray(from, to)] : []),
  };
}

/** One body behind the other. */
export function joined(parts: readonly FileBody[]): FileBody {
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    *read(from, to) {
      let at = 0;
      for (const part of parts) {
        if (at >= to) return;
        const [start, end] = [Math.max(from - at, 0), Math.min(to - at, part.size)];
        if (start < end) yield* part.read(start, end);
        at += part.size;
      }
    },
  };
}
