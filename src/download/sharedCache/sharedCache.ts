import type { Readable } from 'node:stream';
import { t } from '@vscode/l10n';
import { cancelled, describeError, SyncError } from '../../sync/errors.ts';
import type { Clock } from '../../sync/clock.ts';
import type { Transport, TransportResponse } from '../../sync/http/transport.ts';
import type { Logger } from '../../sync/logger.ts';
import { OtherFile } from './provenBytes.ts';
import type { SharedCacheProblem, SharedCacheSettings, SharedCacheStatus } from './model.ts';

/** How long it may take, in ms, until it begins to answer. */
export const ANSWER_PATIENCE = 5_000;
/** And until it says that it has stored what it was sent, in ms. */
const STORE_PATIENCE = 120_000;

export interface SharedCacheOptions {
  readonly settings: SharedCacheSettings | undefined;
  readonly send: Transport;
  /** Like `send`, for bodies that are written as they are read. */
  readonly store: Transport;
  readonly userAgent: string;
  /** Its status is another. */
  readonly onDidChange: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A question about one file. */
export interface CacheQuestion {
  readonly sha256: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A file to be stored. */
export interface CacheGift {
  readonly sha256: string;
  readonly size: number;
  readonly body: Readable;
  readonly signal: AbortSignal;
}

/** That a cache has a file. */
export interface CacheAnswer {
  readonly url: URL;
  readonly response: TransportResponse;
  /** Nothing more of it is wanted. */
  readonly end: () => void;
}

/**
 * A content-addressed HTTP cache that a team shares, as nginx (WebDAV) and bazel-remote serve it:
 * `GET`, `HEAD` and `PUT` of `cas/<sha256>`. It can cost time and nothing else: all bytes are proven
 * by their digest, and at the first trouble it is not asked again until the session ends, the
 * network is another, or the user changes what is said of it. What is known of it is known for the
 * session of one window.
 */
export class SharedCache {
  readonly #options: SharedCacheOptions;
  #settings: SharedCacheSettings | undefined;
  #base: URL | undefined;
  #dropped: SharedCacheStatus['dropped'];
  #refusesFiles: string | undefined;
  #received = 0;
  #offered = 0;

  constructor(options: SharedCacheOptions) {
    this.#options = options;
    this.#take(options.settings);
  }

