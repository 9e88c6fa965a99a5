import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../logger.ts';
import { describeError } from '../errors.ts';
import type { NetworkSettings } from './network.ts';
import { DEFAULT_NETWORK } from './network.ts';
import type { Transport } from './transport.ts';
import type { OpenTransport } from './undiciTransport.ts';

/** A pool whose settings can change: what runs ends in the old one, which then closes. */
export class NetworkTransport {
  readonly #open: (network: NetworkSettings) => OpenTransport;
  readonly #logger: Logger;
  readonly #closing = new Set<Promise<void>>();
  #network: NetworkSettings;
  #current: OpenTransport;
  #closed: Promise<unknown> | undefined;

  constructor(
    network: NetworkSettings | undefined,
    open: (network: NetworkSettings) => OpenTransport,
    logger: Logger,
  ) {
    this.#open = open;
    this.#logger = logger;
    this.#network = network ?? DEFAULT_NETWORK;
    this.#current = open(this.#network);
  }

  readonly transport: Transport = (request) => this.#current.transport(request);

  /** Takes over settings; false if they are those it has. */
  configure(network: NetworkSettings = DEFAULT_NETWORK): boolean {
    if (isDeepStrictEqual(network, this.#network)) return false;
    this.#retire(this.#current);
    this.#network = network;
    this.#current = this.#open(network);
    return true;
  }

  /** Ends when the last answer is there and all connections are closed. */
  async close(): Promise<void> {
    await (this.#closed ??= Promise.all([this.#current.close(), ...this.#closing]));
  }

  #retire(old: OpenTransport): void {
    const closed = old
      .close()
      .catch((error: unknown) =>
        this.#logger.debug(`Connections did not close in order: ${describeError(error)}`),
      )
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
