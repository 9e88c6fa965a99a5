import { z } from 'zod';
import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import type { CortexModel } from './cortexModels.ts';
import { parseCortexModels } from './cortexModels.ts';
import { modelIdSchema } from './repository.ts';
import { Turns } from './turns.ts';

const HUGGING_FACE = 'https://huggingface.co/';
/** Cortex answers a POST only after all of its own questions to the Hub, which have no timeout. */
const ADD_TIMEOUT = 10 * 60_000;

/** What Jan asked for; of other authors, what Cortex could run at all. */
const TAGS: Readonly<Record<string, string>> = { cortexso: 'cortex.cpp' };
const OTHER_TAG = 'gguf';

const answerSchema = z.object({ data: z.array(z.unknown()).nullable() });

/** What a greeting needs of a session. */
export type Greeter = Pick<HttpSession, 'get' | 'signal'>;

/**
 * What we ask a Cortex server, one request at a time: its request handlers share tables without
 * locks. It is never asked for `/v1/configs`, which tells the user's Hugging Face token.
 * All methods reject with a SyncError whose message speaks of Cortex.
 */
export class CortexApi {
  readonly #base: URL;
  readonly #turns = new Turns();

  /** @param base address of the server; ends in a slash */
  constructor(base: URL) {
    this.#base = base;
  }

  /** `host:port`, for messages. */
  get host(): string {
    return this.#base.host;
  }

  /** Asks who listens there, without a key. @throws SyncError unless it is Cortex */
  async greet(http: Greeter): Promise<void> {
    const address = new URL('healthz', this.#base);
    const answer = await this.#ask(http, () => http.get(address, { isAnonymous: true }));
    if (answer.unchanged || !isCortexGreeting(answer.body)) throw this.#isNoCortex();
  }

  /** Elements of `GET /v1/models/sources`, in no order: what was posted to the server. */
  async sources(http: HttpSession): Promise<readonly unknown[]> {
    return await this.#list(http, 'v1/models/sources');
  }

  /**
   * `GET /v1/models/hub`: repositories of an author that the server could add. It asks the Hub
   * once and repeats the answer as long as it runs, so this is a hint.
   */
  async offered(http: HttpSession, author: string): Promise<ModelId[]> {
    const query = new URLSearchParams({ author, tag: TAGS[author] ?? OTHER_TAG });
    const ids = await this.#list(http, `v1/models/hub?${query.toString()}`);
    return ids
      .map((id) => modelIdSchema.safeParse(id).data)
      .filter((id) => id?.startsWith(`${author}/`) === true)
      .filter((id) => id !== undefined);
  }

  /** `GET /v1/models`: what is installed, what could be, and what runs elsewhere. */
  async models(http: HttpSession, logger: Logger): Promise<CortexModel[]> {
    return parseCortexModels(await this.#list(http, 'v1/models'), logger);
  }

  /** `POST /v1/models/sources`: makes the server fetch what it has to know of a repository. */
  async add(http: HttpSession, id: ModelId): Promise<void> {
    const address = new URL('v1/models/sources', this.#base);
    const body = { source: HUGGING_FACE + id };
    await this.#ask(http, () =>
      http.sendJson('POST', address, body, { headersTimeout: ADD_TIMEOUT }),
    );
  }

  async #list(http: HttpSession, path: string): Promise<readonly unknown[]> {
    const answer = await this.#ask(http, () => http.getJson(new URL(path, this.#base)));
    const parsed = answerSchema.safeParse(answer.unchanged ? undefined : answer.json);
    if (parsed.success) return parsed.data.data ?? [];
    throw this.#isNoCortex();
  }

  async #ask<T>(http: Pick<HttpSession, 'signal'>, question: () => Promise<T>): Promise<T> {
    return await this.#turns.take(async () => {
      try {
        return await question();
      } catch (error) {
        throw this.#explained(SyncError.from(error));
      }
    }, http.signal);
  }

  #isNoCortex(): SyncError {
    return new SyncError(
      'badAnswer',
      t(
        '{0} answered with something that is not a list of models: it may be no Cortex server. Check the setting modelHub.cortex.url.',
        this.host,
      ),
    );
  }

  /** What the HTTP client says of a refusal is meant for Hugging Face. */
  #explained(cause: SyncError): SyncError {
    const { kind, status } = cause;
    const options = { cause, ...(status !== undefined && { status }) };
    if (kind === 'unauthorised' || kind === 'forbidden') {
      return new SyncError(kind, wantsKey(this.host), options);
    }
    if (kind === 'notFound') {
      return new SyncError(
        kind,
        t(
          '{0} knows nothing of model sources: it is no Cortex server, or an old one. Check the setting modelHub.cortex.url.',
          this.host,
        ),
        options,
      );
    }
    return cause;
  }
}

/** What to do about a server that does not let us in. */
export function wantsKey(host: string): string {
  return t(
    'The Cortex server at {0} wants an API key, or another one. Check "apiKeys" in its file .cortexrc: the first is used while modelHub.cortex.url is not set.',
    host,
  );
}

/** The repository behind the string that a source was posted as: an address or a plain name. */
export function repositoryOfSource(source: string): ModelId | undefined {
  const name = source.startsWith(HUGGING_FACE) ? source.slice(HUGGING_FACE.length) : source;
  return modelIdSchema.safeParse(name).data;
}

/** Whether this is how Cortex answers to `/healthz`, which it does without a key. */
export function isCortexGreeting(body: Buffer): boolean {
  return /\bcortex/i.test(body.toString('utf8'));
}
