import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';
import { shaSchema } from '../../sync/gateway/repository.ts';
import type { Logger } from '../../sync/logger.ts';
import type { FoundFile } from '../disk/folderTree.ts';
import { isFolder, readTree } from '../disk/folderTree.ts';
import { watchFolders } from '../disk/folderWatch.ts';
import { inPool } from '../disk/inPool.ts';
import type { Runtime, RuntimeEntry, RuntimeListing } from '../runtime.ts';
import { huggingFaceCacheFolder } from './cacheFolder.ts';
import type { CachedRepository } from './cachedModels.ts';
import { CACHE_CHANGES, CACHE_SHAPE, entriesOf, groupRepositories } from './cachedModels.ts';

/** A ref holds a commit and nothing else. */
const MAX_REF_BYTES = 256;

export interface HuggingFaceCacheOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The cache that the Hub's own tools share, llama.cpp among them. It is only read. */
export class HuggingFaceCache implements Runtime {
  readonly id = 'huggingFaceCache';
  readonly kind = 'huggingFaceCache';
  readonly actions = {};
  readonly #options: HuggingFaceCacheOptions;
  readonly #folder: string;

  constructor(options: HuggingFaceCacheOptions) {
    this.#options = options;
    this.#folder = huggingFaceCacheFolder(options.machine);
  }

  async list(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    const folder = this.#folder;
    if (!(await isFolder(folder))) return undefined;
    const { files, problem } = await readTree(folder, CACHE_SHAPE, { signal, links: true });
    const entries = await inPool(groupRepositories(files), (one) => this.#entriesOf(one));
    return {
      name: 'Hugging Face cache',
      folder,
      entries: entries.flat(),
      ...(problem !== undefined && { problem }),
    };
  }

  watch(onDidChange: () => void): Disposable {
    const folders = [{ path: this.#folder, shape: CACHE_CHANGES }];
    return watchFolders(() => Promise.resolve(folders), onDidChange, this.#options);
  }

  async #entriesOf(repository: CachedRepository): Promise<RuntimeEntry[]> {
    // Which snapshot is current matters only where there are several.
    const refs = repository.snapshots.size > 1 ? [...repository.refs].sort(mainFirst) : [];
    const commits = await inPool(refs, (ref) => this.#commitOf(ref));
    const referenced = commits.filter((commit) => commit !== undefined);
    return entriesOf(this.#folder, repository, referenced);
  }

  async #commitOf(ref: FoundFile): Promise<string | undefined> {
    const { machine, logger } = this.#options;
    try {
      const text = await machine.readText(ref.path, MAX_REF_BYTES);
      return shaSchema.safeParse(text?.trim()).data;
    } catch (error) {
      logger.debug(`Hugging Face cache: ${ref.name} is of no use: ${describeError(error)}`);
      return undefined;
    }
  }
}

function mainFirst(a: FoundFile, b: FoundFile): number {
  return Number(isMain(b)) - Number(isMain(a)) || b.modifiedAt - a.modifiedAt;
}

function isMain({ name }: FoundFile): boolean {
  return name.endsWith('/refs/main');
}
