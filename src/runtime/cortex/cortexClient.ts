import { z } from 'zod';
import { t } from '@vscode/l10n';
import type { Clock } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';
import { isCortexGreeting, wantsKey } from '../../sync/gateway/cortexApi.ts';
import type { DownloadedModel } from '../../sync/gateway/cortexModels.ts';
import { parseDownloadedModels } from '../../sync/gateway/cortexModels.ts';
import { Turns } from '../../sync/gateway/turns.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import type { Logger } from '../../sync/logger.ts';
import { RuntimeError } from '../errors.ts';
import { ANSWER_TIME, inTime } from '../server/inTime.ts';

/** A big model takes minutes to load, from a slow disk many of them. */
const START_TIME = 15 * 60_000;

const listSchema = z.object({ data: z.array(z.unknown()).nullable() });
const pullSchema = z.object({ task: z.object({ id: z.string().min(1) }) });
const importSchema = z.object({ modelHandle: z.string().min(1) });

export interface CortexClientOptions {
  /** Address of the server; ends in a slash. */
  readonly base: URL;
  /** Requests with the server's key, if it wants one. */
  readonly session: (signal: AbortSignal) => HttpSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What a Cortex server can be told to do with the models on its disk. What reads or writes its
 * table of models goes one after another: its handlers share that table without locks.
 * All methods throw RuntimeErrors; `refused` holds the server's own words.
 */
export class CortexClient {
  readonly base: URL;
  readonly #options: CortexClientOptions;
  readonly #turns = new Turns();

  constructor(options: CortexClientOptions) {
    this.base = options.base;
    this.#options = options;
  }

  /** Fails quickly unless a Cortex server answers. Whoever it is gets no key yet. */
  async greet(signal: AbortSignal): Promise<void> {
    const address = this.#address('healthz');
    await this.#ask(async () => {
      const answer = await this.#inTime(
        (inside) => this.#options.session(inside).get(address, { isAnonymous: true }),
        signal,
      );
      if (!answer.unchanged && isCortexGreeting(answer.body)) return;
      throw this.#isNoCortex();
    });
  }

  /** What is on the server's disk; of rows that cannot be read the ids. */
  async installed(signal: AbortSignal): Promise<{
    readonly models: readonly DownloadedModel[];
    readonly unreadable: readonly string[];
  }> {
    const { session, logger } = this.#options;
    return await this.#inTurn(signal, async () => {
      const answer = await session(signal).getJson(this.#address('v1/models'));
      const parsed = listSchema.safeParse(answer.unchanged ? undefined : answer.json);
      if (!parsed.success) throw this.#isNoCortex();
      return parseDownloadedModels(parsed.data.data ?? [], logger);
    });
  }

  /** Fails quickly where the server is too busy to tell. */
  async isRunning(id: string, signal: AbortSignal): Promise<boolean> {
    const address = this.#address(`v1/models/status/${encodeURIComponent(id)}`);
    return await this.#ask(async () => {
      try {
        await this.#inTime((inside) => this.#options.session(inside).getJson(address), signal);
        return true;
      } catch (error) {
        if (SyncError.is(error) && error.status === 400) return false;
        throw error;
      }
    });
  }

  /** Ends when the model has been loaded. */
  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask(() => this.#post('start', { model: id }, signal, START_TIME));
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask(() => this.#post('stop', { model: id }, signal));
  }

  /** Deletes a model and its files, but for those that were taken over where they were. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const address = this.#address(`v1/models/${encodeURIComponent(id)}`);
    await this.#inTurn(signal, () => this.#options.session(signal).sendJson('DELETE', address, {}));
  }

  /**
   * Begins to fetch.
   * @param model `repo:branch` of cortexso, or the address of a file of the Hub
   * @returns the id of the task, which becomes that of the model
   */
  async pull(model: string, signal: AbortSignal): Promise<string> {
    return await this.#inTurn(signal, async () => {
      const parsed = pullSchema.safeParse(await this.#post('pull', { model }, signal));
      if (parsed.success) return parsed.data.task.id;
      throw this.#isNoCortex();
    });
  }

  async stopPull(taskId: string, signal: AbortSignal): Promise<void> {
    const address = this.#address('v1/models/pull');
    await this.#ask(() => this.#options.session(signal).sendJson('DELETE', address, { taskId }));
  }

  /**
   * Takes over a file where it is: deleting the model leaves it there.
   * @returns the id of the model
   */
  async adopt(
    model: { readonly id: string; readonly name: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { id, name, path } = model;
    const body = { model: id, modelPath: path, name, option: 'symlink' };
    return await this.#inTurn(signal, async () => {
      const parsed = importSchema.safeParse(await this.#post('import', body, signal));
      if (parsed.success) return parsed.data.modelHandle;
      throw this.#isNoCortex();
    });
  }

  async #post(
    action: string,
    body: unknown,
    signal: AbortSignal,
    headersTimeout?: number,
  ): Promise<unknown> {
    const address = this.#address(`v1/models/${action}`);
    const options = headersTimeout === undefined ? {} : { headersTimeout };
    return (await this.#options.session(signal).sendJson('POST', address, body, options)).json;
  }

  async #inTime<T>(question: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    return await inTime(question, { host: this.base.host, limit: ANSWER_TIME, clock, signal });
  }

  async #inTurn<T>(signal: AbortSignal, question: () => Promise<T>): Promise<T> {
    return await this.#ask(() => this.#turns.take(question, signal));
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): RuntimeError {
    if (error instanceof RuntimeError) return error;
    const cause = SyncError.from(error);
    const { kind, status, message } = cause;
    if (kind === 'unauthorised' || kind === 'forbidden') {
      return new RuntimeError(kind, wantsKey(this.base.host), { cause });
    }
    // Cortex' handlers say 400 or 409 to whatever they do not do.
    if (status === 400 || status === 409) return new RuntimeError('refused', message, { cause });
    return RuntimeError.from(cause);
  }

  #address(path: string): URL {
    return new URL(path, this.base);
  }

  #isNoCortex(): RuntimeError {
    return new RuntimeError(
      'badAnswer',
      t(
        '{0} does not answer as Cortex does: it may be another program. Check the setting modelHub.cortex.url.',
        this.base.host,
      ),
    );
  }
}
