import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { cancelled, describeError, SyncError } from '../errors.ts';
import { ACCEPT_ENCODING, readBody } from './body.ts';
import { networkError, statusError } from './httpErrors.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

/** How much an answer may weigh, unless the caller knows better. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** An unread body longer than this costs more than a new connection. */
const MAX_DRAINED = 64 * 1024;

/** Who waits for the answer: the user, or nobody. */
export type Priority = 'foreground' | 'background';

export interface GetOptions {
  /** The ETag of what the caller has: the answer may then be `unchanged`. */
  readonly etag?: string | undefined;
  readonly maxBytes?: number;
  readonly accept?: string;
}

/** What is sent besides the address. */
interface Message {
  readonly method: TransportRequest['method'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The answer to a GET: a body, or the word that the caller's copy is the newest. */
export type Answer =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false;
      readonly body: Buffer;
      readonly headers: Readonly<Record<string, string>>;
    };

export interface HttpClientOptions {
  readonly transport: Transport;
  /** Tried once for an origin that `transport` cannot reach, and kept for it if it works. */
  readonly fallback?: Transport;
  /** The token for an origin, if the user gave one for just that origin. */
  readonly tokenFor: (origin: string) => string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one HTTP client: conditional requests, redirects, tokens, decoding, typed errors. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #transports = new Map<string, Transport>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** A view of the client that counts what one run of one source costs. */
  session(signal: AbortSignal, priority: Priority = 'foreground'): HttpSession {
    return new HttpSession(
      this.#options,
      (url, message) => this.#exchange({ url, ...message, signal }),
      signal,
      priority,
    );
  }

  async #exchange(request: TransportRequest): Promise<TransportResponse> {
    const { url, signal } = request;
    const { transport, fallback, logger } = this.#options;
    const chosen = this.#transports.get(url.origin) ?? transport;
    try {
      return await chosen(request);
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      const failure = networkError(url, error);
      if (fallback === undefined || chosen === fallback) throw failure;
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
      this.#transports.set(url.origin, fallback);
      return response;
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      this.#options.logger.debug(`The editor's network stack failed too: ${describeError(error)}`);
      throw failure;
    }
  }
}

type Exchange = (url: URL, message: Message) => Promise<TransportResponse>;

/** Requests of one run, with what they cost. */
export class HttpSession {
  readonly #options: HttpClientOptions;
  readonly #exchange: Exchange;
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Requests sent, redirects included. */
  requests = 0;
  /** Bytes of header fields and encoded bodies received. */
  bytesReceived = 0;

  constructor(
    options: HttpClientOptions,
    exchange: Exchange,
    signal: AbortSignal,
    priority: Priority,
  ) {
    this.#options = options;
    this.#exchange = exchange;
    this.signal = signal;
    this.priority = priority;
  }

  /**
   * Asks for a resource. Redirects are followed; a token is sent only to the origin it was given
   * for, so never along with a redirect to another host.
   * @throws SyncError
   */
  async get(address: URL | string, options: GetOptions = {}): Promise<Answer> {
    let url = new URL(address);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const token = this.#options.tokenFor(url.origin);
      const response = await this.#send(url, token, {
        method: 'GET',
        headers: {
          ...(options.accept !== undefined && { accept: options.accept }),
          ...(options.etag !== undefined && { 'if-none-match': options.etag }),
        },
      });
      if (response.status === 304) {
        await this.#drain(response);
        if (options.etag !== undefined) return { unchanged: true };
        throw new SyncError(
          'badAnswer',
          `${url.host} says that nothing has changed, though it was asked for everything. ` +
            'A proxy may be in the way: check its settings.',
        );
      }
      const location = response.headers['location'];
      if (response.status >= 300 && response.status < 400 && location !== undefined) {
        await this.#drain(response);
        url = redirected(location, url);
        continue;
      }
      if (response.status < 200 || response.status >= 300) {
        await this.#drain(response);
        throw statusError(url, response, token !== undefined, this.#options.clock.now());
      }
      return {
        unchanged: false,
        headers: response.headers,
        body: await this.#read(url, response, options.maxBytes ?? MAX_BYTES),
      };
    }
    throw new SyncError(
      'badAnswer',
      `${url.host} redirects in a circle. Check the address in the settings.`,
    );
  }

  /** Asks for JSON; a web page instead of data is a `badAnswer`. */
  async getJson(
    address: URL | string,
    options: GetOptions = {},
  ): Promise<
    | { readonly unchanged: true }
    | {
        readonly unchanged: false;
        readonly json: unknown;
        readonly headers: Readonly<Record<string, string>>;
      }
  > {
    const answer = await this.get(address, { accept: 'application/json', ...options });
    if (answer.unchanged) return answer;
    return {
      unchanged: false,
      headers: answer.headers,
      json: parseJson(new URL(address), answer.body),
    };
  }

  /**
   * Sends JSON and reads the JSON that comes back. Redirects are not followed.
   * @throws SyncError
   */
  async sendJson(
    method: 'POST' | 'DELETE',
    address: URL | string,
    body: unknown,
  ): Promise<{ readonly json: unknown; readonly headers: Readonly<Record<string, string>> }> {
    const url = new URL(address);
    const token = this.#options.tokenFor(url.origin);
    const response = await this.#send(url, token, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status < 200 || response.status >= 300) {
      await this.#drain(response);
      throw statusError(url, response, token !== undefined, this.#options.clock.now());
    }
    const answer = await this.#read(url, response, MAX_BYTES);
    return { json: parseJson(url, answer), headers: response.headers };
  }

  async #send(url: URL, token: string | undefined, message: Message): Promise<TransportResponse> {
    this.requests++;
    const response = await this.#exchange(url, {
      ...message,
      headers: {
        'user-agent': this.#options.userAgent,
        'accept-encoding': ACCEPT_ENCODING,
        ...message.headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    this.bytesReceived += headerBytes(response.headers);
    return response;
  }

  async #read(url: URL, response: TransportResponse, maxBytes: number): Promise<Buffer> {
    const encoding = response.decoded ? undefined : response.headers['content-encoding'];
    try {
      return await readBody(response.body, encoding, maxBytes, (count) => {
        this.bytesReceived += count;
      });
    } catch (error) {
      if (this.signal.aborted) throw cancelled(error);
      if (SyncError.is(error)) throw error;
      throw new SyncError(
        'badAnswer',
        `The answer of ${url.host} broke off. It is tried again later.`,
        {
          cause: error,
        },
      );
    }
  }

  /** A body that is left unread would keep its connection from being used again. */
  async #drain(response: TransportResponse): Promise<void> {
    try {
      let left = MAX_DRAINED;
      for await (const piece of response.body) {
        this.bytesReceived += piece.length;
        if ((left -= piece.length) < 0) return;
      }
    } catch (error) {
      this.#options.logger.debug(`An answer without use broke off: ${describeError(error)}`);
    }
  }
}

function headerBytes(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    0,
  );
}

function redirected(location: string, from: URL): URL {
  const target = URL.parse(location, from.href);
  if (target !== null) return target;
  throw new SyncError(
    'badAnswer',
    `${from.host} redirects to nowhere. Check the address in the settings.`,
  );
}

function parseJson(url: URL, body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const what = /^\s*</.test(text)
      ? 'a web page instead of data. A proxy or a log-in page may be in the way'
      : 'something that is not JSON';
    throw new SyncError(
      'badAnswer',
      `${url.host} answered with ${what}. Check the network and the address in the settings.`,
      { cause: error },
    );
  }
}
