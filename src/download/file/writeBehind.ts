import type { PartialFile } from './partialFile.ts';

/**
 * Bytes that have arrived and are not in the journal yet would be fetched again after a sudden
 * end. Together with what each connection may bring in one go it stays below 2 MB.
 */
const MOST_UNWRITTEN = 768 * 1024;
/** One connection writes when it holds that much. */
const WRITE_SIZE = 256 * 1024;

/** Writes what connections bring while they bring more, and holds them up when that gets too much. */
export class WriteBehind {
  readonly #partial: PartialFile;
  readonly #onError: (error: unknown) => void;
  readonly #lanes = new Set<Lane>();
  #unwritten = 0;
  #room: PromiseWithResolvers<undefined> | undefined;

  /** @param onError called when writing fails: all who wait then go on */
  constructor(partial: PartialFile, onError: (error: unknown) => void) {
    this.#partial = partial;
    this.#onError = onError;
  }

  /** A place for the bytes of one connection, which come one after the other. */
  lane(position: number): Lane {
    const lane = new Lane(
      position,
      (start, pieces, bytes) => this.#write(start, pieces, bytes),
      (bytes) => this.#receive(bytes),
      () => this.#lanes.delete(lane),
    );
    this.#lanes.add(lane);
    return lane;
  }

  /** Begins to write all that is held. */
  flush(): void {
    for (const lane of this.#lanes) lane.flush();
  }

  /** @returns what to wait for before more is received; undefined: nothing */
  #receive(bytes: number): Promise<undefined> | undefined {
    this.#unwritten += bytes;
    if (this.#unwritten < MOST_UNWRITTEN) return undefined;
    this.flush();
    this.#room ??= Promise.withResolvers<undefined>();
    return this.#room.promise;
  }

  async #write(position: number, pieces: readonly Uint8Array[], bytes: number): Promise<void> {
    try {
      await this.#partial.write(position, pieces);
    } catch (error) {
      this.#onError(error);
    }
    this.#unwritten -= bytes;
    if (this.#unwritten >= MOST_UNWRITTEN) return;
    this.#room?.resolve(undefined);
    this.#room = undefined;
  }
}

type Write = (position: number, pieces: readonly Uint8Array[], bytes: number) => Promise<void>;

/** The bytes of one connection on their way to the disk. */
export class Lane {
  readonly #write: Write;
  readonly #receive: (bytes: number) => Promise<undefined> | undefined;
  readonly #onEnd: () => void;
  readonly #writing = new Set<Promise<void>>();
  #position: number;
  #held: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    position: number,
    write: Write,
    receive: (bytes: number) => Promise<undefined> | undefined,
    onEnd: () => void,
  ) {
    this.#position = position;
    this.#write = write;
    this.#receive = receive;
    this.#onEnd = onEnd;
  }

  /** Takes the next bytes. @returns what to wait for before the ones after; undefined: nothing */
  push(piece: Uint8Array): Promise<undefined> | undefined {
    this.#held.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= WRITE_SIZE) this.flush();
    return this.#receive(piece.length);
  }

  /** Begins to write what is held. */
  flush(): void {
    if (this.#bytes === 0) return;
    const writing = this.#write(this.#position, this.#held, this.#bytes).finally(() =>
      this.#writing.delete(writing),
    );
    this.#writing.add(writing);
    this.#position += this.#bytes;
    this.#held = [];
    this.#bytes = 0;
  }

  /** The next bytes are there already, and are not pushed. */
  skip(bytes: number): void {
    this.flush();
    this.#position += bytes;
  }

  /** Ends when everything is written, or could not be. */
  async end(): Promise<void> {
    this.flush();
    this.#onEnd();
    await Promise.all(this.#writing);
  }
}
