import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import type { Logger } from '../../sync/logger.ts';
import { CortexClient } from '../cortex/cortexClient.ts';
import { RuntimeError } from '../errors.ts';
import type { Runtime, RuntimeListing } from '../runtime.ts';
import { ANSWER_TIME, inTime } from './inTime.ts';
import type { ServerFlavour, ServerQuestions } from './serverFlavours.ts';
import { SERVER_FLAVOURS } from './serverFlavours.ts';

export interface ServerRuntimeOptions {
  /** See parseServerAddress. */
  readonly address: URL;
  /** The user named it, and wants to know what is wrong with it. */
  readonly isWanted: boolean;
  /** Requests with the user's tokens. */
  readonly session: (signal: AbortSignal) => HttpSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The base address of a server, ending in a slash, whether it is given with `/v1` or without.
 * Undefined if it is no address.
 */
export function parseServerAddress(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+(?:v1\/*)?$/, '')}/`;
  return url;
}

/** An OpenAI-compatible server: llama.cpp, LM Studio, Ollama, or any other. */
export class ServerRuntime implements Runtime {
  readonly id: string;
  readonly kind = 'server';
  readonly actions = {};
  readonly #options: ServerRuntimeOptions;
  /** What it was when it last answered. */
  #flavour: ServerFlavour | undefined;

  constructor(options: ServerRuntimeOptions) {
    this.#options = options;
    this.id = `server ${options.address.href.replace(/\/$/, '')}`;
  }

  async list(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    try {
      return await this.#ask(signal);
    } catch (error) {
      const failure = RuntimeError.from(error);
      if (signal.aborted) throw failure;
      // Nothing listens there.
      if (failure.kind === 'offline') return undefined;
      // What answers at a usual port may be anything, unless it was one of these before.
      if (this.#options.isWanted || this.#flavour !== undefined) throw failure;
      this.#options.logger.debug(`${this.id}: ${failure.message}`);
      return undefined;
    }
  }

  /** Nobody tells when a server loads another model. */
  watch(): Disposable {
    return { dispose: () => undefined };
  }

  async #ask(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    const { address } = this.#options;
    const questions = new Questions(this.#options, signal);
    const known = this.#flavour === undefined ? [] : [this.#flavour];
    for (const flavour of new Set([...known, ...SERVER_FLAVOURS])) {
      const entries = await flavour.list(questions);
      if (entries === undefined) continue;
      this.#flavour = flavour;
      if (flavour.isElsewhere) return undefined;
      const { name = t('Server at {0}', address.host) } = flavour;
      return { name, api: new URL('v1', address).href, entries };
    }
    this.#flavour = undefined;
    throw new RuntimeError(
      'badAnswer',
      t(
        '{0} lists no models: it may be another program. Check the setting modelHub.servers.',
        address.host,
      ),
    );
  }
}

/** The questions of one listing. */
class Questions implements ServerQuestions {
  readonly #options: ServerRuntimeOptions;
  readonly #signal: AbortSignal;
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor(options: ServerRuntimeOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async json(path: string): Promise<unknown> {
    const known = this.#answers.get(path);
    if (known !== undefined) return await known;
    const answer = this.#fetch(path);
    this.#answers.set(path, answer);
    return await answer;
  }

  async isCortex(): Promise<boolean> {
    const client = new CortexClient({ ...this.#options, base: this.#options.address });
    try {
      await client.greet(this.#signal);
      return true;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      return false;
    }
  }

  async #fetch(path: string): Promise<unknown> {
    const { address, session, clock } = this.#options;
    const limit = { host: address.host, limit: ANSWER_TIME, clock, signal: this.#signal };
    try {
      const ask = (signal: AbortSignal) => session(signal).getJson(new URL(path, address));
      const answer = await inTime(ask, limit);
      return answer.unchanged ? undefined : answer.json;
    } catch (error) {
      const { kind, status = 0 } = SyncError.from(error);
      // It has no such path, or a web page there.
      if (kind === 'notFound' || kind === 'badAnswer') return undefined;
      if (kind === 'server' && status >= 400 && status < 500) return undefined;
      throw error;
    }
  }
}
