import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { Agent, Pool, ProxyAgent, request } from 'undici';
import type { Environment, NetworkSettings } from './network.ts';
import { DEFAULT_NETWORK, proxyFor } from './network.ts';
import { untilAborted } from '../untilAborted.ts';
import type { Transport } from './transport.ts';

export interface PoolOptions {
  readonly network?: NetworkSettings;
  readonly environment?: Environment;
  /** PEM certificates of the operating system; asked for when the first https request is made. */
  readonly systemCertificates?: () => readonly string[];
  /** How long a host or a proxy may take to connect, in ms. */
  readonly connectTimeout?: number;
  /** Whether HTTP/2 is used where it is offered; absent: yes. One connection then carries all. */
  readonly allowH2?: boolean;
  /** Connections to one origin without HTTP/2; absent: a few. */
  readonly connections?: number;
}

/** A way to the network that holds connections until it is closed. */
export interface OpenTransport {
  readonly transport: Transport;
  /** Ends when what was asked has been answered and all connections are closed. */
  close(): Promise<void>;
}

/** Connections to one origin without HTTP/2; with it, one carries everything. */
export const CONNECTIONS = 4;
/**
 * How long an unused connection is kept, in ms: longer than the 60 s between two probes. Until the
 * next run in the background, 15 minutes later, no server would keep it. A server that names a
 * shorter time is believed.
 */
export const KEEP_ALIVE = 90_000;
const CONNECT_TIMEOUT = 10_000;

const POOL = {
  allowH2: true,
  connections: CONNECTIONS,
  headersTimeout: 15_000,
  bodyTimeout: 30_000,
  keepAliveTimeout: KEEP_ALIVE,
  // Pings would keep a laptop's radio awake for a connection that nobody uses.
  h2Options: { pingInterval: 0 },
} as const;

/** Our own connection pool: few connections, HTTP/2 where offered, proxies. */
export function undiciTransport(options: PoolOptions = {}): OpenTransport {
  const { network = DEFAULT_NETWORK, environment = process.env } = options;
  const { connectTimeout = CONNECT_TIMEOUT } = options;
  const { allowH2 = POOL.allowH2, connections = CONNECTIONS } = options;
  const pool = { ...POOL, allowH2, connections };
  const trust = trusted(network, options.systemCertificates);
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherFor = (url: URL): Dispatcher => {
    const proxy = proxyFor(url, network, environment);
    const key = `${url.protocol} ${proxy?.href ?? ''}`;
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const secure = url.protocol === 'https:' ? trust() : {};
    const made =
      proxy === undefined
        ? new Agent({ ...pool, connect: { timeout: connectTimeout, ...secure } })
        : proxied(proxy, network.proxy, pool, connectTimeout, secure, trust);
    dispatchers.set(key, made);
    return made;
  };
  const transport: Transport = async ({ url, body, stream, ...message }) => {
    const asked = request(url, {
      ...{ dispatcher: dispatcherFor(url), body: stream ?? body ?? null },
      ...message,
    });
    // It hears of an abort only once it has a connection, and that may take long.
    const answer = await untilAborted(asked, message.signal);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: answer.body as AsyncIterable<Uint8Array>,
      // The headers of a HEAD tell how a body would be encoded, and there is none.
      decoded: message.method === 'HEAD',
    };
  };
  return {
    transport,
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.close()));
    },
  };
}

interface Trust {
  readonly secureContext?: SecureContext;
}

/** Made once and late: reading and parsing hundreds of certificates takes some 100 ms. */
function trusted(
  { systemCertificates }: NetworkSettings,
  readSystem: () => readonly string[] = () => getCACertificates('system'),
): () => Trust {
  let trust: Trust | undefined;
  return () =>
    (trust ??= systemCertificates
      ? {
          secureContext: createSecureContext({
            ca: [...getCACertificates('default'), ...readSystem()],
          }),
        }
      : {});
}

/** CONNECT for https, absolute addresses for http; who we are is told to the proxy only. */
function proxied(
  proxy: URL,
  settings: NetworkSettings['proxy'],
  pool: Pool.Options,
  connectTimeout: number,
  secure: Trust,
  trust: () => Trust,
): Dispatcher {
  return new ProxyAgent({
    ...pool,
    uri: proxy.href,
    ...(settings?.authorization && { token: settings.authorization }),
    connectTimeout,
    // A proxy that takes the connection and then says nothing would else be waited for for minutes.
    clientFactory: (origin, own) =>
      new Pool(origin, { ...(own as Pool.Options), headersTimeout: connectTimeout }),
    requestTls: { allowH2: pool.allowH2 ?? true, ...secure },
    proxyTls: {
      allowH2: false,
      rejectUnauthorized: settings?.strictSsl ?? true,
      ...(proxy.protocol === 'https:' && trust()),
    },
    // Without it, the connections for http addresses would know nothing of our limits.
    factory: (origin, own) => new Pool(origin, { ...pool, ...(own as Pool.Options) }),
  });
}
