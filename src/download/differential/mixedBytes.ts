import type { FileHandle } from 'node:fs/promises';
import type { Range } from '../file/ranges.ts';
import { RangeSet } from '../file/ranges.ts';
import type { Copy, Fetched } from './recipe.ts';
import { copiesWithin } from './recipe.ts';
import type { RemoteBytes } from './remoteBytes.ts';

/** Reads parts of a published file, and from afar no more than what its basis does not have. */
export class MixedBytes {
  /** What was read from afar. */
  readonly fetched: Fetched[] = [];
  readonly #remote: RemoteBytes;
  readonly #local: FileHandle;
  readonly #copies: readonly Copy[];

  /** @param copies the bytes that are sure to be in the basis */
  constructor(remote: RemoteBytes, local: FileHandle, copies: readonly Copy[]) {
    this.#remote = remote;
    this.#local = local;
    this.#copies = copies;
  }

  /**
   * Reads a part; at the end of the file it is shorter.
   * @throws DownloadError, SyncError; errors of the file system
   */
  async read(start: number, length: number, signal: AbortSignal): Promise<Buffer> {
    const range = { start, end: start + length };
    const pieces: Fetched[] = [];
    for (const { from, to, length: size } of copiesWithin(this.#copies, range)) {
      const bytes = Buffer.alloc(size);
      const { bytesRead } = await this.#local.read(bytes, 0, size, from);
      // The basis may have become shorter than it was.
      if (bytesRead === size) pieces.push({ start: to, bytes });
    }
    const here = new RangeSet(pieces.map(rangeOf));
    for (const gap of here.missing(range)) {
      const piece = await this.#remote.read(gap.start, gap.end - gap.start, signal);
      this.fetched.push(piece);
      pieces.push(piece);
    }
    pieces.sort((a, b) => a.start - b.start);
    return Buffer.concat(pieces.map(({ bytes }) => bytes));
  }
}

function rangeOf({ start, bytes }: Fetched): Range {
  return { start, end: start + bytes.length };
}
