import type { FileHandle } from 'node:fs/promises';
import type { Copy, Fetched } from './recipe.ts';
import { copied, copiesWithin } from './recipe.ts';
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
   * @throws DownloadError, SyncError; errors of the file system; RangeError if the basis is shorter
   *   than it was
   */
  async read(start: number, length: number, signal: AbortSignal): Promise<Buffer> {
    const range = { start, end: start + length };
    const pieces: Fetched[] = [];
    for (const { from, to, length: size } of copiesWithin(this.#copies, range)) {
      const bytes = Buffer.alloc(size);
      const { bytesRead } = await this.#local.read(bytes, 0, size, from);
      if (bytesRead < size) throw new RangeError(`the basis has no ${size} bytes at ${from}`);
      pieces.push({ start: to, bytes });
    }
    for (const gap of copied(this.#copies).missing(range)) {
      const piece = await this.#remote.read(gap.start, gap.end - gap.start, signal);
      this.fetched.push(piece);
      pieces.push(piece);
    }
    pieces.sort((a, b) => a.start - b.start);
    return Buffer.concat(pieces.map(({ bytes }) => bytes));
  }
}
