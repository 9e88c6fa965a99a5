import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** One request for bytes, and how many of them were handed to the network. */
export interface Served {
  readonly start: number;
  readonly end: number;
  readonly request: IncomingMessage;
  sent: number;
}

export interface FileServerOptions {
  readonly etag?: () => string | undefined;
  /** Does something else with a request; true if that is its answer. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse, count: number) => boolean;
  /** Breaks the connection after so many bytes of an answer. */
  readonly breakAfter?: () => number;
  readonly ignoresRange?: boolean;
  /** Waits before each piece of 64 KiB. */
  readonly pace?: () => Promise<void>;
}

const PIECE = 64 * 1024;

/** Serves bytes with ranges, as a mirror without redirects does, or with the faults of a test. */
export function fileServer(
  bytes: Buffer,
  options: FileServerOptions = {},
): { listener: RequestListener; served: Served[] } {
  const served: Served[] = [];
  const { etag = () => '"one"' } = options;
  const listener: RequestListener = (request, response) => {
    const range = rangeOf(request, bytes.length);
    const one: Served = { ...range, request, sent: 0 };
    served.push(one);
    if (options.instead?.(request, response, served.length) === true) return;
    const tag = etag();
    const condition = request.headers['if-range'];
    const isWhole = options.ignoresRange === true || (condition !== undefined && condition !== tag);
    const { start, end } = isWhole ? { start: 0, end: bytes.length } : range;
    response.writeHead(isWhole ? 200 : 206, {
      'content-length': end - start,
      ...(!isWhole && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
      ...(tag !== undefined && { etag: tag }),
    });
    void send(bytes.subarray(start, end), response, one, options);
  };
  return { listener, served };
}

async function send(
  bytes: Buffer,
  response: ServerResponse,
  one: Served,
  { breakAfter = () => Infinity, pace }: FileServerOptions,
): Promise<void> {
  const limit = breakAfter();
  while (one.sent < bytes.length && !response.destroyed) {
    await pace?.();
    const piece = bytes.subarray(one.sent, Math.min(one.sent + PIECE, limit));
    const isTaken = response.write(piece);
    one.sent += piece.length;
    if (one.sent >= limit) {
      response.write('', () => response.destroy());
      return;
    }
    if (!isTaken) await drained(response);
  }
  response.end();
}

/** Until the client has taken what was written, or has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** The range a request asks for; all if it names none. */
export function rangeOf(request: IncomingMessage, size: number): { start: number; end: number } {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  return match === null
    ? { start: 0, end: size }
    : { start: Number(match[1]), end: Number(match[2]) + 1 };
}
