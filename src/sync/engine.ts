import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { t } from '@vscode/l10n';
import { Anticipation } from './anticipation.ts';
import { CatalogueWriter } from './cache/catalogueWriter.ts';
import type { SourceTraffic } from './cache/sourceTraffic.ts';
import { Coordination } from './cache/coordination.ts';
import { openDatabase } from './cache/database.ts';
import { DetailsStore } from './cache/detailsStore.ts';
import { FileOrigins } from './cache/fileOrigins.ts';
import type { StoredTree } from './cache/fileOrigins.ts';
import { Housekeeping } from './cache/housekeeping.ts';
import { UnsizedRows } from './cache/unsizedRows.ts';
import { canonicalJson } from './canonicalJson.ts';
import { hasEnded, newOwner } from './cache/owner.ts';
import { RunStore } from './cache/runStore.ts';
import { CommitSearch } from './commitSearch.ts';
import type { ServedDetails } from './details.ts';
import { DetailsService } from './details.ts';
import type { Served } from './detailsPart.ts';
import type {
  EngineOptions,
  EngineServices,
  EngineSettings,
  StorageInfo,
} from './engineOptions.ts';
import { parseEndpoints, tokenCommand } from './engineOptions.ts';
import { describeError, SyncError } from './errors.ts';
import { CortexServers } from './gateway/cortexServers.ts';
import type { FileTree } from './gateway/huggingFaceDetails.ts';
import { HuggingFaceDetails } from './gateway/huggingFaceDetails.ts';
import type { HubQuestion } from './gateway/huggingFaceSearch.ts';
import { HuggingFaceSearch } from './gateway/huggingFaceSearch.ts';
import type { Endpoints } from './gateway/openSource.ts';
import { openSource } from './gateway/openSource.ts';
import type { RunSummary } from './history.ts';
import { HubSearch } from './hubSearch.ts';
import { Leases } from './leases.ts';
import { HttpClient } from './http/httpClient.ts';
import type { Priority } from './http/httpClient.ts';
import type { Link } from './http/linkQuality.ts';
import type { QuotaStatus } from './http/quota.ts';
import { NetworkTransport } from './http/networkTransport.ts';
import { undiciTransport } from './http/undiciTransport.ts';
import type { FileOrigin, Model, ModelId } from './model.ts';
import { nothingDone } from './report.ts';
import { seedRows } from './seed.ts';
import type { SyncReport, SyncRequest } from './syncService.ts';
import { SyncService } from './syncService.ts';
import type { FillReport, FillRequest } from './treeFiller.ts';
import { TreeFiller } from './treeFiller.ts';

export type {
  EngineOptions,
  EngineServices,
  EngineSettings,
  StorageInfo,
} from './engineOptions.ts';

/** What may still be fetched. */
export interface Allowances {
  readonly quotas: readonly QuotaStatus[];
  /** Of today; absent: any number. */
  readonly backgroundBytesLeft?: number;
}

/** Everything that talks to the network or writes to the disk. Blocks: keep it off a UI thread. */
export class Engine {
  readonly storage: StorageInfo;
  readonly #options: EngineOptions;
  readonly #services: EngineServices;
  readonly #catalogue: CatalogueWriter;
  /** None where nothing of what the network answers could be kept. */
  readonly #sync: SyncService | undefined;
  readonly #store: DetailsStore;
  readonly #origins: FileOrigins;
  readonly #details: DetailsService;
  /** None where none is kept. */
  readonly #commitSearch: CommitSearch | undefined;
  /** None where nothing could be kept. */
  readonly anticipation: Anticipation | undefined;
  readonly #hubSearch: HubSearch;
  readonly #filler: TreeFiller;
  readonly #housekeeping: Housekeeping;
  readonly #temporaryFolder: string | undefined;
  readonly #network: NetworkTransport;
  readonly #http: HttpClient;
  readonly #cortex: CortexServers;
  #settings: EngineSettings;
  #purged = 0;
  #endpoints: Omit<Endpoints, 'cortex'>;

