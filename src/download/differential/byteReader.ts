/** Reads so many bytes at a time, whatever the pieces are that they come in. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer only where there are no more. */
  async take(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [this.#rest];
    let read = this.#rest.length;
    while (read < length) {
      const next = await this.#pieces.next();
      if (next.done === true) break;
      pieces.push(next.value);
      read += next.value.length;
    }
    const bytes = pieces.length === 1 ? this.#rest : Buffer.concat(pieces, read);
    this.#rest = bytes.subarray(length);
    return bytes.subarray(0, length);
  }

  /**
   * Passes over what comes up to a mark and over the mark.
   * @throws Error if it does not come within so many bytes
   */
  async skipThrough(mark: string, most: number): Promise<void> {
    let bytes = Buffer.alloc(0);
    for (let found = -1; found < 0; found = bytes.indexOf(mark)) {
      const more = await this.take(Math.min(mark.length, most - bytes.length));
      if (more.length === 0) throw new Error(`there is no ${JSON.stringify(mark)}`);
      bytes = Buffer.concat([bytes, more]);
    }
    const behind = bytes.subarray(bytes.indexOf(mark) + mark.length);
    this.#rest = Buffer.concat([behind, this.#rest]);
  }

  /** Nobody reads on. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
