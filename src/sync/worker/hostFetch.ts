import type { TransportRequest } from '../http/transport.ts';

/** A request that crosses from the engine's thread to the extension host. */
export interface HostRequest extends Omit<TransportRequest, 'url' | 'signal'> {
  readonly url: string;
}

/** An answer that crosses from the extension host to the engine's thread in one piece. */
export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Answers are passed on whole, so they may not be larger than this many bytes once decoded. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Fetches with the host's own `fetch`; redirects are left to the caller. */
export async function hostFetch(
  fetchFunction: typeof fetch,
  { url, ...message }: HostRequest,
  signal: AbortSignal,
): Promise<HostAnswer> {
  const response = await fetchFunction(url, { ...message, signal, redirect: 'manual' });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await wholeBody(response),
  };
}

/** Counts while it reads: what `Content-Length` says is before decoding, and often missing. */
async function wholeBody(response: Response): Promise<Uint8Array> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > MAX_BYTES) throw new Error(`The answer is longer than ${MAX_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
