import { t } from '@vscode/l10n';
import type { ActivityEvent, ActivityReport } from '../activity.ts';
import type { Around } from '../anticipation.ts';
import type { ServedDetails } from '../details.ts';
import type { Served } from '../detailsPart.ts';
import type { SourceTraffic } from '../cache/sourceTraffic.ts';
import type { Allowances, EngineOptions, EngineSettings, StorageInfo } from '../engine.ts';
import type { RunSummary } from '../history.ts';
import type { FileTree } from '../gateway/huggingFaceDetails.ts';
import type { HubQuestion } from '../gateway/huggingFaceSearch.ts';
import type { Priority } from '../http/limiter.ts';
import type { LinkStatus } from '../http/linkQuality.ts';
import type { Logger } from '../logger.ts';
import type { FileOrigin, Model, ModelId, SourceKey } from '../model.ts';
import type { AheadRound } from '../strategy/prefetch/fetchAhead.ts';
import type { CatalogueChange, SyncReport, SyncRequest } from '../syncService.ts';
import type { FillReport, FillRequest } from '../treeFiller.ts';
import type { Translations } from './language.ts';
import { WorkerThread } from './workerThread.ts';

export interface EngineClientOptions {
  /** The file of the engine's program: `engineWorker`. */
  readonly program: string;
  readonly options: () => Promise<EngineOptions>;
  /** See WorkerThreadOptions.translations. */
  readonly translations?: Translations | undefined;
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** The engine runs, so the catalogue is there; called before anything else is answered. */
  readonly onDidStart: (storage: StorageInfo) => void;
  readonly onDidApply: (change: CatalogueChange) => void;
  /** See SyncServiceOptions. */
  readonly onDidEndSource?: (source: SourceKey) => void;
  /** See DetailsOptions.onDidChange. */
  readonly onDidChangeDetails?: (id: ModelId) => void;
  /** How good the way to the network is: at each start of the engine, and when it changes. */
  readonly onDidChangeLink?: (status: LinkStatus) => void;
}

/** The engine as the extension host sees it: in a thread of its own, started when first needed. */
export class EngineClient {
  readonly #thread: WorkerThread<StorageInfo>;

  constructor(options: EngineClientOptions) {
    const { onDidStart, onDidApply, onDidEndSource, onDidChangeDetails, onDidChangeLink } = options;
    this.#thread = new WorkerThread({
      name: 'engine',
      program: () => options.program,
      data: options.options,
      lost: t('The engine of Model Hub ended unexpectedly. It starts again with the next refresh.'),
      translations: options.translations,
      fetch: options.fetch,
      logger: options.logger,
      prepare: (peer) => {
        peer.on('applied', onDidApply);
        if (onDidEndSource) peer.on('ended', onDidEndSource);
        if (onDidChangeDetails) peer.on('details', onDidChangeDetails);
        if (onDidChangeLink) peer.on('link', onDidChangeLink);
      },
      onDidStart,
    });
  }

  /** Starts the engine, which makes or repairs the catalogue, and tells where that is. */
  start(): Promise<StorageInfo> {
    return this.#thread.start();
  }

  /** See Engine.configure. An engine that does not run takes the settings when it starts. */
  configure(settings: EngineSettings): Promise<void> {
    return this.#thread.callIfRunning('configure', settings);
  }

  /** See Engine.keep. An engine that does not run takes them with the settings when it starts. */
  keep(kept: readonly ModelId[]): Promise<void> {
    return this.#thread.callIfRunning('keep', kept);
  }

  /** See SyncService.sync. */
  async sync({ signal, ...request }: SyncRequest): Promise<SyncReport> {
    return (await this.#thread.call('sync', request, signal)) as SyncReport;
  }

  /** See DetailsService.details. */
  async details(id: ModelId, revision: string, signal?: AbortSignal): Promise<ServedDetails> {
    return (await this.#thread.call('details', { id, revision }, signal)) as ServedDetails;
  }

  /** See DetailsService.files. */
  async files(
    id: ModelId,
    revision: string,
    signal?: AbortSignal,
    priority?: Priority,
  ): Promise<Served<FileTree>> {
    return (await this.#thread.call(
      'files',
      { id, revision, priority },
      signal,
    )) as Served<FileTree>;
  }

  /** See FileOrigins.find. */
  async origins(sha256: readonly string[], signal?: AbortSignal): Promise<FileOrigin[]> {
    return (await this.#thread.call('origins', sha256, signal)) as FileOrigin[];
  }

  /** See Engine.searchCommits. */
  async searchCommits(
    id: ModelId,
    sha256: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FileOrigin[]> {
    return (await this.#thread.call(
      'searchCommits',
      { id, sha256 },
      signal,
    )) as readonly FileOrigin[];
  }

  /** See HubSearch.search. */
  async search(question: HubQuestion, signal: AbortSignal): Promise<readonly Model[]> {
    return (await this.#thread.call('search', question, signal)) as readonly Model[];
  }

  /** See HubSearch.lookUp. */
  async lookUp(id: ModelId, signal: AbortSignal): Promise<Model | undefined> {
    return (await this.#thread.call('lookUp', id, signal)) as Model | undefined;
  }

  /** See TreeFiller.fill. */
  async fill({ signal, ...request }: FillRequest): Promise<FillReport> {
    return (await this.#thread.call('fill', request, signal)) as FillReport;
  }

  /** See Anticipation.record. */
  async record(events: readonly ActivityEvent[]): Promise<void> {
    await this.#thread.call('record', events);
  }

  /** See Anticipation.run; undefined where nothing can be kept. */
  async fetchAhead(around: Around, signal: AbortSignal): Promise<AheadRound | undefined> {
    return (await this.#thread.call('fetchAhead', around, signal)) as AheadRound | undefined;
  }

  /** See Anticipation.report; undefined where nothing can be kept. */
  async activity(): Promise<ActivityReport | undefined> {
    return (await this.#thread.call('activity')) as ActivityReport | undefined;
  }

  /** See Anticipation.clear. */
  async clearActivity(): Promise<void> {
    await this.#thread.call('clearActivity');
  }

  /** See SyncService.history. */
  async history(): Promise<RunSummary[]> {
    return (await this.#thread.call('history')) as RunSummary[];
  }

  /** See Engine.allowances. */
  async allowances(): Promise<Allowances> {
    return (await this.#thread.call('allowances')) as Allowances;
  }

  /** See SyncService.traffic. */
  async traffic(): Promise<SourceTraffic[]> {
    return (await this.#thread.call('traffic')) as SourceTraffic[];
  }

  /** See Engine.clearCache. */
  async clearCache(): Promise<{ readonly freedBytes: number }> {
    return (await this.#thread.call('clearCache')) as { readonly freedBytes: number };
  }

  /** Starts the engine anew, which checks the catalogue from the ground up. */
  restart(): Promise<StorageInfo> {
    return this.#thread.restart();
  }

  /** Closes the catalogue and ends the thread, for good. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
