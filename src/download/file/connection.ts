import { t } from '@vscode/l10n';
import type { Clock } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';
import { networkError } from '../../sync/http/httpErrors.ts';
import { DownloadError } from '../errors.ts';
import type { Promised } from './answer.ts';
import { brokenOff, promisedBytes } from './answer.ts';
import type { Flow } from './fileDownload.ts';
import type { ByteSource, RangeAnswer } from './location.ts';
import type { PartialFile } from './partialFile.ts';
import type { Piece } from './pieces.ts';
import { takeOver } from './pieces.ts';
import type { Lane, WriteBehind } from './writeBehind.ts';

/** A connection that brings nothing for so many ms is given up. */
const STALL = 30_000;

export interface ConnectionOptions {
  readonly location: ByteSource;
  readonly partial: PartialFile;
  readonly writer: WriteBehind;
  readonly flow: Flow;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** An answer has come; the piece it is for from now on is returned. */
  readonly onAnswer: (connection: Connection, promised: Promised) => Piece;
  readonly onBytes: (bytes: number) => void;
}

/** One request for a piece of a file, and what comes of it. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #own = new AbortController();
  readonly #signal: AbortSignal;
  #piece: Piece;
  /** When bytes came last, in ms since 1970; undefined while we do not take any. */
  #lastBytes: number | undefined;

  constructor(piece: Piece, options: ConnectionOptions) {
    this.#piece = piece;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#own.signal]);
  }

  get piece(): Piece {
    return this.#piece;
  }

  /**
   * Fetches the piece, or what other connections leave of it.
   * @throws DownloadError, SyncError; what has arrived until then is written
   */
  async fetch(): Promise<void> {
    const { flow, location, partial, writer, onAnswer } = this.#options;
    let lane: Lane | undefined;
    try {
      await this.#heldUp(flow.take(0, this.#signal));
      const answer = await location.ask(this.#piece, this.#signal);
      const promised = promisedBytes(answer, this.#piece, partial.size);
      if (answer.isCached === true) await partial.noteCached();
      if (location.etag !== undefined) await partial.noteEtag(location.etag);
      this.#piece = onAnswer(this, promised);
      lane = writer.lane(promised.start);
      await this.#receive(answer, promised, lane);
    } catch (error) {
      if (!this.#piece.isTakenOver)
        throw this.#own.signal.aborted ? this.#own.signal.reason : error;
    } finally {
      // An answer that is not read to its end would hold its connection.
      this.#own.abort();
      await lane?.end();
    }
  }

  /** Gives up if the piece was taken over, or if nothing has come for too long. */
  check(): void {
    const { clock, location } = this.#options;
    if (this.#piece.isTakenOver) this.stop();
    const silence = clock.now() - (this.#lastBytes ?? clock.now());
    if (silence > STALL) this.#own.abort(stalled(location.host));
  }

  /** Ends without an error. */
  stop(): void {
    takeOver(this.#piece);
    this.#own.abort();
  }

  async #receive({ url, response }: RangeAnswer, promised: Promised, lane: Lane): Promise<void> {
    const { flow, clock, onBytes } = this.#options;
    const piece = this.#piece;
    try {
      for await (const bytes of response.body) {
        const leave = flow.take(bytes.length, this.#signal);
        if (leave !== undefined) await this.#heldUp(leave);
        else this.#lastBytes = clock.now();
        const own = Math.min(
          bytes.length,
          piece.end - piece.position,
          promised.end - piece.position,
        );
        const room = this.#keep(bytes.subarray(0, own), lane);
        onBytes(own);
        if (room !== undefined) await this.#heldUp(room);
        if (own < bytes.length && piece.position === promised.end) throw tooLong(url);
        // The rest is another connection's, or comes to no end.
        if (piece.position >= piece.end && !(promised.isFramed && piece.end === promised.end))
          return;
      }
    } catch (error) {
      throw error instanceof SyncError || error instanceof DownloadError
        ? error
        : networkError(url, error);
    }
    if (piece.position < Math.min(piece.end, promised.end)) throw brokenOff(url.host);
  }

  /**
   * What is on the disk already stays as it was hashed.
   * @returns what to wait for before more is received
   */
  #keep(bytes: Uint8Array, lane: Lane): Promise<undefined> | undefined {
    const start = this.#piece.position;
    const end = start + bytes.length;
    this.#piece.position = end;
    let at = start;
    let room: Promise<undefined> | undefined;
    for (const gap of this.#options.partial.written.missing({ start, end })) {
      if (gap.start > at) lane.skip(gap.start - at);
      room = lane.push(bytes.subarray(gap.start - start, gap.end - start)) ?? room;
      at = gap.end;
    }
    if (end > at) lane.skip(end - at);
    return room;
  }

  /** Waits for leave to go on; the server has no part in how long that takes. */
  async #heldUp(leave: Promise<void> | Promise<undefined> | undefined): Promise<void> {
    this.#lastBytes = undefined;
    if (leave !== undefined) await leave;
    this.#lastBytes = this.#options.clock.now();
  }
}

function stalled(host: string): DownloadError {
  return new DownloadError(
    'timeout',
    t('Nothing has come from {0} for {1} seconds. It is tried again later.', host, STALL / 1_000),
  );
}

function tooLong({ host }: URL): DownloadError {
  return new DownloadError(
    'badAnswer',
    t('{0} sent more bytes than it said. A proxy may be in the way: check its settings.', host),
  );
}
