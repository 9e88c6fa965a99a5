import { t } from '@vscode/l10n';
import type { Recipe } from '../differential/recipe.ts';
import { seed } from '../differential/seed.ts';
import { DownloadError } from '../errors.ts';
import { CacheFirst } from '../sharedCache/cacheFirst.ts';
import type { DownloadPhase } from '../model.ts';
import type { FileRequest, FileServices } from './fileDownload.ts';
import type { Followed } from './hasher.ts';
import { install } from './install.ts';
import type { ByteSource } from './location.ts';
import { Location } from './location.ts';
import { PartialFile, removePartial } from './partialFile.ts';
import { OtherBytes } from './published.ts';
import type { Range } from './ranges.ts';
import { RangeSet } from './ranges.ts';
import { Transfer } from './transfer.ts';

interface Way {
  readonly recipe?: Recipe;
  readonly leavesBasis?: boolean;
}

/** One attempt at having a file, from what is there of it to its place. */
export class FileAttempt {
  readonly #request: FileRequest;
  readonly #services: FileServices;
  #location: ByteSource | undefined;
  /** The location, if a cache is asked first. */
  #cache: CacheFirst | undefined;
  #hasCachedBytes = false;
  /** What the last recipe has copied. */
  #seeded = new RangeSet();

  constructor(request: FileRequest, services: FileServices) {
    this.#request = request;
    this.#services = services;
  }

  /** See downloadFile. The file is locked. */
  async run(): Promise<void> {
    try {
      await this.#attempt();
    } catch (error) {
      if (!(error instanceof OtherBytes) || !error.isOutdated) throw error;
      const { file, target } = this.#request;
      this.#services.logger.info(`${file.path} has another ETag than before: it is begun anew.`);
      await removePartial(target);
      this.#location = undefined;
      await this.#attempt();
    }
  }

  /** By one recipe after the other, and in the end without any; the digest decides. */
  async #attempt(): Promise<void> {
    const { file, basis, target } = this.#request;
    let hasFailed = false;
    for (const recipe of await this.#recipes()) {
      if ((await this.#make({ recipe })) === file.digest.hex) return;
      hasFailed = true;
      this.#services.logger.info(
        `${file.path} has other bytes than the installed file where it seemed the same.`,
      );
    }
    let digest = await this.#make({ leavesBasis: hasFailed });
    if (digest !== file.digest.hex && (basis !== undefined || this.#hasCachedBytes)) {
      // What an earlier attempt has left may be copies of what is not the same, or a cache's.
      await removePartial(target);
      digest = await this.#make({ leavesBasis: true });
    }
    if (digest === file.digest.hex) return;
    await removePartial(target);
    throw mismatch(file.path, digest);
  }

  /** How the file can be made out of another one, if that is worth finding out. */
  async #recipes(): Promise<readonly Recipe[]> {
    const { source, file, basis, signal } = this.#request;
    const { differ } = this.#services;
    if (differ === undefined || basis === undefined) return [];
    const partial = await this.#open();
    try {
      if (partial.isComplete || partial.isOnItsOwn) return [];
      this.#tell('reusing', partial.written.bytes);
      const { recipes } = await differ.recipes(
        { source, file, signal },
        basis,
        await this.#locateParts(partial),
        (bytes, own) => this.#request.flow.take(bytes, own),
      );
      return recipes;
    } finally {
      await partial.close();
    }
  }

  /**
   * @param way the recipe; without one, what is missing is fetched, and if it leaves the basis, no
   *   later attempt tries a recipe
   * @returns the digest of what came out; if it is the right one, the file is in its place
   */
  async #make({ recipe, leavesBasis }: Way): Promise<string> {
    const { target, place = target, file } = this.#request;
    const partial = await this.#open();
    let digest: string;
    try {
      this.#seeded = new RangeSet();
      if (leavesBasis === true) await partial.leaveBasis();
      digest = await this.#fetchAndHash(partial, recipe);
      if (digest !== file.digest.hex && (await this.#leaveCache(partial))) {
        digest = await this.#fetchAndHash(partial, undefined);
      }
      if (digest !== file.digest.hex && (await this.#repair(partial))) {
        digest = await this.#fetchAndHash(partial, undefined);
      }
      // What was fetched may be right, so it stays.
      if (digest !== file.digest.hex) await partial.forget(this.#seeded.ranges);
    } finally {
      await partial.close();
    }
    if (digest !== file.digest.hex) return digest;
    this.#tell('installing', file.size);
    await install(partial.path, place, this.#services.clock);
    await removePartial(target);
    return digest;
  }

  /** Forgets what may be the wrong bytes. @returns false if that is not known */
  async #repair(partial: PartialFile): Promise<boolean> {
    const suspect = await this.#suspectRanges(partial);
    if (suspect === undefined) return false;
    await this.#forget(partial, suspect);
    return true;
  }

  /**
   * Takes nothing more from the cache, and forgets what came from there and cannot be proven.
   * @returns false if there is nothing to forget
   */
  async #leaveCache(partial: PartialFile): Promise<boolean> {
    if (!partial.isCached) return false;
    this.#hasCachedBytes = true;
    const taken = this.#cache?.distrust() ?? new RangeSet();
    if (taken.bytes === 0) return false;
    const suspect = await this.#suspectRanges(partial);
    const wrong = suspect === undefined ? taken.ranges : taken.within(suspect);
    if (wrong.length === 0) return false;
    await this.#forget(partial, wrong);
    return true;
  }

  async #suspectRanges({ path }: PartialFile): Promise<readonly Range[] | undefined> {
    const { source, file, basis, signal } = this.#request;
    return await this.#services.differ?.suspectRanges(path, { source, file, signal }, basis);
  }

