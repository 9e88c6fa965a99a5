import { t } from '@vscode/l10n';
import { z } from 'zod';
import { SyncError } from '../../sync/errors.ts';
import { ACCEPT_ENCODING, encodingOf, readBody } from '../../sync/http/body.ts';
import { networkError, statusError } from '../../sync/http/httpErrors.ts';
import type { TransportRequest } from '../../sync/http/transport.ts';
import type { FileServices, FileSource } from '../file/fileDownload.ts';
import type { Range } from '../file/ranges.ts';
import type { Term } from './terms.ts';
import { sizeOfTerms } from './terms.ts';

/** An answer that is longer describes no file that anybody has. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A token is renewed so long, in ms, before it expires. */
const EXPIRES_SOON = 60_000;

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

const pathsSchema = z.array(
  z.object({ path: z.string(), xetHash: hashSchema.optional().catch(undefined) }),
);

const tokenSchema = z.object({
  accessToken: z.string(),
  /** In seconds since 1970. */
  exp: z.int(),
  casUrl: z.url({ protocol: /^https?$/ }),
});

const spanSchema = z.object({ start: z.int().nonnegative(), end: z.int().nonnegative() });

const termsSchema = z.object({
  offset_into_first_range: z.int().nonnegative().default(0),
  terms: z.array(
    z
      .object({ hash: hashSchema, unpacked_length: z.int().positive(), range: spanSchema })
      .refine(({ range }) => range.start < range.end),
  ),
});

const reconstructionSchema = termsSchema.extend({
  xorbs: z.record(
    hashSchema,
    z.array(
      z.object({
        url: z.url(),
        ranges: z.array(z.object({ chunks: spanSchema, bytes: spanSchema })),
      }),
    ),
  ),
});

const olderReconstructionSchema = termsSchema
  .extend({
    fetch_info: z.record(
      hashSchema,
      z.array(z.object({ url: z.url(), range: spanSchema, url_range: spanSchema })),
    ),
  })
  .transform(({ fetch_info: info, ...rest }): z.infer<typeof reconstructionSchema> => {
    const xorbs = Object.entries(info).map(([hash, parts]) => [
      hash,
      parts.map(({ url, range, url_range: bytes }) => ({
        url,
        ranges: [{ chunks: range, bytes }],
      })),
    ]);
    return { ...rest, xorbs: Object.fromEntries(xorbs) as Reconstruction['xorbs'] };
  });

/** What a part of a file is made of and where that is, in the words of the newer route. */
export type Reconstruction = z.infer<typeof reconstructionSchema>;

/** Leave to ask the storage for the files of a revision. */
export interface CasToken {
  readonly accessToken: string;
  /** In ms since 1970. */
  readonly expiresAt: number;
  readonly url: URL;
}

type CasServices = Pick<FileServices, 'send' | 'tokenFor' | 'tokenCommand' | 'userAgent' | 'clock'>;

/**
 * Asks the Hub's content-addressed storage what files are made of
 * (huggingface.co/docs/xet: authentication, reconstructions).
 */
export class CasClient {
  readonly #services: CasServices;
  readonly #tokens = new Map<string, CasToken>();

  constructor(services: CasServices) {
    this.#services = services;
  }