  /** Undefined if there is none. */
  get status(): SharedCacheStatus | undefined {
    if (this.#base === undefined) return undefined;
    return {
      ...{ host: this.#base.host, received: this.#received, offered: this.#offered },
      ...(this.#dropped && { dropped: this.#dropped }),
      ...(this.#refusesFiles !== undefined && { refusesFiles: this.#refusesFiles }),
    };
  }

  /** There is one, and nothing speaks against asking it. */
  get isUsable(): boolean {
    return this.#base !== undefined && this.#dropped === undefined;
  }

  /** It is usable, and takes files. */
  get takesFiles(): boolean {
    const isAllowed = this.#settings?.access === 'readWrite';
    return this.isUsable && isAllowed && this.#refusesFiles === undefined;
  }

  get host(): string {
    return this.#base?.host ?? '';
  }

  /** Takes over settings; others than before are tried, whatever was wrong with those. */
  configure(settings: SharedCacheSettings | undefined): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#take(settings);
    this.#options.onDidChange();
  }

  /** What could not be reached from one network may be reached from another. */
  networkChanged(): void {
    if (this.#dropped?.problem !== 'unusable') return;
    this.#dropped = undefined;
    this.#options.onDidChange();
  }

  /**
   * Asks for a file, or whether it is there. Redirects are not followed: no cache of files by their
   * digests needs one.
   * @returns an answer of status 200 or 206; undefined if the file is not there, or the cache is of
   *   no use and is dropped
   * @throws SyncError `cancelled`
   */
  async ask({ sha256, method, headers, signal }: CacheQuestion): Promise<CacheAnswer | undefined> {
    const url = this.#addressOf(sha256);
    if (url === undefined || !this.isUsable) return undefined;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const { clock, send } = this.#options;
    const late = new AbortController();
    const patience = clock.after(ANSWER_PATIENCE, () => {
      late.abort();
      end();
    });
    try {
      const asking = AbortSignal.any([signal, ending.signal]);
      const all = { ...this.#headers, ...headers };
      const response = await send({ method, url, headers: all, signal: asking });
      if (response.status === 200 || response.status === 206) return { url, response, end };
      end();
      this.#refused(response.status);
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      if (late.signal.aborted) this.isTooSlow();
      else this.failed(error);
    } finally {
      patience.dispose();
    }
    return undefined;
  }

  /**
   * Stores a file. A cache that does not take it is offered nothing more in this session.
   * @returns whether it is there now
   * @throws SyncError `cancelled`; OtherFile of the body
   */
  async give({ sha256, size, body, signal }: CacheGift): Promise<boolean> {
    const url = this.#addressOf(sha256);
    if (url === undefined || !this.takesFiles) return false;
    const { host } = url;
    try {
      const headers = { ...this.#headers, 'content-length': String(size) };
      const ending = new AbortController();
      const { status } = await this.#options.store({
        ...{ method: 'PUT', url, headers, stream: body, headersTimeout: STORE_PATIENCE },
        signal: AbortSignal.any([signal, ending.signal]),
      });
      ending.abort();
      if (status >= 200 && status < 300) return true;
      this.#refuseFiles(
        isRefusal(status)
          ? this.#refusalWords(status)
          : t('The shared cache {0} takes no files (error {1}).', host, status),
      );
    } catch (error) {
      if (signal.aborted) throw cancelled(error);
      if (body.errored instanceof OtherFile) throw body.errored;
      this.#refuseFiles(t('The shared cache {0} did not take a file: {1}', host, wordsOf(error)));
    }
    return false;
  }

  /** Nothing comes from it, or it breaks off. */
  failed(error: unknown): void {
    this.#drop('unusable', t('The shared cache {0} fails: {1}', this.host, wordsOf(error)));
  }

  /** It keeps us waiting for too long. */
  isTooSlow(): void {
    this.#drop('unusable', t('The shared cache {0} is too slow.', this.host));
  }

  /** What it has under a digest are other bytes. */
  hasWrongBytes(sha256: string): void {
    const { host } = this;
    this.#drop(
      'wrong',
      t('The shared cache {0} has wrong bytes as {1}: have it removed there.', host, sha256),
    );
  }

  noteReceived(bytes: number): void {
    this.#received += bytes;
    this.#options.onDidChange();
  }

  noteOffered(bytes: number): void {
    this.#offered += bytes;
    this.#options.onDidChange();
  }

  #take(settings: SharedCacheSettings | undefined): void {
    this.#settings = settings;
    this.#base = settings && baseOf(settings.url);
    this.#dropped = undefined;
    this.#refusesFiles = undefined;
  }

  /** Once: what else fails because of it says nothing new. */
  #drop(problem: SharedCacheProblem, message: string): void {
    if (!this.isUsable) return;
    this.#dropped = { problem, message };
    this.#options.logger.warn(`${message} It is not used any more in this session.`);
    this.#options.onDidChange();
  }

  /** An answer that is neither the file nor that it is not there. */
  #refused(status: number): void {
    const { host } = this;
    if (status === 404 || status === 410) return;
    if (isRefusal(status)) this.#drop('refused', this.#refusalWords(status));
    else this.#drop('unusable', t('The shared cache {0} answered with error {1}.', host, status));
  }

  #refusalWords(status: number): string {
    const { host } = this;
    const command = credentialsCommand();
    return this.#settings?.authorization === undefined
      ? t(
          'The shared cache {0} wants a user name and a password (error {1}). Set them with "{2}".',
          host,
          status,
          command,
        )
      : t(
          'The shared cache {0} rejected the user name or the password (error {1}). Set them anew with "{2}".',
          host,
          status,
          command,
        );
  }

  #refuseFiles(message: string): void {
    if (this.#refusesFiles !== undefined) return;
    this.#refusesFiles = message;
    this.#options.logger.warn(`${message} Nothing more is offered to it in this session.`);
    this.#options.onDidChange();
  }

  get #headers(): Record<string, string> {
    const authorization = this.#settings?.authorization;
    return {
      ...{ 'user-agent': this.#options.userAgent, 'accept-encoding': 'identity' },
      ...(authorization !== undefined && { authorization }),
    };
  }

  #addressOf(sha256: string): URL | undefined {
    return this.#base && new URL(`cas/${sha256}`, this.#base);
  }
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

/** The title of the command that sets who we are there. */
function credentialsCommand(): string {
  return t('Model Hub: Set Shared Cache Password…');
}

function wordsOf(error: unknown): string {
  return error instanceof SyncError ? error.message : describeError(error);
}

/** The address that files are below, with a slash at its end; who we are is not said in it. */
function baseOf(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