  async #forget(partial: PartialFile, wrong: readonly Range[]): Promise<void> {
    const { path } = this.#request.file;
    await partial.forget(wrong);
    this.#services.logger.info(
      `${path} is not right: ${wrong.length} parts of it are fetched again.`,
    );
  }

  async #open(): Promise<PartialFile> {
    const { source, file, target } = this.#request;
    const { model, revision } = source;
    const { path, size, digest } = file;
    const { bootedAt, fileSystem } = this.#services;
    const header = { model, revision, path, size, digest, bootedAt };
    return await PartialFile.open(target, header, fileSystem);
  }

  /** Hashing follows the bytes as they come, so that it ends hardly later than they do. */
  async #fetchAndHash(partial: PartialFile, recipe: Recipe | undefined): Promise<string> {
    const { file, signal } = this.#request;
    const ending = new AbortController();
    let isFetched = partial.isComplete;
    const followed = this.#services.hasher.follow(partial.path, {
      ...{ algorithm: file.digest.algorithm, size: file.size },
      signal: AbortSignal.any([signal, ending.signal]),
      onProgress: (bytes) => {
        if (isFetched) this.#tell('verifying', bytes);
      },
    });
    // It is heard of below, unless fetching fails first.
    followed.digest.catch(() => undefined);
    try {
      followed.advance(partial.written.front);
      if (!isFetched && recipe !== undefined) await this.#seed(partial, followed, recipe);
      if (!partial.isComplete) await this.#fetch(partial, followed);
      isFetched = true;
      followed.advance(partial.size);
      const [digest] = await Promise.all([followed.digest, partial.sync()]);
      return digest;
    } finally {
      ending.abort();
    }
  }

  async #seed(partial: PartialFile, followed: Followed, recipe: Recipe): Promise<void> {
    const { basis, signal } = this.#request;
    this.#seeded = await seed(partial, recipe, basis?.path ?? '', {
      ...{ signal, logger: this.#services.logger },
      onTick: () => {
        followed.advance(partial.written.front);
        this.#tell('reusing', partial.written.bytes);
      },
    });
  }

  async #fetch(partial: PartialFile, followed: Followed): Promise<void> {
    const { flow, signal } = this.#request;
    const { clock, random, logger } = this.#services;
    const location = await this.#locate(partial);
    await new Transfer({
      ...{ location, partial, flow, clock, random, logger, signal },
      onTick: () => {
        followed.advance(partial.written.front);
        this.#tell('fetching', partial.written.bytes);
      },
    }).run();
  }

  #tell(phase: DownloadPhase, bytes: number): void {
    const cached = this.#cache?.taken.bytes ?? 0;
    this.#request.onProgress({ phase, bytes, ...(cached > 0 && { cached }) });
  }

  async #locate(partial: PartialFile): Promise<ByteSource> {
    if (this.#location !== undefined) return this.#location;
    const origin = await this.#origin(partial);
    const { file, isPublic } = this.#request;
    const { sharedCache: cache, clock } = this.#services;
    const isShared = isPublic === true && file.digest.algorithm === 'sha256';
    this.#cache =
      isShared && cache?.isUsable === true
        ? new CacheFirst({ cache, file, origin, clock })
        : undefined;
    return (this.#location = this.#cache ?? origin);
  }

  async #locateParts(partial: PartialFile): Promise<Pick<ByteSource, 'ask'>> {
    const location = await this.#locate(partial);
    return this.#cache?.inParts ?? location;
  }

  /** Where the file is published. */
  async #origin({ etag }: PartialFile): Promise<ByteSource> {
    const { source, file, signal } = this.#request;
    const storage = await this.#services.differ?.storageOf(
      { source, file, signal },
      this.#services,
    );
    return storage ?? new Location(source, file, this.#services, etag);
  }
}

function mismatch(path: string, digest: string): DownloadError {
  return new DownloadError(
    'mismatch',
    t(
      '{0} arrived whole, but its bytes are not the published ones (digest {1}). Nothing was installed. Download it again; if that does not help, its author has to be told.',
      path,
      digest,
    ),
  );
}
