import { rmSync } from 'node:fs';
import { CatalogueWriter } from './cache/catalogueWriter.ts';
import { openDatabase } from './cache/database.ts';
import { DetailsStore } from './cache/detailsStore.ts';
import type { Clock } from './clock.ts';
import type { ServedDetails } from './details.ts';
import { DetailsService } from './details.ts';
import { fetchHuggingFaceDetails } from './gateway/huggingFaceDetails.ts';
import type { Endpoints } from './gateway/openSource.ts';
import { openSource } from './gateway/openSource.ts';
import { HttpClient } from './http/httpClient.ts';
import type { Transport } from './http/transport.ts';
import { undiciTransport } from './http/undiciTransport.ts';
import type { Logger } from './logger.ts';
import type { ModelId, SourceKey } from './model.ts';
import { seedRows } from './seed.ts';
import type { CatalogueChange, SyncReport, SyncRequest } from './syncService.ts';
import { SyncService } from './syncService.ts';
import { describeError } from './errors.ts';

/** What the user can change while the engine runs. Plain data, so that it can cross a thread. */
export interface EngineSettings {
  readonly sources: readonly SourceKey[];
  /** Addresses; a missing slash at the end is added. */
  readonly endpoints: {
    readonly huggingFace: string;
    readonly janCatalogue: string;
    readonly cortex: string;
  };
  /** Tokens by the origin they were given for, `https://huggingface.co`. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface EngineOptions {
  /** The folder that holds the catalogue; made if it is not there. */
  readonly storage: string;
  /** A JSON file of model records, shown until a source has answered once. */
  readonly seedFile?: string;
  readonly userAgent: string;
  readonly settings: EngineSettings;
}

export interface EngineServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tried where our own connections fail. */
  readonly fallback?: Transport;
  readonly onDidApply?: (change: CatalogueChange) => void;
}

/** Where the catalogue is, and what is wrong with that place, if anything is. */
export interface StorageInfo {
  readonly path: string;
  readonly writable: boolean;
  readonly problem?: string;
}

/** Everything that talks to the network or writes to the disk. Blocks: keep it off a UI thread. */
export class Engine {
  readonly storage: StorageInfo;
  readonly #options: EngineOptions;
  readonly #services: EngineServices;
  readonly #catalogue: CatalogueWriter;
  readonly #sync: SyncService;
  readonly #details: DetailsService;
  readonly #temporaryFolder: string | undefined;
  readonly #closePool: () => Promise<void>;
  #settings: EngineSettings;
  #endpoints: Endpoints;

  constructor(options: EngineOptions, services: EngineServices) {
    const { clock, logger, fallback, onDidApply } = services;
    const { database, temporaryFolder, ...storage } = openDatabase(
      options.storage,
      clock.now(),
      logger,
    );
    const pool = undiciTransport();
    this.storage = storage;
    this.#temporaryFolder = temporaryFolder;
    this.#options = options;
    this.#services = services;
    this.#settings = options.settings;
    this.#endpoints = parseEndpoints(options.settings);
    this.#closePool = () => pool.close();
    this.#catalogue = new CatalogueWriter(database);

    const http = new HttpClient({
      transport: pool.transport,
      ...(fallback && { fallback }),
      tokenFor: (origin) => this.#settings.tokens[origin],
      userAgent: options.userAgent,
      clock,
      logger,
    });
    this.#sync = new SyncService({
      catalogue: this.#catalogue,
      http,
      openSource: (key) => openSource(key, this.#endpoints),
      clock,
      logger,
      ...(onDidApply && { onDidApply }),
    });
    this.#details = new DetailsService({
      store: new DetailsStore(database),
      http,
      fetchDetails: (session, id, revision, now) =>
        fetchHuggingFaceDetails(this.#endpoints.huggingFace, session, logger, id, revision, now),
      clock,
      logger,
    });
    this.#seed();
  }

  /** Takes over changed settings; what runs goes on with the old ones. */
  configure(settings: EngineSettings): void {
    this.#settings = settings;
    this.#endpoints = parseEndpoints(settings);
    this.#seed();
  }

  /** See SyncService.sync. */
  async sync(request: SyncRequest): Promise<SyncReport> {
    const { writable, problem = 'The catalogue is read-only.' } = this.storage;
    // Nothing could be kept of what the network answers.
    if (!writable) return unwritten(request, problem);
    const report = await this.#sync.sync(request);
    try {
      this.#catalogue.checkpoint();
    } catch (error) {
      this.#services.logger.warn(`The catalogue's log stays long: ${describeError(error)}`);
    }
    return report;
  }

  /** See DetailsService.get. */
  details(id: ModelId, revision: string, signal?: AbortSignal): Promise<ServedDetails> {
    return this.#details.get(id, revision, signal);
  }

  /** Gives up what runs, then lets go of the network and of the disk. */
  async close(): Promise<void> {
    await Promise.all([this.#sync.close(), this.#details.close()]);
    this.#catalogue.close();
    this.#removeTemporary();
    await this.#closePool();
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

/** The report of a run that did not take place. */
function unwritten({ reason, sources }: SyncRequest, message: string): SyncReport {
  const nothing = { added: 0, updated: 0, removed: 0, dropped: 0 };
  const free = { requests: 0, bytesReceived: 0, durationMs: 0 };
  const error = { kind: 'storage' as const, message };
  return { reason, sources: sources.map((source) => ({ source, ...nothing, ...free, error })) };
}

function parseEndpoints({ endpoints }: EngineSettings): Endpoints {
  const folder = (address: string): URL => new URL(address.endsWith('/') ? address : `${address}/`);
  return {
    huggingFace: folder(endpoints.huggingFace),
    janCatalogue: folder(endpoints.janCatalogue),
    cortex: folder(endpoints.cortex),
  };
}
