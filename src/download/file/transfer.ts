import type { Clock, Disposable } from '../../sync/clock.ts';
import { cancelled, describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { untilAborted } from '../../sync/untilAborted.ts';
import type { Promised } from './answer.ts';
import { Connection } from './connection.ts';
import { ConnectionCount } from './connectionCount.ts';
import type { Flow } from './fileDownload.ts';
import type { ByteSource } from './location.ts';
import type { PartialFile } from './partialFile.ts';
import type { Piece } from './pieces.ts';
import { Pieces } from './pieces.ts';
import { Retries } from './retries.ts';
import { WriteBehind } from './writeBehind.ts';

/** How often, in ms, what is held is written, and connections are looked after. */
const TICK = 100;
/** What was written is synced after so many bytes, or so many ms. */
const SYNC_BYTES = 64 * 1024 * 1024;
const SYNC_INTERVAL = 5_000;

export interface TransferOptions {
  readonly location: ByteSource;
  readonly partial: PartialFile;
  readonly flow: Flow;
  /** Called ten times a second. */
  readonly onTick: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Fetches what is missing of a file, over as many connections as it takes. */
export class Transfer {
  readonly #options: TransferOptions;
  readonly #pieces: Pieces;
  readonly #writer: WriteBehind;
  readonly #count: ConnectionCount;
  readonly #retries: Retries;
  readonly #over = Promise.withResolvers<undefined>();
  readonly #ending = new AbortController();
  /** Aborted when the transfer is over, however. */
  readonly #signal: AbortSignal;
  readonly #connections = new Set<Connection>();
  readonly #working = new Set<Promise<void>>();
  /** Undefined until an answer has shown whether the server knows ranges. */
  #hasRanges: boolean | undefined;
  #syncing: Promise<void> | undefined;
  #lastSync: number;
  #timer: Disposable | undefined;

  constructor(options: TransferOptions) {
    const { partial, clock, random, signal } = options;
    this.#options = options;
    this.#pieces = new Pieces(partial.size, partial.written);
    this.#writer = new WriteBehind(partial, (error) => this.#over.reject(error));
    this.#count = new ConnectionCount(clock.now());
    this.#retries = new Retries(partial.written.bytes, random);
    this.#lastSync = clock.now();
    this.#signal = AbortSignal.any([signal, this.#ending.signal]);
  }

  /**
   * Ends when every byte is written.
   * @throws DownloadError, SyncError `cancelled`; what has arrived until then is written
   */
  async run(): Promise<void> {
    this.#fill();
    this.#tickLater();
    try {
      await untilAborted(this.#over.promise, this.#options.signal);
    } finally {
      this.#ending.abort(cancelled());
      this.#timer?.dispose();
      await Promise.all(this.#working);
      await this.#syncing;
    }
  }

  /** How many connections there may be now. */
  get #limit(): number {
    const { flow, partial } = this.#options;
    if (this.#hasRanges !== true || this.#retries.isStuck(partial.written.bytes)) return 1;
    return Math.max(1, Math.min(this.#count.count, flow.connections()));
  }

  /** Opens connections while there is room and work for them. */
  #fill(): void {
    if (this.#options.partial.isComplete) this.#over.resolve(undefined);
    while (!this.#signal.aborted && this.#working.size < this.#limit) {
      const piece = this.#nextPiece();
      if (piece === undefined) return;
      const working = this.#work(piece)
        .catch((error: unknown) => this.#over.reject(error))
        .finally(() => {
          this.#working.delete(working);
          this.#fill();
        });
      this.#working.add(working);
    }
  }

  #nextPiece(): Piece | undefined {
    const now = this.#options.clock.now();
    const piece = this.#pieces.next(now) ?? this.#pieces.steal(now);
    for (const connection of this.#connections) connection.check();
    return piece;
  }

  /** Fetches one piece after the other while there are any and the place is there. */
  async #work(first: Piece): Promise<void> {
    const { clock, partial, logger } = this.#options;
    let piece: Piece | undefined = first;
    while (piece !== undefined) {
      const { ticket } = this.#retries;
      try {
        await this.#fetch(piece);
      } catch (error) {
        if (this.#signal.aborted) return;
        logger.debug(`A connection failed: ${describeError(error)}`);
        const now = clock.now();
        this.#count.failed(now);
        this.#retries.failed(error, ticket, partial.written.bytes, now);
      }
      const isWanted = !this.#signal.aborted && this.#working.size <= this.#limit;
      piece = isWanted ? this.#nextPiece() : undefined;
    }
  }

  async #fetch(piece: Piece): Promise<void> {
    const { clock, location, partial, flow } = this.#options;
    const connection = new Connection(piece, {
      ...{ location, partial, flow, clock, writer: this.#writer, signal: this.#signal },
      onAnswer: (from, promised) => this.#answered(from, promised),
      onBytes: (bytes) => this.#count.received(bytes),
    });
    this.#connections.add(connection);
    try {
      await this.#pause(this.#retries.wait(clock.now()));
      await connection.fetch();
    } finally {
      this.#connections.delete(connection);
      this.#pieces.release(connection.piece, clock.now());
    }
  }

  #answered(connection: Connection, { isRange }: Promised): Piece {
    this.#hasRanges = isRange;
    if (isRange) {
      this.#fill();
      return connection.piece;
    }
    // The body is the whole file from its beginning, so nobody else is needed.
    for (const other of this.#connections) if (other !== connection) other.stop();
    return this.#pieces.takeAll(connection.piece, this.#options.clock.now());
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = this.#options.clock.after(ms, () => resolve(undefined));
    try {
      await untilAborted(promise, this.#signal);
    } finally {
      timer.dispose();
    }
  }

  #tickLater(): void {
    this.#timer = this.#options.clock.after(TICK, () => {
      this.#tickLater();
      this.#tick();
    });
  }

  #tick(): void {
    this.#writer.flush();
    for (const connection of this.#connections) connection.check();
    this.#count.decide(this.#options.clock.now(), this.#connections.size);
    this.#fill();
    this.#syncSometimes();
    this.#options.onTick();
  }

  #syncSometimes(): void {
    const { partial, clock } = this.#options;
    const { unsyncedBytes } = partial;
    const isDue = Math.abs(clock.now() - this.#lastSync) >= SYNC_INTERVAL && unsyncedBytes > 0;
    if (this.#syncing !== undefined || !(isDue || unsyncedBytes >= SYNC_BYTES)) return;
    this.#syncing = partial
      .sync()
      .catch((error: unknown) => this.#over.reject(error))
      .finally(() => {
        this.#lastSync = clock.now();
        this.#syncing = undefined;
      });
  }
}
