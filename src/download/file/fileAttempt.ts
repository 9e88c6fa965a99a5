import { t } from '@vscode/l10n';
import type { Recipe } from '../differential/recipe.ts';
import { seed } from '../differential/seed.ts';
import { DownloadError } from '../errors.ts';
import type { FileRequest, FileServices } from './fileDownload.ts';
import type { Followed } from './hasher.ts';
import { install } from './install.ts';
import type { ByteSource } from './location.ts';
import { Location } from './location.ts';
import { PartialFile, removePartial } from './partialFile.ts';
import { OtherBytes } from './published.ts';
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
    if (digest !== file.digest.hex && basis !== undefined) {
      // What an earlier attempt has left may be copies of what is not the same.
      await removePartial(target);
      digest = await this.#make({ leavesBasis: true });
    }
    if (digest === file.digest.hex) return;
    await removePartial(target);
    throw mismatch(file.path, digest);
  }

  /** How the file can be made out of another one, if that is worth finding out. */
  async #recipes(): Promise<readonly Recipe[]> {
    const { source, file, basis, signal, onProgress } = this.#request;
    const { differ } = this.#services;
    if (differ === undefined || basis === undefined) return [];
    const partial = await this.#open();
    try {
      if (partial.isComplete || partial.isOnItsOwn) return [];
      onProgress({ phase: 'reusing', bytes: partial.written.bytes });
      const { recipes } = await differ.recipes(
        { source, file, signal },
        basis,
        await this.#locate(partial),
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
    const { target, place = target, onProgress, file } = this.#request;
    const partial = await this.#open();
    let digest: string;
    try {
      this.#seeded = new RangeSet();
      if (leavesBasis === true) await partial.leaveBasis();
      digest = await this.#fetchAndHash(partial, recipe);
      if (digest !== file.digest.hex && (await this.#repair(partial))) {
        digest = await this.#fetchAndHash(partial, undefined);
      }
      // What was fetched may be right, so it stays.
      if (digest !== file.digest.hex) await partial.forget(this.#seeded.ranges);
    } finally {
      await partial.close();
    }
    if (digest !== file.digest.hex) return digest;
    onProgress({ phase: 'installing', bytes: file.size });
    await install(partial.path, place, this.#services.clock);
    await removePartial(target);
    return digest;
  }

  /** Forgets what may be the wrong bytes. @returns false if that is not known */
  async #repair(partial: PartialFile): Promise<boolean> {
    const { source, file, basis, signal } = this.#request;
    const { differ, logger } = this.#services;
    const wanted = { source, file, signal };
    const suspect = await differ?.suspectRanges(partial.path, wanted, basis);
    if (suspect === undefined) return false;
    await partial.forget(suspect);
    logger.info(`${file.path} is not right: ${suspect.length} parts of it are fetched again.`);
    return true;
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
    const { file, signal, onProgress } = this.#request;
    const ending = new AbortController();
    let isFetched = partial.isComplete;
    const followed = this.#services.hasher.follow(partial.path, {
      ...{ algorithm: file.digest.algorithm, size: file.size },
      signal: AbortSignal.any([signal, ending.signal]),
      onProgress: (bytes) => {
        if (isFetched) onProgress({ phase: 'verifying', bytes });
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
    const { basis, onProgress, signal } = this.#request;
    this.#seeded = await seed(partial, recipe, basis?.path ?? '', {
      ...{ signal, logger: this.#services.logger },
      onTick: () => {
        followed.advance(partial.written.front);
        onProgress({ phase: 'reusing', bytes: partial.written.bytes });
      },
    });
  }

  async #fetch(partial: PartialFile, followed: Followed): Promise<void> {
    const { flow, onProgress, signal } = this.#request;
    const { clock, random, logger } = this.#services;
    const location = await this.#locate(partial);
    await new Transfer({
      ...{ location, partial, flow, clock, random, logger, signal },
      onTick: () => {
        followed.advance(partial.written.front);
        onProgress({ phase: 'fetching', bytes: partial.written.bytes });
      },
    }).run();
  }

  async #locate({ etag }: PartialFile): Promise<ByteSource> {
    const { source, file, signal } = this.#request;
    const wanted = { source, file, signal };
    this.#location ??=
      (await this.#services.differ?.storageOf(wanted, this.#services)) ??
      new Location(source, file, this.#services, etag);
    return this.#location;
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
