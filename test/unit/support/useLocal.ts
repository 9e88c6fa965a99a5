import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DownloadPlan, DownloadStatus } from '../../../src/download/model.ts';
import type { SharedCacheStatus } from '../../../src/download/sharedCache/model.ts';
import { planDownload } from '../../../src/download/plan.ts';
import type { LocalOptions, LocalSettings } from '../../../src/local/localApi.ts';
import type { CatalogueAccess } from '../../../src/runtime/catalogueAccess.ts';
import type { LocalServices } from '../../../src/local/localModels.ts';
import { LocalModels } from '../../../src/local/localModels.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../../src/runtime/installed.ts';
import type { Machine } from '../../../src/sync/gateway/cortexDiscovery.ts';
import type { ModelId } from '../../../src/sync/model.ts';
import { systemClock } from '../../../src/sync/worker/systemClock.ts';
import { thisMachine } from '../../../src/sync/worker/thisMachine.ts';
import type { Hub } from '../../hub/hub.ts';
import type { CommittedFile } from '../../hub/store.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import type { Uploaded } from '../../hub/xet/upload.ts';
import type { CollectingLogger } from './collectingLogger.ts';
import { collectingLogger } from './collectingLogger.ts';
import { useTemporaryFolder } from './temporaryFolder.ts';
import type { Rig } from './useEngine.ts';
import { useEngine } from './useEngine.ts';

export const SOURCE = 'hf:janhq';
export const MODEL: ModelId = 'janhq/Jan-v1-4B-GGUF';

/** The program of the thread that hashes. */
export const HASH_PROGRAM = fileURLToPath(
  new URL('../../../src/download/file/hashWorker.ts', import.meta.url),
);

/** What the hub answers to a commit. */
export interface Committed {
  readonly sha: string;
  readonly xet?: Readonly<Record<string, Uploaded>>;
}

/** This machine's part beside an engine, both on one hub, with a home folder of their own. */
export class LocalRig {
  readonly folder: string;
  readonly hub: Hub;
  readonly engine: Rig;
  readonly logger: CollectingLogger = collectingLogger();
  readonly told: InstalledSnapshot[] = [];
  readonly downloads: (readonly DownloadStatus[])[] = [];
  readonly finished: DownloadStatus[] = [];
  readonly caches: (SharedCacheStatus | undefined)[] = [];
  readonly #open: LocalModels[] = [];

  constructor(folder: string, hub: Hub, engine: Rig) {
    this.folder = folder;
    this.hub = hub;
    this.engine = engine;
  }

  readonly path = (...names: string[]): string => join(this.folder, ...names);

  /** A machine on which nobody has anything yet. */
  get machine(): Machine {
    const home = this.path('home');
    return { platform: 'linux', home, environment: {}, readText: thisMachine.readText };
  }

  get settings(): LocalSettings {
    return {
      folder: this.path('models'),
      target: 'folder',
      download: { onlyWhenIdle: false },
      servers: [],
      huggingFace: this.hub.url,
      cortex: this.hub.cortexUrl,
      tokens: {},
      network: { systemCertificates: false },
    };
  }

  get options(): LocalOptions {
    return {
      storage: this.path('storage'),
      userAgent: 'model-hub/test',
      settings: this.settings,
      hashProgram: HASH_PROGRAM,
    };
  }

  get catalogue(): CatalogueAccess {
    const { engine, reader } = this.engine;
    return {
      origins: (sha256, signal) => engine.origins(sha256, signal),
      searchCommits: (id, sha256, signal) => engine.searchCommits(id, sha256, signal),
      files: async (id, revision, signal) => {
        const { value } = await engine.files(id, revision, signal, 'background');
        return value.files;
      },
      heads: (ids) => {
        const heads = ids.flatMap((id) => {
          const sha = reader.model(id, [SOURCE])?.sha;
          return sha === undefined ? [] : [[id, sha] as const];
        });
        return Promise.resolve(Object.fromEntries(heads));
      },
    };
  }

  open(settings: Partial<LocalSettings> = {}, services: Partial<LocalServices> = {}): LocalModels {
    const options = { ...this.options, settings: { ...this.settings, ...settings } };
    const local = new LocalModels(options, {
      ...{ clock: systemClock, random: Math.random, logger: this.logger },
      ...{ machine: this.machine, catalogue: this.catalogue },
      onDidChangeDownloads: (downloads) => this.downloads.push(downloads),
      onDidChangeInstalled: (installed) => this.told.push(installed),
      onDidChangeSharedCache: (status) => this.caches.push(status),
      onDidFinish: (download) => this.finished.push(download),
      ...services,
    });
    this.#open.push(local);
    return local;
  }

  /** Adds a commit to a repository of the hub, and has the catalogue know it. */
  async commit(...files: CommittedFile[]): Promise<string> {
    return (await this.upload(files)).sha;
  }

  /** The same of files that go to Xet storage. @returns also what came of those, by path */
  async upload(files: readonly CommittedFile[], packing: Packing = {}): Promise<Committed> {
    const body = JSON.stringify({ repository: MODEL, files, packing });
    const answer = await fetch(`${this.hub.url}/__hub/commit`, { method: 'POST', body });
    if (!answer.ok) throw new Error(await answer.text());
    const committed = (await answer.json()) as Committed;
    await this.engine.sync(SOURCE);
    return committed;
  }

  /** What to download for a variant at the newest commit. */
  async plan(variant: string): Promise<DownloadPlan> {
    const { [MODEL]: revision = '' } = await this.catalogue.heads([MODEL]);
    const files = await this.catalogue.files(MODEL, revision);
    return planDownload({ model: MODEL, revision, variant, files, projector: true });
  }

  /** An entry of a runtime as it was told last; without a name, the first. */
  entry(runtime = 'folder', name?: string): InstalledEntry | undefined {
    const entries = this.told.at(-1)?.entries.filter((entry) => entry.runtime.id === runtime);
    return name === undefined ? entries?.[0] : entries?.find((entry) => entry.name === name);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((local) => local.close()));
  }
}

/** For each test of a `describe`. */
export function useLocal(hub: () => Hub): () => LocalRig {
  const folder = useTemporaryFolder();
  const engine = useEngine(hub);
  let rig: LocalRig | undefined;
  beforeEach(() => {
    rig = new LocalRig(folder(), hub(), engine({ settings: { sources: [SOURCE] } }));
  });
  afterEach(() => rig?.close());
  return () => {
    if (rig === undefined) throw new Error('no test is running');
    return rig;
  };
}
