import { t } from '@vscode/l10n';
import { SyncError } from '../../sync/errors.ts';
import { readUnused } from '../../sync/http/body.ts';
import { networkError, statusError } from '../../sync/http/httpErrors.ts';
import { quotaReports } from '../../sync/http/quota.ts';
import type { TransportResponse } from '../../sync/http/transport.ts';
import { untilAborted } from '../../sync/untilAborted.ts';
import { DownloadError } from '../errors.ts';
import type { PlannedFile } from '../model.ts';
import type { FileServices, FileSource } from './fileDownload.ts';
import {
  checkPublished,
  isVouchedFor,
  OtherBytes,
  redirectedTo,
  resolveUrl,
  strongEtag,
} from './published.ts';
import type { Range } from './ranges.ts';

/** Signed addresses are valid for an hour; they are renewed after that many ms. */
const ADDRESS_LIFE = 55 * 60_000;
const MAX_REDIRECTS = 5;

type Headers = Readonly<Record<string, string>>;

/** Where the bytes are, once the Hub has said so. */
interface Address {
  readonly url: URL;
  readonly since: number;
  /** False once a redirect has led to another origin, which no token is for. */
  readonly isHome: boolean;
  readonly isRedirected: boolean;
  /** What the server there calls the bytes, as far as it has said. */
  etag: string | undefined;
}

/** An answer with bytes, as far as its head tells. */
export interface RangeAnswer {
  readonly url: URL;
  readonly response: TransportResponse;
  /** It is not from where the file is published: only its digest can prove it. */
  readonly isCached?: true;
}

/** Where the bytes of one file are asked for. */
export interface ByteSource {
  /** Who is asked. */
  readonly host: string;
  /** What the server calls the bytes; undefined if it has not said. */
  readonly etag: string | undefined;
  /**
   * Asks for a range of the file; the answer is 200 or 206.
   * @throws DownloadError; SyncError of the transport
   */
  ask(range: Range, signal: AbortSignal): Promise<RangeAnswer>;
}

/**
 * Finds the bytes of a file. Each question at the Hub counts as a download, so the address it
 * redirects to is used for all ranges, until it is refused or old; those who need a new one wait
 * for the one who asks.
 */
export class Location implements ByteSource {
  readonly #source: FileSource;
  readonly #file: PlannedFile;
  readonly #services: FileServices;
  #address: Address | undefined;
  #asking: Promise<unknown> | undefined;
  #etag: string | undefined;
  #hasAnswered = false;

  /** @param etag what the bytes that are there already were called, if that is known */
  constructor(
    source: FileSource,
    file: PlannedFile,
    services: FileServices,
    etag: string | undefined,
  ) {
    this.#source = source;
    this.#file = file;
    this.#services = services;
    this.#etag = etag;
  }

