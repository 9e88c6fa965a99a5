import { HttpClient } from '../../src/sync/http/httpClient.ts';
import type { HttpSession } from '../../src/sync/http/httpClient.ts';
import type { TransportRequest, TransportResponse } from '../../src/sync/http/transport.ts';
import type { Logger } from '../../src/sync/logger.ts';

const silent = (): void => undefined;
export const NO_LOGGER: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** Where everything is asked for; nobody is there. */
export const ENDPOINT = new URL('https://upstream.invalid/');
/** A clock that stands still: no case depends on when it is tried. */
export const NOW = Date.UTC(2026, 0, 1);
export const CLOCK = { now: () => NOW, after: () => ({ dispose: silent }) };

/** What an upstream answers. */
export interface CannedAnswer {
  readonly body: Uint8Array;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends nothing: one answer for each request, in their order, and nothing found after the last. */
export function cannedTransport(
  answers: readonly CannedAnswer[],
): (request: TransportRequest) => Promise<TransportResponse> {
  let asked = 0;
  return () => {
    const { body, status = 200, headers = {} } = answers[asked++] ?? NOT_FOUND;
    return Promise.resolve({ status, headers, body: inOnePiece(body), decoded: false });
  };
}

/** The real client on top of such a transport, as gateways use it. */
export function cannedSession(...answers: readonly CannedAnswer[]): HttpSession {
  const client = new HttpClient({
    transport: cannedTransport(answers),
    tokenFor: () => undefined,
    userAgent: 'fuzz',
    clock: CLOCK,
    logger: NO_LOGGER,
  });
  return client.session(new AbortController().signal);
}

const NOT_FOUND: CannedAnswer = { body: new Uint8Array(), status: 404 };

async function* inOnePiece(body: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield body;
}