  constructor(options: EngineOptions, services: EngineServices) {
    const { clock, random, logger, fallback, onDidApply, onDidChangeDetails } = services;
    const { onDidEndSource } = services;
    const { database, temporaryFolder, ...storage } = openDatabase(
      options.storage,
      clock.now(),
      logger,
    );
    this.storage = storage;
    this.#temporaryFolder = temporaryFolder;
    this.#options = options;
    this.#services = services;
    this.#settings = options.settings;
    this.#endpoints = parseEndpoints(options.settings);
    this.#network = new NetworkTransport(
      options.settings.network,
      (network) => undiciTransport({ network }),
      logger,
    );
    this.#origins = new FileOrigins(database);
    const store = (this.#store = new DetailsStore(database, logger, {
      origins: this.#origins,
      ...(options.detailsBudget !== undefined && { budget: options.detailsBudget }),
    }));
    this.#catalogue = new CatalogueWriter(database, (id, sha) => store.fileTree(id, sha));
    this.#housekeeping = new Housekeeping(database, storage.path);
    this.#cortex = new CortexServers({
      settings: () => {
        const { endpoints, cortexSources = [] } = this.#settings;
        return { url: endpoints.cortex, addSources: cortexSources };
      },
      discover: services.discoverCortex,
      clock,
    });

    const http = (this.#http = new HttpClient({
      transport: this.#network.transport,
      ...(fallback && { fallback }),
      tokenFor: (origin) => this.#settings.tokens[origin] ?? this.#cortex.keyFor(origin),
      tokenCommand: (origin) =>
        origin === this.#endpoints.huggingFace.origin ? tokenCommand() : undefined,
      userAgent: options.userAgent,
      clock,
      logger,
    }));
    const coordination = storage.writable
      ? new Coordination({
          ...{ database, cataloguePath: storage.path, logger },
          ...{ owner: newOwner(), isDead: hasEnded },
        })
      : undefined;
    if (coordination !== undefined) {
      this.#sync = new SyncService({
        catalogue: this.#catalogue,
        coordination,
        runs: new RunStore(database),
        storage: options.storage,
        http,
        openSource: (key) => openSource(key, { ...this.#endpoints, cortex: this.#cortex }),
        backgroundBytesPerDay: () => this.#settings.backgroundBytesPerDay,
        ...{ clock, random, logger },
        ...(onDidApply && { onDidApply }),
        ...(onDidEndSource && { onDidEndSource }),
      });
    }
    const gateway = (): HuggingFaceDetails =>
      new HuggingFaceDetails(this.#endpoints.huggingFace, logger);
    const details = (this.#details = new DetailsService({
      ...{ store, http, gateway, clock, logger },
      ...(onDidChangeDetails && { onDidChange: onDidChangeDetails }),
    }));
    if (this.#sync !== undefined && coordination !== undefined) {
      const { budget } = this.#sync;
      this.#commitSearch = new CommitSearch({ http, gateway, details, budget });
      this.anticipation = new Anticipation({
        storage: temporaryFolder === undefined ? options.storage : undefined,
        catalogue: storage.path,
        settings: () => this.#settings,
        limits: () => http.link.limits,
        leases: new Leases(coordination, clock, logger),
        onDidFetch: (id, sha) => this.#takeSizes(id, sha),
        ...{ details, budget, clock, random, logger },
      });
    }
    this.#hubSearch = new HubSearch({
      gateway: () => new HuggingFaceSearch(this.#endpoints.huggingFace, logger),
      ...{ http, clock },
    });
    this.#filler = new TreeFiller({
      rows: new UnsizedRows(database, (id, sha) => store.fileTree(id, sha)),
      details: this.#details,
      sources: () => this.#settings.sources,
      logger,
      ...(onDidApply && { onDidApply }),
    });
    this.#seed();
  }

  /** Takes over changed settings; what runs goes on with the old ones. */
  configure(settings: EngineSettings): void {
    const asksAnew = whoIsAsked(settings) !== whoIsAsked(this.#settings);
    const goesAnew = this.#network.configure(settings.network);
    this.#settings = settings;
    this.#endpoints = parseEndpoints(settings);
    if (goesAnew) this.#http.networkChanged();
    if (asksAnew) {
      this.#details.forgetRefusals();
      this.#filler.forgetRefusals();
      this.#hubSearch.forget();
    }
    if (asksAnew || goesAnew) this.#sync?.settingsChanged();
    this.#seed();
  }

  /** Takes over which models are kept, and nothing else of the settings. */
  keep(kept: readonly ModelId[]): void {
    this.#settings = { ...this.#settings, kept };
  }

  /** How good the way to the network is, and what is sensible on it. */
  get link(): Link {
    return this.#http.link;
  }

  /** See SyncService.sync. */
  async sync(request: SyncRequest): Promise<SyncReport> {
    if (this.#sync === undefined) return unwritten(request, this.#whyReadOnly);
    const report = await this.#sync.sync(request);
    this.#keepHouse();
    return report;
  }

  /** See DetailsService.details. */
  async details(id: ModelId, revision: string, signal?: AbortSignal): Promise<ServedDetails> {
    const wasStored = this.#details.isStored(id, revision);
    const served = await this.#details.details(id, revision, { signal });
    if (wasStored) this.anticipation?.noteUse(id, revision);
    this.#takeSizes(id, revision);
    return served;
  }

  /** See DetailsService.files. */
  async files(
    id: ModelId,
    revision: string,
    signal?: AbortSignal,
    priority?: Priority,
  ): Promise<Served<FileTree>> {
    const served = await this.#details.files(id, revision, {
      signal,
      ...(priority && { priority }),
    });
    this.#takeSizes(id, revision);
    return served;
  }

  /** See FileOrigins.find. */
  async origins(sha256: readonly string[], signal?: AbortSignal): Promise<FileOrigin[]> {
    const storedTree: StoredTree = (id, revision) => this.#store.fileTree(id, revision);
    const { writable } = this.storage;
    while (writable && this.#origins.readEarlier(storedTree)) {
      await setImmediate(undefined, { signal });
    }
    return this.#origins.find(sha256, storedTree);
  }

  /** See CommitSearch.find. @throws SyncError `storage` where no tree can be kept */
  async searchCommits(
    id: ModelId,
    sha256: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FileOrigin[]> {
    if (this.#commitSearch === undefined) throw new SyncError('storage', this.#whyReadOnly);
    return await this.#commitSearch.find(id, sha256, signal);
  }

  /** See HubSearch.search. */
  async search(question: HubQuestion, signal: AbortSignal): Promise<readonly Model[]> {
    return await this.#hubSearch.search(question, signal);
  }

  /** See HubSearch.lookUp. */
  async lookUp(id: ModelId, signal: AbortSignal): Promise<Model | undefined> {
    return await this.#hubSearch.lookUp(id, signal);
  }

  /** See TreeFiller.fill. */
  async fill(request: FillRequest): Promise<FillReport> {
    if (this.#sync === undefined) return { filled: 0, requests: 0, bytes: 0, stopped: 'storage' };
    const { budget } = this.#sync;
    const budgetBytes = Math.min(request.budgetBytes ?? Infinity, budget.left);
    const report = await this.#filler.fill({ ...request, budgetBytes });
    budget.note(report.bytes);
    this.#keepHouse();
    return report;
  }

  /** See SyncService.history. */
  history(): RunSummary[] {
    return this.#sync?.history() ?? [];
  }

  /** What the background may still fetch, and what servers let us ask for, as far as is known. */
  allowances(): Allowances {
    const left = this.#sync?.budget.left ?? Infinity;
    return {
      quotas: this.#http.quotas(),
      ...(Number.isFinite(left) && { backgroundBytesLeft: left }),
    };
  }

  /** See SyncService.traffic. */
  traffic(): SourceTraffic[] {
    return this.#sync?.traffic() ?? [];
  }

  /**
   * Forgets what can be fetched again, and tells how much shorter the files are.
   * @throws SyncError `storage` or `conflict`
   */
  clearCache(): { readonly freedBytes: number } {
    if (!this.storage.writable) return { freedBytes: 0 };
    this.#housekeeping.noteKept(this.#settings.kept ?? [], this.#services.clock.now());
    return this.#housekeeping.clear(() => this.#details.clear());
  }

  /** Gives up what runs, then lets go of the network and of the disk. */
  async close(): Promise<void> {
    await this.anticipation?.close();
    await Promise.all([this.#sync?.close(), this.#details.close(), this.#filler.close()]);
    this.#catalogue.close();
    this.#removeTemporary();
    await this.#network.close();
  }

  get #whyReadOnly(): string {
    return this.storage.problem?.message ?? t('The catalogue is read-only.');
  }

  #keepHouse(): void {
    const now = this.#services.clock.now();
    try {
      this.#housekeeping.noteFollowed(this.#settings.sources, now);
      this.#housekeeping.noteKept(this.#settings.kept ?? [], now);
      // A clock that was set back must not put it off for ever.
      if (Math.abs(now - this.#purged) >= PURGE_INTERVAL) {
        this.#housekeeping.purge(now);
        this.#purged = now;
      }
      this.#catalogue.checkpoint();
    } catch (error) {
      this.#services.logger.warn(`The catalogue could not be tidied up: ${describeError(error)}`);
    }
  }

  /** A tree that somebody looked at tells the row its sizes. */
  #takeSizes(id: ModelId, revision: string): void {
    if (this.storage.writable) this.#filler.take(id, revision);
  }

  #removeTemporary(): void {
    if (this.#temporaryFolder === undefined) return;
    try {
      rmSync(this.#temporaryFolder, { recursive: true, force: true });
    } catch (error) {
      this.#services.logger.debug(`A temporary folder stays: ${describeError(error)}`);
    }
  }

  /** A first start without a network is not empty: see the file for what it holds. */
  #seed(): void {
    const { seedFile } = this.#options;
    const { clock, logger } = this.#services;
    if (seedFile === undefined || !this.storage.writable) return;
    try {
      const rowsOf = seedRows(seedFile);
      for (const key of this.#settings.sources) {
        this.#catalogue.seed(key, rowsOf(key), clock.now());
      }
    } catch (error) {
      logger.warn(`The bundled catalogue could not be used: ${describeError(error)}`);
    }
  }
}

/** How often old rows are looked for, in ms. */
const PURGE_INTERVAL = 24 * 60 * 60_000;

/** What decides whether an upstream answers, and how. */
function whoIsAsked({ tokens, endpoints }: EngineSettings): string {
  return canonicalJson({ tokens, endpoints });
}

/** The report of a run that did not take place. */
function unwritten({ reason, sources }: SyncRequest, message: string): SyncReport {
  const error = { kind: 'storage' as const, message };
  return { reason, sources: sources.map((source) => ({ ...nothingDone(source), error })) };
}
