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

/** Answers are passed on whole, so they may not be larger than this many bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Fetches with the host's own `fetch`; redirects are left to the caller. */
export async function hostFetch(
  fetchFunction: typeof fetch,
  { url, ...message }: HostRequest,
  signal: AbortSignal,
): Promise<HostAnswer> {
  const response = await fetchFunction(url, { ...message, signal, redirect: 'manual' });
  if (Number(response.headers.get('content-length')) > MAX_BYTES) {
    await response.body?.cancel();
    throw new Error(`The answer is longer than ${MAX_BYTES} bytes.`);
  }
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
