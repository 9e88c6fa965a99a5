import { t } from '@vscode/l10n';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { SyncError } from '../errors.ts';
import { ACCEPT_ENCODING } from './body.ts';
import type { Cost, Question, Received } from './exchanges.ts';
import { Exchanges } from './exchanges.ts';
import { statusError } from './httpErrors.ts';
import { parseJson } from './json.ts';
import type { Priority } from './limiter.ts';
import type { Link } from './linkQuality.ts';
import type { QuotaStatus } from './quota.ts';
import { redirectTarget } from './redirects.ts';
import type { Transport, TransportRequest } from './transport.ts';

export type { Priority } from './limiter.ts';

/** How much an answer may weigh, unless the caller knows better. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What an address of data is asked for. */
export const JSON_TYPE = 'application/json';
const MAX_REDIRECTS = 5;

type Headers = Readonly<Record<string, string>>;

export interface GetOptions {
  /** The ETag of what the caller has: the answer may then be `unchanged`. */
  readonly etag?: string | undefined;
  readonly maxBytes?: number;
  readonly accept?: string;
  /** Asks without a token: who answers has not shown yet what it is. */
  readonly isAnonymous?: boolean;
}

/** The answer to a GET: a body, or the word that the caller's copy is the newest. */
export type Answer =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false;
      /** Not to be changed: others may have got the same one. */
      readonly body: Buffer;
      readonly headers: Headers;
    };

export interface HttpClientOptions {
  readonly transport: Transport;
  /** Tried once for an origin that `transport` cannot reach, and kept for it while it works. */
  readonly fallback?: Transport;
  /** The token for an origin, if the user gave one for just that origin. */
  readonly tokenFor: (origin: string) => string | undefined;
  /** The title of the command that sets the token for an origin, if there is one. */
  readonly tokenCommand?: (origin: string) => string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one HTTP client: conditional requests, redirects, tokens, quotas, decoding, typed errors. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #exchanges: Exchanges;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#exchanges = new Exchanges(options);
  }

  /** How good the way to the network is. */
  get link(): Link {
    return this.#exchanges.link;
  }

  /** See Quotas.list. */
  quotas(): QuotaStatus[] {
    return this.#exchanges.quotas();
  }

  /** The transport goes other ways from now on: what was learnt of the old ones is forgotten. */
  networkChanged(): void {
    this.#exchanges.networkChanged();
  }

  /** A view of the client that counts what one run of one source costs. */
  session(signal: AbortSignal, priority: Priority = 'foreground'): HttpSession {
    return new HttpSession(this.#options, this.#exchanges, signal, priority);
  }
}

/** Requests of one run, with what they cost. What another session has asked already is free. */
export class HttpSession implements Cost {
  readonly #options: HttpClientOptions;
  readonly #exchanges: Exchanges;
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Requests sent, redirects included. */
  requests = 0;
  /** Bytes of header fields, without compression of them, and of bodies sent. */
  bytesSent = 0;
  /**
   * Bytes of header fields, without compression of them, and of encoded bodies received. What
   * the editor's own network stack fetched is counted decoded.
   */
  bytesReceived = 0;
  /** Bytes that a 304 saved: the encoded body of the last full answer, where that is known. */
  bytesSaved = 0;

  constructor(
    options: HttpClientOptions,
    exchanges: Exchanges,
    signal: AbortSignal,
    priority: Priority,
  ) {
    this.#options = options;
    this.#exchanges = exchanges;
    this.signal = signal;
    this.priority = priority;
  }

