import type { ResourceLimits, Worker } from 'node:worker_threads';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { hostFetch } from './hostFetch.ts';
import type { Translations } from './language.ts';
import type { ErrorClasses } from './rpc.ts';
import { RpcPeer } from './rpc.ts';

export interface WorkerThreadOptions<Ready> {
  /** For the log. */
  readonly name: string;
  /** The file of its program. */
  readonly program: () => string;
  /** What the program is started with. */
  readonly data: () => Promise<unknown>;
  /** What it may use of the machine; absent: as usual. */
  readonly limits?: ResourceLimits;
  /** For people: what it means that the thread ended unexpectedly, and what to do. */
  readonly lost: string;
  /** Classes of errors that cross besides SyncError. */
  readonly errors?: ErrorClasses;
  /** What the thread says in place of its English sentences; absent: nothing. */
  readonly translations?: Translations | undefined;
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** Listens to events and answers calls, before the program runs. */
  readonly prepare: (peer: RpcPeer) => void;
  /** Called before anything is answered. */
  readonly onDidStart?: (ready: Ready) => void;
  /** It ended without having been asked to. */
  readonly onDidEnd?: () => void;
}

interface Running<Ready> {
  readonly worker: Worker;
  readonly peer: RpcPeer;
  readonly ready: Ready;
}

/**
 * A program in a thread of its own, as the extension host sees it: started when it is first needed,
 * and again with the next call after it ended unexpectedly. It tells by the event `ready` that it
 * can be asked.
 */
export class WorkerThread<Ready> {
  readonly #options: WorkerThreadOptions<Ready>;
  #running: Promise<Running<Ready>> | undefined;
  #closed = false;

  constructor(options: WorkerThreadOptions<Ready>) {
    this.#options = options;
  }

  /** Starts it, if it does not run. */
  async start(): Promise<Ready> {
    return (await this.#started()).ready;
  }

  /** Asks it; starts it for that. @throws SyncError, or another of the classes that cross */
  async call(
    method: string,
    argument?: unknown,
    signal?: AbortSignal,
    onPart?: (part: unknown) => void,
  ): Promise<unknown> {
    const { peer } = await this.#started();
    return await peer.call(method, argument, signal, onPart);
  }

  /** Asks it only if it runs. */
  async callIfRunning(method: string, argument?: unknown): Promise<void> {
    if (this.#running === undefined) return;
    const { peer } = await this.#running;
    await peer.call(method, argument);
  }

  /** Ends it in order and starts it anew. */
  async restart(): Promise<Ready> {
    await this.#end();
    return await this.start();
  }

  /** Ends it in order, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    const { name, logger } = this.#options;
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (running === undefined) return;
    await running.peer.call('close', undefined).catch((error: unknown) => {
      logger.warn(`The ${name} did not close in order: ${describeError(error)}`);
    });
    await running.worker.terminate();
  }

  async #started(): Promise<Running<Ready>> {
    if (this.#closed) throw new SyncError('cancelled', t('The editor is closing.'));
    return await (this.#running ?? this.#begin());
  }

  #begin(): Promise<Running<Ready>> {
    const forget = (): boolean => {
      const isCurrent = this.#running === launched;
      if (isCurrent) this.#running = undefined;
      return isCurrent;
    };
    const launched = this.#launch(forget);
    launched.catch(forget);
    this.#running = launched;
    return launched;
  }

  /** @param forget whether it still was the one to speak to */
  async #launch(forget: () => boolean): Promise<Running<Ready>> {
    const { name, program, data, lost, errors, fetch, logger, prepare } = this.#options;
    const { onDidStart, onDidEnd, limits, translations } = this.#options;
    // Threads cost activation some ms to load, and are not needed by then.
    const { Worker } = await import('node:worker_threads');
    const { passLanguageOn } = await import('./language.ts');
    passLanguageOn(translations);
    const worker = new Worker(program(), {
      workerData: await data(),
      ...(limits && { resourceLimits: limits }),
    });
    worker.unref();
    const peer = new RpcPeer(worker, errors);
    const ready = Promise.withResolvers<Ready>();
    peer.on('ready', (value: Ready) => ready.resolve(value));
    peer.on('log', ({ level, message }: { level: keyof Logger; message: string }) =>
      logger[level](message),
    );
    peer.handle('fetch', (request: Parameters<typeof hostFetch>[1], signal) =>
      hostFetch(fetch, request, signal),
    );
    prepare(peer);
    const gone = (cause: unknown): void => {
      const wasCurrent = forget();
      const error = new SyncError('server', lost, { cause });
      ready.reject(error);
      peer.abandon(error);
      if (wasCurrent) onDidEnd?.();
    };
    worker.on('error', (error) => {
      logger.error(`${name}: ${describeError(error)}`);
      gone(error);
    });
    worker.on('exit', gone);
    const value = await ready.promise;
    onDidStart?.(value);
    return { worker, peer, ready: value };
  }
}
