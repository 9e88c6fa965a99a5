import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import type { FileRequest, FileServices } from './fileDownload.ts';
import type { Followed } from './hasher.ts';
import { install } from './install.ts';
import { Location } from './location.ts';
import { PartialFile, removePartial } from './partialFile.ts';
import { OtherBytes } from './published.ts';
import { Transfer } from './transfer.ts';

/** One attempt at having a file, from what is there of it to its place. */
export class FileAttempt {
  readonly #request: FileRequest;
  readonly #services: FileServices;

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
      await this.#attempt();
    }
  }

  async #attempt(): Promise<void> {
    const { target, place = target, onProgress, file } = this.#request;
    const partial = await this.#open();
    let digest: string;
    try {
      digest = await this.#fetchAndHash(partial);
    } finally {
      await partial.close();
    }
    if (digest !== file.digest.hex) {
      await removePartial(target);
      throw mismatch(file.path, digest);
    }
    onProgress({ phase: 'installing', bytes: file.size });
    await install(partial.path, place, this.#services.clock);
    await removePartial(target);
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
  async #fetchAndHash(partial: PartialFile): Promise<string> {
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
      if (!isFetched) await this.#fetch(partial, followed);
      isFetched = true;
      followed.advance(partial.size);
      const [digest] = await Promise.all([followed.digest, partial.sync()]);
      return digest;
    } finally {
      ending.abort();
    }
  }

  async #fetch(partial: PartialFile, followed: Followed): Promise<void> {
    const { source, file, flow, onProgress, signal } = this.#request;
    const { clock, random, logger } = this.#services;
    const location = new Location(source, file, this.#services, partial.etag);
    await new Transfer({
      ...{ location, partial, flow, clock, random, logger, signal },
      onTick: () => {
        followed.advance(partial.written.front);
        onProgress({ phase: 'fetching', bytes: partial.written.bytes });
      },
    }).run();
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
