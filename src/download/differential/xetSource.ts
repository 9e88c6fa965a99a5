import { Readable } from 'node:stream';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../../sync/errors.ts';
import { DownloadError } from '../errors.ts';
import type { FileServices, FileSource } from '../file/fileDownload.ts';
import type { ByteSource, RangeAnswer } from '../file/location.ts';
import type { Range } from '../file/ranges.ts';
import type { PlannedFile } from '../model.ts';
import type { CasClient, Reconstruction } from './casClient.ts';
import { guardedChunks } from './xorbGuard.ts';

type XetServices = Pick<FileServices, 'send' | 'userAgent'>;

/**
 * The bytes of a file as Xet storage keeps them: chunks that are put together here. For files that
 * the Hub does not hand out in any other way.
 */
export class XetSource implements ByteSource {
  readonly etag = undefined;
  readonly #source: FileSource;
  readonly #file: PlannedFile;
  readonly #xetHash: string;
  readonly #cas: CasClient;
  readonly #services: XetServices;

  constructor(
    source: FileSource,
    file: PlannedFile,
    xetHash: string,
    cas: CasClient,
    services: XetServices,
  ) {
    this.#source = source;
    this.#file = file;
    this.#xetHash = xetHash;
    this.#cas = cas;
    this.#services = services;
  }

  get host(): string {
    return this.#source.endpoint.host;
  }

  /** @throws SyncError of the storage; DownloadError `badAnswer`, also while the answer is read */
  async ask(range: Range, signal: AbortSignal): Promise<RangeAnswer> {
    const { start, end } = range;
    const { size } = this.#file;
    const { XetBlob } = await import('./xetDecoder.lazy.ts');
    // The decoder has no words for what goes wrong with it.
    const told = await this.#cas.reconstruction(this.#source, this.#xetHash, range, signal);
    const { url, accessToken, expiresAt } = await this.#cas.token(this.#source, signal);
    const casUrl = url.href.replace(/\/$/, '');
    const file = new XetBlob({
      ...{ hash: this.#xetHash, size, refreshUrl: casUrl, parallelDownloads: false },
      readToken: { accessToken, casUrl, exp: expiresAt / 1_000 },
      fetch: (input, init) => this.#fetch(input, init, { told, range, signal }),
    });
    const part = await file.slice(start, end).response().catch(throwTyped);
    const response = {
      status: 206,
      headers: {
        'content-range': `bytes ${start}-${end - 1}/${size}`,
        'content-length': String(end - start),
      },
      // Its stream would make a word of each error.
      body: readable(part.body),
      decoded: false,
    };
    return { url: this.#source.endpoint, response };
  }

  /** What the decoder asks for: the reconstruction, anew once an address is refused, or bytes. */
  async #fetch(
    input: string | URL | Request,
    init: RequestInit | undefined,
    asked: {
      told: Reconstruction | undefined;
      readonly range: Range;
      readonly signal: AbortSignal;
    },
  ): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const { told, range, signal } = asked;
    if (url.pathname.endsWith(`/reconstructions/${this.#xetHash}`)) {
      asked.told = undefined;
      return Response.json(
        told ?? (await this.#cas.reconstruction(this.#source, this.#xetHash, range, signal)),
      );
    }
    const headers: Record<string, string> = {
      ...Object.fromEntries(new Headers(init?.headers)),
      ...{ 'user-agent': this.#services.userAgent, 'accept-encoding': 'identity' },
    };
    const answer = await this.#services.send({ ...{ method: 'GET', url, headers, signal } });
    const { body, ...rest } = guardedChunks(answer, headers['range'] ?? '');
    const copied = Readable.toWeb(Readable.from(copies(body))) as ReadableStream<Uint8Array>;
    return new Response(copied, rest);
  }
}

/** The decoder gives away the memory of what it gets, which a Buffer shares with others. */
async function* copies(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of body) yield new Uint8Array(piece);
}

/** What the decoder throws that is not an error of ours says that the answer makes no sense. */
async function* readable(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body;
  } catch (error) {
    throwTyped(error);
  }
}

function throwTyped(error: unknown): never {
  if (error instanceof SyncError || error instanceof DownloadError) throw error;
  throw new DownloadError(
    'badAnswer',
    t(
      'Xet storage answered something that cannot be put together ({0}). It is tried again later.',
      describeError(error),
    ),
    { cause: error },
  );
}
