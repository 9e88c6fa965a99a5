import { EnvHttpProxyAgent, request } from 'undici';
import type { Transport } from './transport.ts';

export interface PoolOptions {
  /** PEM certificates to trust besides the usual ones. */
  readonly ca?: string;
}

/** Our own connection pool: few connections, HTTP/2 where offered, proxies of the environment. */
export function undiciTransport(options: PoolOptions = {}): {
  readonly transport: Transport;
  close(): Promise<void>;
} {
  const tls = options.ca === undefined ? {} : { ca: options.ca };
  const agent = new EnvHttpProxyAgent({
    // A local Cortex server is never behind a proxy.
    noProxy: [process.env['no_proxy'] ?? process.env['NO_PROXY'], 'localhost,127.0.0.1,[::1]']
      .filter(Boolean)
      .join(','),
    allowH2: true,
    connections: 4,
    connect: { timeout: CONNECT_TIMEOUT, ...tls },
    headersTimeout: HEADERS_TIMEOUT,
    bodyTimeout: BODY_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE,
  });
  const transport: Transport = async ({ url, ...message }) => {
    const answer = await request(url, { dispatcher: agent, ...message });
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: answer.body as AsyncIterable<Uint8Array>,
      decoded: false,
    };
  };
  return { transport, close: () => agent.close() };
}

const CONNECT_TIMEOUT = 10_000;
const HEADERS_TIMEOUT = 15_000;
const BODY_TIMEOUT = 30_000;
/** Longer than the 60 s between two probes, so that they share a connection. */
const KEEP_ALIVE = 90_000;
