import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import { promisedBytes } from '../file/answer.ts';
import type { ByteSource, RangeAnswer } from '../file/location.ts';
import type { Range } from '../file/ranges.ts';
import type { Flow } from '../file/fileDownload.ts';
import type { Fetched } from './recipe.ts';

/** Reads small parts of a published file. */
export class RemoteBytes {
  readonly #location: Pick<ByteSource, 'ask'>;
  readonly #size: number;
  readonly #take: Flow['take'] | undefined;

  /**
   * @param size bytes of the file
   * @param take leave to use the line; absent: at once
   */
  constructor(location: Pick<ByteSource, 'ask'>, size: number, take?: Flow['take']) {
    this.#location = location;
    this.#size = size;
    this.#take = take;
  }

  /**
   * Reads a part; at the end of the file it is shorter.
   * @throws DownloadError, SyncError; `badAnswer` if the server sends whole files only
   */
  async read(start: number, length: number, signal: AbortSignal): Promise<Fetched> {
    const wanted = { start, end: Math.min(start + length, this.#size) };
    const pieces: Uint8Array[] = [];
    for (let at = start; at < wanted.end;) {
      const piece = await this.#ask({ start: at, end: wanted.end }, signal);
      pieces.push(piece);
      at += piece.length;
    }
    return { start, bytes: Buffer.concat(pieces) };
  }

  async #ask(range: Range, signal: AbortSignal): Promise<Uint8Array> {
    // What is not read of an answer would keep its connection.
    const leaving = new AbortController();
    try {
      const asking = AbortSignal.any([signal, leaving.signal]);
      await this.#take?.(0, signal);
      return await this.#read(await this.#location.ask(range, asking), range, signal);
    } finally {
      leaving.abort();
    }
  }

  async #read(answer: RangeAnswer, range: Range, signal: AbortSignal): Promise<Uint8Array> {
    const { isRange, end } = promisedBytes(answer, range, this.#size);
    const pieces: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop ends an answer that brings the whole file.
    for await (const piece of answer.response.body) {
      if (!isRange) throw wholeOnly(answer.url);
      await this.#take?.(piece.length, signal);
      pieces.push(piece);
      length += piece.length;
      if (length >= end - range.start) break;
    }
    if (length === 0) throw wholeOnly(answer.url);
    return Buffer.concat(pieces).subarray(0, end - range.start);
  }
}

function wholeOnly({ host }: URL): DownloadError {
  return new DownloadError(
    'badAnswer',
    t('{0} sends no parts of files, so the whole file is fetched.', host),
  );
}

/** Whether nothing can be fetched just now, so that it has to be tried again later. */
export function isUnreachable(error: unknown): boolean {
  return ['offline', 'timeout'].includes(DownloadError.from(error).kind);
}
