import type { Worker } from 'node:worker_threads';
import type { ServedDetails } from '../details.ts';
import type { Served } from '../detailsPart.ts';
import type { EngineOptions, EngineSettings, StorageInfo } from '../engine.ts';
import { describeError, SyncError } from '../errors.ts';
import type { RunSummary } from '../history.ts';
import type { FileTree } from '../gateway/huggingFaceDetails.ts';
import type { LinkStatus } from '../http/linkQuality.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import type { CatalogueChange, SyncReport, SyncRequest } from '../syncService.ts';
import type { FillReport, FillRequest } from '../treeFiller.ts';
import { hostFetch } from './hostFetch.ts';
import { RpcPeer } from './rpc.ts';

export interface EngineClientOptions {
  /** The file of the engine's program: `engineWorker`. */
  readonly program: string;
  readonly options: () => Promise<EngineOptions>;
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** The engine runs, so the catalogue is there; called before anything else is answered. */
  readonly onDidStart: (storage: StorageInfo) => void;
  readonly onDidApply: (change: CatalogueChange) => void;
  /** See DetailsOptions.onDidChange. */
  readonly onDidChangeDetails?: (id: ModelId) => void;
  /** How good the way to the network is: at each start of the engine, and when it changes. */
  readonly onDidChangeLink?: (status: LinkStatus) => void;
}

interface Running {
  readonly worker: Worker;
  readonly peer: RpcPeer;
  readonly storage: StorageInfo;
}

/** The engine as the extension host sees it: in a thread of its own, started when first needed. */
export class EngineClient {
  readonly #options: EngineClientOptions;
  #running: Promise<Running> | undefined;
  #closed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  /** Starts the engine, which makes or repairs the catalogue, and tells where that is. */
  async start(): Promise<StorageInfo> {
    return (await this.#engine()).storage;
  }

  /** See Engine.configure. An engine that does not run takes the settings when it starts. */
  async configure(settings: EngineSettings): Promise<void> {
    if (this.#running === undefined) return;
    const { peer } = await this.#running;
    await peer.call('configure', settings);
  }

  /** See SyncService.sync. */
  async sync({ signal, ...request }: SyncRequest): Promise<SyncReport> {
    const { peer } = await this.#engine();
    return (await peer.call('sync', request, signal)) as SyncReport;
  }

  /** See DetailsService.details. */
  async details(id: ModelId, revision: string, signal?: AbortSignal): Promise<ServedDetails> {
    const { peer } = await this.#engine();
    return (await peer.call('details', { id, revision }, signal)) as ServedDetails;
  }

  /** See DetailsService.files. */
  async files(id: ModelId, revision: string, signal?: AbortSignal): Promise<Served<FileTree>> {
    const { peer } = await this.#engine();
    return (await peer.call('files', { id, revision }, signal)) as Served<FileTree>;
  }

  /** See TreeFiller.fill. */
  async fill({ signal, ...request }: FillRequest): Promise<FillReport> {
    const { peer } = await this.#engine();
    return (await peer.call('fill', request, signal)) as FillReport;
  }

  /** See SyncService.history. */
  async history(): Promise<RunSummary[]> {
    const { peer } = await this.#engine();
    return (await peer.call('history', undefined)) as RunSummary[];
  }

  /** See Engine.clearCache. */
  async clearCache(): Promise<{ readonly freedBytes: number }> {
    const { peer } = await this.#engine();
    return (await peer.call('clearCache', undefined)) as { readonly freedBytes: number };
  }

  /** Starts the engine anew, which checks the catalogue from the ground up. */
  async restart(): Promise<StorageInfo> {
    await this.#end();
    return await this.start();
  }

  /** Closes the catalogue and ends the thread, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (running === undefined) return;
    await running.peer.call('close', undefined).catch((error: unknown) => {
      this.#options.logger.warn(`The engine did not close in order: ${describeError(error)}`);
    });
    await running.worker.terminate();
  }

  async #engine(): Promise<Running> {
    if (this.#closed) throw new SyncError('cancelled', 'The editor is closing.');
    return await (this.#running ?? this.#begin());
  }

  #begin(): Promise<Running> {
    const forget = (): void => {
      if (this.#running === launched) this.#running = undefined;
    };
    const launched = this.#launch(forget);
    launched.catch(forget);
    this.#running = launched;
    return launched;
  }

  async #launch(onGone: () => void): Promise<Running> {
    const { program, options, fetch, logger, onDidStart, onDidApply } = this.#options;
    const { onDidChangeDetails, onDidChangeLink } = this.#options;
    // Threads cost activation some ms to load, and are not needed by then.
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(program, { workerData: await options() });
    worker.unref();
    const peer = new RpcPeer(worker);
    const ready = Promise.withResolvers<StorageInfo>();
    peer.on('ready', (storage: StorageInfo) => ready.resolve(storage));
    peer.on('applied', onDidApply);
    if (onDidChangeDetails) peer.on('details', onDidChangeDetails);
    if (onDidChangeLink) peer.on('link', onDidChangeLink);
    peer.on('log', ({ level, message }: { level: keyof Logger; message: string }) =>
      logger[level](message),
    );
    peer.handle('fetch', (request: Parameters<typeof hostFetch>[1], signal) =>
      hostFetch(fetch, request, signal),
    );
    const gone = (cause: unknown): void => {
      onGone();
      const error = new SyncError(
        'server',
        'The engine of Model Hub ended unexpectedly. It starts again with the next refresh.',
        { cause },
      );
      ready.reject(error);
      peer.abandon(error);
    };
    worker.on('error', (error) => {
      logger.error(`engine: ${describeError(error)}`);
      gone(error);
    });
    worker.on('exit', gone);
    const storage = await ready.promise;
    onDidStart(storage);
    return { worker, peer, storage };
  }
}
