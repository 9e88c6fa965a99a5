import { writevSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

/** What downloads do with files, as node:fs does it. */
export interface FileSystem {
  readonly open: typeof open;
  readonly writevSync: typeof writevSync;
}

export const realFileSystem: FileSystem = { open, writevSync };

/** A disk that takes longer for a write, in ms, is not waited for: other downloads go on. */
const QUICK = 16;

/**
 * Writes to a file at once while its disk is quick, which with a good cache is always: handing each
 * write to another thread costs more than the write. A slow disk is written to in the background.
 */
export class Writer {
  readonly file: FileHandle;
  readonly #fileSystem: FileSystem;
  #isQuick = true;

  constructor(file: FileHandle, fileSystem: FileSystem) {
    this.file = file;
    this.#fileSystem = fileSystem;
  }

  /**
   * Writes pieces one after the other.
   * @param position in the file; absent: where it ends, if it was opened for appending
   */
  async write(pieces: readonly Uint8Array[], position?: number): Promise<void> {
    let at = position;
    let rest = pieces;
    while (rest.length > 0) {
      const written = await this.#writeSome(rest, at);
      rest = without(rest, written);
      if (at !== undefined) at += written;
    }
  }

  async #writeSome(pieces: readonly Uint8Array[], position?: number): Promise<number> {
    const started = performance.now();
    const written = this.#isQuick
      ? this.#fileSystem.writevSync(this.file.fd, pieces, position)
      : (await this.file.writev(pieces, position)).bytesWritten;
    this.#isQuick = performance.now() - started < QUICK;
    return written;
  }
}

/** The pieces after so many bytes of them. */
function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(left, piece.length);
    left -= skipped;
    return skipped === piece.length ? [] : [piece.subarray(skipped)];
  });
}
