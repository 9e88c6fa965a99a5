import { DatabaseSync } from 'node:sqlite';
import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../src/sync/cache/database.ts';
import { Engine } from '../../../src/sync/engine.ts';
import type { EngineOptions, EngineServices, EngineSettings } from '../../../src/sync/engine.ts';
import type { SourceKey } from '../../../src/sync/model.ts';
import { TOLERANCE } from '../../../src/sync/strategy/admission.ts';
import type { SyncReason } from '../../../src/sync/strategy/policy.ts';
import { BACKGROUND_INTERVAL, VISIBLE_INTERVAL } from '../../../src/sync/strategy/policy.ts';
import type { CatalogueChange, SourceReport, SyncRequest } from '../../../src/sync/syncService.ts';
import type { Hub } from '../../hub/hub.ts';
import { collectingLogger } from './collectingLogger.ts';
import type { CollectingLogger } from './collectingLogger.ts';
import { FakeClock } from './fakeClock.ts';
import { useTemporaryFolder } from './temporaryFolder.ts';

/** An engine with a catalogue of its own, and eyes on it. */
export class Rig {
  readonly clock: FakeClock;
  readonly logger: CollectingLogger;
  readonly applied: CatalogueChange[] = [];
  readonly engine: Engine;
  readonly reader: CatalogueReader;
  readonly #watch: DatabaseSync;
  readonly #asked = new Map<SourceKey, number>();
  #version: unknown;
  #closed: Promise<void> | undefined;

  constructor(options: EngineOptions, clock: FakeClock, services: Partial<EngineServices> = {}) {
    this.clock = clock;
    this.logger = collectingLogger();
    this.engine = new Engine(options, {
      clock,
      random: () => 0.5,
      logger: this.logger,
      onDidApply: (change) => this.applied.push(change),
      ...services,
    });
    const { path } = this.engine.storage;
    this.reader = new CatalogueReader(openForReading(path));
    this.#watch = new DatabaseSync(path, { readOnly: true });
    this.#version = this.#dataVersion();
  }

  /** Syncs one source; in the background, once that is due. */
  readonly sync = async (
    source: SourceKey,
    request: Partial<SyncRequest> = {},
  ): Promise<SourceReport> => {
    this.#waitUntilDue(source, request.reason ?? 'manual');
    const { sources } = await this.engine.sync({ reason: 'manual', sources: [source], ...request });
    return sources[0]!;
  };

  /** The catalogue as the hub tells the truth. */
  readonly dump = (source?: SourceKey): string =>
    [...this.reader.dump()]
      .filter((row) => source === undefined || row.source === source)
      .map(
        ({ source: from, id, content }) =>
          `{"source":${JSON.stringify(from)},"id":${JSON.stringify(id)},"content":${content}}\n`,
      )
      .join('');

  /** Whether anything was written to the disk since this was asked last. */
  readonly wrote = (): boolean => {
    const before = this.#version;
    this.#version = this.#dataVersion();
    return this.#version !== before;
  };

  /** Closes the engine; the eyes on its catalogue stay open. */
  closeEngine(): Promise<void> {
    this.#closed ??= this.engine.close();
    return this.#closed;
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.reader.close();
    await this.closeEngine();
  }

  #waitUntilDue(source: SourceKey, reason: SyncReason): void {
    const interval = reason === 'visible' ? VISIBLE_INTERVAL : BACKGROUND_INTERVAL;
    const left = (this.#asked.get(source) ?? -Infinity) + interval - this.clock.now();
    if (reason !== 'manual' && left > TOLERANCE) this.clock.advance(left);
    this.#asked.set(source, this.clock.now());
  }

  #dataVersion(): unknown {
    return this.#watch.prepare('PRAGMA data_version').get()?.['data_version'];
  }
}

export interface RigOptions {
  readonly clock?: FakeClock;
  readonly settings?: Partial<EngineSettings>;
  readonly seedFile?: string;
  readonly storage?: string;
  readonly services?: Partial<EngineServices>;
}

/** Engines on one hub, by default on one storage folder, for the tests of a `describe`. */
export function useEngine(hub: () => Hub): (options?: RigOptions) => Rig {
  const folder = useTemporaryFolder();
  let rigs: Rig[] = [];
  afterEach(async () => {
    await Promise.all(rigs.map((rig) => rig.close()));
    rigs = [];
  });
  return ({ clock = new FakeClock(), settings, seedFile, storage = folder(), services } = {}) => {
    const options: EngineOptions = {
      storage,
      ...(seedFile !== undefined && { seedFile }),
      userAgent: 'model-hub/test',
      settings: { sources: [], endpoints: endpointsOf(hub()), tokens: {}, ...settings },
    };
    const rig = new Rig(options, clock, services);
    rigs.push(rig);
    return rig;
  };
}

export function endpointsOf(hub: Hub): EngineSettings['endpoints'] {
  return {
    huggingFace: hub.url,
    janCatalogue: `${hub.url}/janhq/model-catalog/main`,
    cortex: hub.cortexUrl,
  };
}

/** The keys of all sources that a hub serves. */
export function sourcesOf(hub: Hub): SourceKey[] {
  const { hf, jan } = hub.sources().sources;
  return [...hf.map((author) => `hf:${author}`), ...jan.map((name) => `jan:${name}`), 'cortex'];
}
