import type { HttpSession } from '../sync/http/httpClient.ts';
import { HttpClient } from '../sync/http/httpClient.ts';
import type { NetworkSettings } from '../sync/http/network.ts';
import { isLoopback } from '../sync/http/network.ts';
import { NetworkTransport } from '../sync/http/networkTransport.ts';
import type { Transport } from '../sync/http/transport.ts';
import { undiciTransport } from '../sync/http/undiciTransport.ts';
import { Ways } from '../sync/http/ways.ts';
import type { Clock } from '../sync/clock.ts';
import type { Logger } from '../sync/logger.ts';

/** Connections that downloads may have to one origin. */
const DOWNLOAD_CONNECTIONS = 16;

export interface LocalNetworkOptions {
  readonly network: NetworkSettings | undefined;
  /** Tried where our own connections fail. */
  readonly fallback?: Transport | undefined;
  readonly tokenFor: (origin: string) => string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The ways to the network: one for the small questions that runtimes are asked, and one for the
 * bytes of models, which HTTP/2 would send through a single connection.
 */
export class LocalNetwork {
  readonly #small: NetworkTransport;
  readonly #large: NetworkTransport;
  readonly #http: HttpClient;
  readonly #ways: Ways;
  readonly #talk: Ways;

  constructor({ network, fallback, logger, ...options }: LocalNetworkOptions) {
    this.#small = new NetworkTransport(network, (now) => undiciTransport({ network: now }), logger);
    this.#large = new NetworkTransport(
      network,
      (now) => undiciTransport({ network: now, allowH2: false, connections: DOWNLOAD_CONNECTIONS }),
      logger,
    );
    const otherwise = fallback === undefined ? {} : { fallback };
    const { transport } = this.#small;
    this.#http = new HttpClient({
      ...options,
      // Who does not answer on this machine does not run: there is no other way to it.
      ...(fallback !== undefined && { fallback: remoteOnly(fallback) }),
      ...{ transport, logger },
    });
    this.#ways = new Ways({ transport: this.#large.transport, ...otherwise, logger });
    // The editor's own way would tell an answer only once it is whole.
    this.#talk = new Ways({ transport: this.#large.transport, logger });
  }

  /** Requests to a runtime. */
  readonly session = (signal: AbortSignal): HttpSession => this.#http.session(signal);

  /** One exchange of a download. */
  readonly send: Transport = (request) => this.#ways.send(request);

  /** One exchange whose answer is read as it is written. */
  readonly talk: Transport = (request) => this.#talk.send(request);

  /** Takes over settings; what runs ends the way it began. */
  configure(network: NetworkSettings | undefined): void {
    const isNew = [this.#small, this.#large].map((one) => one.configure(network)).includes(true);
    if (isNew) this.changed();
  }

  /** The network is another: what was learnt of the one before is forgotten. */
  changed(): void {
    this.#http.networkChanged();
    this.#ways.forget();
  }

  async close(): Promise<void> {
    await Promise.all([this.#small.close(), this.#large.close()]);
  }
}

function remoteOnly(transport: Transport): Transport {
  return (request) =>
    isLoopback(request.url.hostname)
      ? Promise.reject(new Error(`${request.url.host} does not answer`))
      : transport(request);
}