  /**
   * The name that the storage has for a file; undefined if the file is not kept there.
   * @throws SyncError
   */
  async xetHash(
    source: FileSource,
    path: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const url = apiUrl(source, 'paths-info');
    const json = await this.#askHub({
      ...{ method: 'POST', url, signal },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paths: [path], expand: false }),
    });
    const found = parsed(url, pathsSchema, json).find((one) => one.path === path);
    return found?.xetHash;
  }

  /**
   * What a file is made of, in its order.
   * @param size bytes of the file
   * @throws SyncError, also if the terms make up another number of bytes
   */
  async terms(
    source: FileSource,
    xetHash: string,
    size: number,
    signal: AbortSignal,
  ): Promise<readonly Term[]> {
    const { terms: told } = await this.reconstruction(source, xetHash, undefined, signal);
    const terms = told.map(({ hash, range, unpacked_length: length }): Term => ({
      xorb: hash,
      ...range,
      length,
    }));
    if (sizeOfTerms(terms) !== size) throw nonsense(source.endpoint);
    return terms;
  }

  /**
   * What a file is made of, and where to fetch it; by the newer route, or where a server does not
   * have it by the older one.
   * @param range of the file; absent: all of it
   * @throws SyncError
   */
  async reconstruction(
    source: FileSource,
    xetHash: string,
    range: Range | undefined,
    signal: AbortSignal,
  ): Promise<Reconstruction> {
    const ask = (version: string, schema: z.ZodType<Reconstruction>): Promise<Reconstruction> =>
      this.#askCas(source, `${version}/reconstructions/${xetHash}`, range, schema, signal);
    try {
      return await ask('v2', reconstructionSchema);
    } catch (error) {
      if (!SyncError.is(error) || (error.status !== 404 && error.status !== 501)) throw error;
      return await ask('v1', olderReconstructionSchema);
    }
  }

  /** Leave for the files of a revision. @throws SyncError */
  async token(source: FileSource, signal: AbortSignal): Promise<CasToken> {
    const url = apiUrl(source, 'xet-read-token');
    const known = this.#tokens.get(url.href);
    if (known !== undefined && known.expiresAt - this.#services.clock.now() > EXPIRES_SOON) {
      return known;
    }
    const json = await this.#askHub({ method: 'GET', url, headers: {}, signal });
    const { accessToken, exp, casUrl } = parsed(url, tokenSchema, json);
    const token = { accessToken, expiresAt: exp * 1_000, url: new URL(casUrl) };
    this.#tokens.set(url.href, token);
    return token;
  }

  async #askCas<T>(
    source: FileSource,
    path: string,
    range: Range | undefined,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const ask = async (): Promise<T> => {
      const { url: base, accessToken } = await this.token(source, signal);
      const url = new URL(`${base.href.replace(/\/$/, '')}/${path}`);
      const headers = {
        authorization: `Bearer ${accessToken}`,
        ...(range !== undefined && { range: `bytes=${range.start}-${range.end - 1}` }),
      };
      return parsed(url, schema, await this.#ask({ method: 'GET', url, headers, signal }));
    };
    try {
      return await ask();
    } catch (error) {
      if (!SyncError.is(error, 'unauthorised')) throw error;
      // The token may have been withdrawn before its time.
      this.#tokens.delete(apiUrl(source, 'xet-read-token').href);
      return await ask();
    }
  }

  async #askHub(request: TransportRequest): Promise<unknown> {
    const token = this.#services.tokenFor(request.url.origin);
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return await this.#ask({ ...request, headers: { ...request.headers, ...authorization } });
  }

  /** Once more at once after a failure that passes: a whole file may depend on it. */
  async #ask(request: TransportRequest): Promise<unknown> {
    try {
      return await this.#askOnce(request);
    } catch (error) {
      if (request.signal.aborted || !isPassing(error)) throw error;
      return await this.#askOnce(request);
    }
  }

  async #askOnce(request: TransportRequest): Promise<unknown> {
    const { userAgent, send, clock, tokenCommand } = this.#services;
    const { url, signal } = request;
    const headers = {
      ...request.headers,
      ...{ 'user-agent': userAgent, accept: 'application/json' },
      'accept-encoding': ACCEPT_ENCODING,
    };
    try {
      const response = await send({ ...request, headers });
      const encoding = encodingOf(response);
      const body = await readBody(response.body, encoding, MOST_BYTES, () => undefined);
      if (response.status === 200 || response.status === 206)
        return JSON.parse(body.toString('utf8'));
      throw statusError(
        url,
        { ...response, body },
        {
          token: request.headers['authorization']?.replace(/^Bearer /, ''),
          tokenCommand: tokenCommand?.(url.origin),
          now: clock.now(),
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SyntaxError) throw nonsense(url, error);
      throw error instanceof SyncError ? error : networkError(url, error);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!SyncError.is(error)) return false;
  return ['offline', 'timeout'].includes(error.kind) || (error.status ?? 0) >= 502;
}

function apiUrl({ endpoint, model, revision }: FileSource, route: string): URL {
  const base = endpoint.href.replace(/\/$/, '');
  return new URL(`${base}/api/models/${model}/${route}/${revision}`);
}

function parsed<T>(url: URL, schema: z.ZodType<T>, json: unknown): T {
  const { data, error } = schema.safeParse(json);
  if (data === undefined) throw nonsense(url, error);
  return data;
}

function nonsense({ host }: URL, cause?: unknown): SyncError {
  return new SyncError(
    'badAnswer',
    t('{0} answered something that makes no sense. It is tried again later.', host),
    { cause },
  );
}