  /**
   * Asks for a resource. Redirects are followed; a token is sent only to the origin it was given
   * for, so never along with a redirect to another host, port or scheme.
   * @throws SyncError
   */
  async get(address: URL | string, options: GetOptions = {}): Promise<Answer> {
    let url = new URL(address);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const { status, headers, body } = await this.#ask(url, {
        method: 'GET',
        maxBytes: options.maxBytes ?? MAX_BYTES,
        isAnonymous: options.isAnonymous === true,
        headers: {
          ...(options.accept !== undefined && { accept: options.accept }),
          ...(options.etag !== undefined && { 'if-none-match': options.etag }),
        },
      });
      if (status === 304) {
        if (options.etag !== undefined) return { unchanged: true };
        throw new SyncError(
          'badAnswer',
          t(
            '{0} says that nothing has changed, though it was asked for everything. A proxy may be in the way: check its settings.',
            url.host,
          ),
        );
      }
      if (status >= 200 && status < 300) return { unchanged: false, headers, body };
      url = redirected(headers, url);
    }
    throw new SyncError(
      'badAnswer',
      t('{0} redirects in a circle. Check the address in the settings.', url.host),
    );
  }

  /**
   * The ETag that a resource has now, without its body; undefined if the server does not tell.
   * @throws SyncError
   */
  async etagOf(address: URL | string, accept: string): Promise<string | undefined> {
    const question = { method: 'HEAD', maxBytes: 0, headers: { accept } } as const;
    const { headers } = await this.#ask(new URL(address), question);
    return headers['etag'];
  }

  /** Asks for JSON; a web page instead of data is a `badAnswer`. */
  async getJson(
    address: URL | string,
    options: GetOptions = {},
  ): Promise<
    | { readonly unchanged: true }
    | { readonly unchanged: false; readonly json: unknown; readonly headers: Headers }
  > {
    const answer = await this.get(address, { accept: JSON_TYPE, ...options });
    if (answer.unchanged) return answer;
    return {
      unchanged: false,
      headers: answer.headers,
      json: parseJson(new URL(address), answer.body),
    };
  }

  /**
   * Sends JSON and reads the JSON that comes back. Redirects are not followed.
   * @param options `headersTimeout`: see TransportRequest
   * @throws SyncError with the `status` of an answer that is an error
   */
  async sendJson(
    method: 'POST' | 'DELETE',
    address: URL | string,
    body: unknown,
    options: Pick<TransportRequest, 'headersTimeout'> = {},
  ): Promise<{ readonly json: unknown; readonly headers: Headers }> {
    const url = new URL(address);
    const answer = await this.#ask(url, {
      ...options,
      method,
      maxBytes: MAX_BYTES,
      headers: { accept: JSON_TYPE, 'content-type': JSON_TYPE },
      body: JSON.stringify(body),
    });
    return { json: parseJson(url, answer.body), headers: answer.headers };
  }

  /** Sends one request; what comes back is no error, but perhaps a redirect. */
  async #ask(
    url: URL,
    {
      isAnonymous = false,
      ...question
    }: Omit<Question, 'url' | 'token'> & Pick<GetOptions, 'isAnonymous'>,
  ): Promise<Received> {
    const { tokenFor, tokenCommand, userAgent, clock } = this.#options;
    const token = isAnonymous ? undefined : tokenFor(url.origin);
    const answer = await this.#exchanges.ask(
      {
        ...question,
        url,
        token,
        headers: {
          'user-agent': userAgent,
          'accept-encoding': ACCEPT_ENCODING,
          ...question.headers,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      { cost: this, priority: this.priority, signal: this.signal },
    );
    if (isWanted(answer, question.method)) return answer;
    throw statusError(url, answer, {
      token,
      tokenCommand: tokenCommand?.(url.origin),
      now: clock.now(),
    });
  }
}

function isWanted({ status, headers }: Received, method: Question['method']): boolean {
  if (status >= 200 && status < 300) return true;
  if (method !== 'GET') return false;
  return status === 304 || (status >= 300 && status < 400 && headers['location'] !== undefined);
}

function redirected(headers: Headers, from: URL): URL {
  const target = redirectTarget(from, headers['location'] ?? '');
  if (target !== undefined) return target;
  throw new SyncError(
    'badAnswer',
    t('{0} redirects to nowhere. Check the address in the settings.', from.host),
  );
}