  get host(): string {
    return (this.#address?.url ?? this.#source.endpoint).host;
  }

  get etag(): string | undefined {
    return this.#etag;
  }

  async ask(range: Range, signal: AbortSignal): Promise<RangeAnswer> {
    for (;;) {
      const known = this.#known();
      if (known !== undefined) {
        const response = await this.#send(known, range, signal);
        if (!isRefused(response.status) || !known.isRedirected) {
          return await this.#accept(known, response, signal);
        }
        await readUnused(response, signal, this.#services.logger);
        if (this.#address === known) this.#address = undefined;
      } else if (this.#asking !== undefined) {
        await untilAborted(this.#asking, signal);
      } else {
        return await this.#find(range, signal);
      }
    }
  }

  #known(): Address | undefined {
    const age = this.#services.clock.now() - (this.#address?.since ?? 0);
    return age >= 0 && age < ADDRESS_LIFE ? this.#address : undefined;
  }

  /** Asks the Hub, with the range along, so that its redirect ends at the bytes at once. */
  async #find(range: Range, signal: AbortSignal): Promise<RangeAnswer> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#asking = promise;
    let target: Address | undefined;
    try {
      const { address, response } = await this.#follow(range, signal, (next) => (target = next));
      const answer = await this.#accept(address, response, signal);
      // Only here: an answer that was long on its way must not bring an older address back.
      this.#address = address;
      return answer;
    } catch (error) {
      // Whoever asked has left; what the Hub has said holds for those who wait.
      if (signal.aborted) this.#address = target;
      throw error;
    } finally {
      this.#asking = undefined;
      resolve(undefined);
    }
  }

  /** @param onRedirect told of each further address before it is asked */
  async #follow(
    range: Range,
    signal: AbortSignal,
    onRedirect: (target: Address) => void,
  ): Promise<{ address: Address; response: TransportResponse }> {
    let address: Address = {
      url: resolveUrl(this.#source, this.#file.path),
      since: this.#services.clock.now(),
      isHome: true,
      isRedirected: false,
      etag: this.#etag,
    };
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const { url, isHome, etag } = address;
      const response = await this.#send(address, range, signal);
      const { headers } = response;
      if (isHome) checkPublished(url, headers, this.#source, this.#file);
      const target = redirectedTo(url, response);
      if (target === undefined) return { address, response };
      await readUnused(response, signal, this.#services.logger);
      address = {
        ...address,
        url: target,
        isHome: isHome && target.origin === url.origin,
        isRedirected: true,
        // Each edge has its own name for the bytes. Those that the Hub vouches for need none.
        etag: isHome && isVouchedFor(headers, this.#file) ? undefined : etag,
      };
      onRedirect(address);
    }
    throw new DownloadError(
      'badAnswer',
      t('{0} redirects in a circle. Check the address in the settings.', address.url.host),
    );
  }

  async #send(address: Address, range: Range, signal: AbortSignal): Promise<TransportResponse> {
    const { url, isHome, etag } = address;
    const token = isHome ? this.#services.tokenFor(url.origin) : undefined;
    const headers = {
      'user-agent': this.#services.userAgent,
      'accept-encoding': 'identity',
      range: `bytes=${range.start}-${range.end - 1}`,
      ...(etag !== undefined && { 'if-range': etag }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    try {
      return await this.#services.send({ method: 'GET', url, headers, signal });
    } catch (error) {
      throw error instanceof SyncError ? error : networkError(url, error);
    }
  }

  /** The answer if it brings bytes of what was begun with. */
  async #accept(
    address: Address,
    response: TransportResponse,
    signal: AbortSignal,
  ): Promise<RangeAnswer> {
    const { url } = address;
    const { status, headers } = response;
    if (status !== 200 && status !== 206) throw await this.#refusal(address, response, signal);
    const etag = strongEtag(headers) ?? address.etag;
    if (address.etag !== undefined && etag !== address.etag) {
      throw new OtherBytes(url, !this.#hasAnswered);
    }
    this.#hasAnswered = true;
    address.etag = etag;
    this.#etag = etag;
    return { url, response };
  }

  async #refusal(
    { url, isHome }: Address,
    response: TransportResponse,
    signal: AbortSignal,
  ): Promise<DownloadError> {
    const { status, headers } = response;
    const { tokenFor, tokenCommand, clock, logger } = this.#services;
    const body = await readUnused(response, signal, logger);
    if (status === 416) return new OtherBytes(url);
    if (!isHome && (status === 401 || status === 403)) {
      return new DownloadError(
        'server',
        t(
          '{0} refuses the address that the Hub has just given (error {1}). It is tried again later.',
          url.host,
          status,
        ),
      );
    }
    const error = statusError(
      url,
      { status, headers, body },
      {
        token: isHome ? tokenFor(url.origin) : undefined,
        tokenCommand: tokenCommand?.(url.origin),
        now: clock.now(),
      },
    );
    const retryAt = saysWhen(headers) ? error.retryAt : undefined;
    return new DownloadError(error.kind, error.message, { cause: error, retryAt });
  }
}

/** Whether an address that worked once does not any more: it may have expired. */
function isRefused(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 416, 429].includes(status);
}

/** Whether a 429 says until when; without a word of it, our own patience decides. */
function saysWhen(headers: Headers): boolean {
  return headers['retry-after'] !== undefined || quotaReports(headers).length > 0;
}
