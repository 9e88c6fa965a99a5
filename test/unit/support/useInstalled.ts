import { join } from 'node:path';
import type { CatalogueAccess } from '../../../src/runtime/catalogueAccess.ts';
import { IdentityHasher } from '../../../src/runtime/identityHasher.ts';
import { IdentityStore } from '../../../src/runtime/identityStore.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../../src/runtime/installed.ts';
import { InstalledModels } from '../../../src/runtime/installedModels.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import type { FileOrigin, ModelFile, ModelId } from '../../../src/sync/model.ts';
import type { CollectingLogger } from './collectingLogger.ts';
import { collectingLogger } from './collectingLogger.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeHasher } from './fakeRuntime.ts';
import { useTemporaryFolder } from './temporaryFolder.ts';

/** A catalogue as a test wants it. */
export class FakeCatalogue implements CatalogueAccess {
  readonly trees = new Map<string, readonly ModelFile[]>();
  readonly main: Record<ModelId, string> = {};
  /** What every question ends with instead. */
  failure: Error | undefined;
  /** `model@revision` of the file lists that were asked for. */
  readonly asked: string[] = [];

  /** What only looking through the commits tells. */
  readonly earlier: FileOrigin[] = [];
  /** The models whose commits were looked through, and for which bytes. */
  readonly searched: string[] = [];

  /** Publishes files as the newest commit of a model. */
  publish(model: ModelId, revision: string, files: readonly ModelFile[]): void {
    this.trees.set(`${model}@${revision}`, files);
    this.main[model] = revision;
  }

  origins(sha256: readonly string[]): Promise<FileOrigin[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const all = [...this.trees].flatMap(([key, files]) => {
      const [model = '', revision = ''] = key.split('@');
      return files.map(({ path, sha256: hash = '' }) => ({ sha256: hash, model, revision, path }));
    });
    return Promise.resolve(all.filter((one) => sha256.includes(one.sha256)));
  }

  searchCommits(id: ModelId, sha256: readonly string[]): Promise<FileOrigin[]> {
    this.searched.push(`${id} ${sha256.join()}`);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const found = this.earlier.filter((one) => one.model === id && sha256.includes(one.sha256));
    return Promise.resolve(found);
  }

  files(id: ModelId, revision: string): Promise<readonly ModelFile[]> {
    this.asked.push(`${id}@${revision}`);
    const files = this.trees.get(`${id}@${revision}`);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return files ? Promise.resolve(files) : Promise.reject(new Error('there is no such model'));
  }

  heads(ids: readonly ModelId[]): Promise<Readonly<Record<ModelId, string>>> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const known = Object.entries(this.main).filter(([id]) => ids.includes(id));
    return Promise.resolve(Object.fromEntries(known));
  }
}

export interface InstalledRig {
  readonly folder: string;
  readonly clock: FakeClock;
  readonly logger: CollectingLogger;
  readonly hasher: FakeHasher;
  readonly store: IdentityStore;
  readonly background: IdentityHasher;
  readonly catalogue: FakeCatalogue;
  readonly models: InstalledModels;
  /** What was told, oldest first. */
  readonly told: InstalledSnapshot[];
  /** Has these runtimes from now on, and asks them. */
  readonly scan: (...runtimes: Runtime[]) => Promise<InstalledSnapshot>;
  /** The entry of this id as it was told last. */
  readonly entry: (id: string) => InstalledEntry;
}

/** What is installed, with runtimes and a catalogue as a test says, for each test of a `describe`. */
export function useInstalled(): () => InstalledRig {
  const folder = useTemporaryFolder();
  let rig: InstalledRig | undefined;
  beforeEach(() => {
    const clock = new FakeClock();
    const logger = collectingLogger();
    const hasher = new FakeHasher();
    const catalogue = new FakeCatalogue();
    const store = new IdentityStore({
      ...{ storage: join(folder(), 'storage'), now: clock.now(), logger },
    });
    const background: IdentityHasher = new IdentityHasher({
      ...{ store, hasher, clock, logger },
      onDidProve: () => models.reconsider(),
    });
    const told: InstalledSnapshot[] = [];
    const models = new InstalledModels({
      ...{ store, hasher: background, catalogue, clock, logger },
      onDidChange: (snapshot) => told.push(snapshot),
    });
    rig = {
      ...{ folder: folder(), clock, logger, hasher, store, background, catalogue, models, told },
      scan: (...runtimes) => {
        models.setRuntimes(runtimes);
        return models.rescan();
      },
      entry: (id) => models.snapshot.entries.find((one) => one.id === id)!,
    };
  });
  afterEach(async () => {
    await rig?.background.close();
    await rig?.models.close();
    rig?.store.close();
  });
  return () => {
    if (rig === undefined) throw new Error('no test is running');
    return rig;
  };
}
