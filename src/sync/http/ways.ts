import type { Logger } from '../logger.ts';
import { cancelled, describeError } from '../errors.ts';
import type { SyncError } from '../errors.ts';
import { networkError } from './httpErrors.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

export interface WaysOptions {
  readonly transport: Transport;
  /** Tried once for an origin that `transport` cannot reach, and kept for it while it works. */
  readonly fallback?: Transport;
  readonly logger: Logger;
}

/** Our own way to an origin, or the editor's where ours does not lead there. */
export class Ways {
  readonly #options: WaysOptions;
  readonly #onFallback = new Set<string>();

  constructor(options: WaysOptions) {
    this.#options = options;
  }

  /** Our own way is tried again for all origins. */
  forget(): void {
    this.#onFallback.clear();
  }

  /**
   * Sends a request.
   * @throws SyncError `offline`, `timeout` or `cancelled`
   */
  async send(request: TransportRequest): Promise<TransportResponse> {
    const { url, signal } = request;
    const { transport, fallback, logger } = this.#options;
    const known = this.#onFallback.has(url.origin) ? fallback : undefined;
    try {
      return await (known ?? transport)(request);
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      const failure = networkError(url, error);
      this.#onFallback.delete(url.origin);
      if (fallback === undefined || known !== undefined) throw failure;
      logger.debug(`${failure.message} Trying the editor's own network stack.`);
      return await this.#tryFallback(fallback, request, failure);
    }
  }

  async #tryFallback(
    fallback: Transport,
    request: TransportRequest,
    failure: SyncError,
  ): Promise<TransportResponse> {
    const { url, signal } = request;
    try {
      const response = await fallback(request);
      this.#onFallback.add(url.origin);
      return response;
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      this.#options.logger.debug(`The editor's network stack failed too: ${describeError(error)}`);
      throw failure;
    }
  }
}
