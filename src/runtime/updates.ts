import { basename } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelFile, ModelId } from '../sync/model.ts';
import { groupVariants } from '../sync/variants.ts';
import type { CatalogueAccess } from './catalogueAccess.ts';
import { weightsOf } from './identity.ts';
import type { AvailableUpdate, ChangedFile, InstalledEntry } from './installed.ts';
import type { LocalFile } from './runtime.ts';

/** File lists of installed models that are kept. */
const MOST_LISTS = 500;
/** How long, in ms, a list that could not be had is not asked for again. */
const RETRY_INTERVAL = 30 * 60_000;

/** A model at its newest commit. */
export interface Head {
  readonly model: ModelId;
  readonly revision: string;
}

export interface PublishedFilesOptions {
  readonly files: CatalogueAccess['files'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** More is known. */
  readonly onDidChange: () => void;
}

/** The file lists of the newest commits of installed models, asked for once each, one by one. */
export class PublishedFiles {
  readonly #options: PublishedFilesOptions;
  readonly #known = new LRUCache<string, readonly ModelFile[]>({ max: MOST_LISTS });
  readonly #failed = new Map<string, number>();
  readonly #closing = new AbortController();
  #wanted: readonly Head[] = [];
  #running: Promise<void> | undefined;

  constructor(options: PublishedFilesOptions) {
    this.#options = options;
  }

  /** The list, if it is known. */
  of(head: Head): readonly ModelFile[] | undefined {
    return this.#known.get(keyOf(head));
  }

  /** Asks for what is not known of these; what was wanted before is not any more. */
  want(heads: readonly Head[]): void {
    this.#wanted = heads;
    if (this.#closing.signal.aborted || this.#next() === undefined) return;
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #next(): Head | undefined {
    const now = this.#options.clock.now();
    return this.#wanted.find((head) => {
      const failed = this.#failed.get(keyOf(head)) ?? -Infinity;
      // A clock that was set back must not put it off for ever.
      return !this.#known.has(keyOf(head)) && Math.abs(now - failed) >= RETRY_INTERVAL;
    });
  }

  async #run(): Promise<void> {
    const { files, clock, logger, onDidChange } = this.#options;
    const { signal } = this.#closing;
    for (let head = this.#next(); head !== undefined; head = this.#next()) {
      try {
        this.#known.set(keyOf(head), await files(head.model, head.revision, signal));
        this.#failed.delete(keyOf(head));
      } catch (error) {
        if (signal.aborted) break;
        this.#failed.set(keyOf(head), clock.now());
        logger.info(`Whether ${head.model} has an update stays open: ${describeError(error)}`);
      }
      if (signal.aborted) break;
      onDidChange();
    }
    this.#running = undefined;
  }
}

function keyOf({ model, revision }: Head): string {
  return `${model}@${revision}`;
}

/**
 * What to look at for an update of an entry: its model's newest commit, if it may have other bytes.
 * Only of what is known to have been published once: the user's own work has no update.
 */
export function headToCompare(
  { from, files }: Pick<InstalledEntry, 'from' | 'files'>,
  headOf: (model: ModelId) => string | undefined,
): Head | undefined {
  if (from?.model === undefined || from.revision === undefined || files.length === 0) {
    return undefined;
  }
  const revision = headOf(from.model);
  if (revision === undefined || revision === from.revision) return undefined;
  return { model: from.model, revision };
}

/**
 * How the published variant differs from the installed one; undefined if its bytes are the same,
 * if it is no longer published, or as long as the installed bytes are not known.
 * @param published the files of the newest commit
 * @param sha256Of of an installed file
 */
export function updateOf(
  entry: Pick<InstalledEntry, 'from' | 'files'>,
  { revision }: Head,
  published: readonly ModelFile[],
  sha256Of: (file: LocalFile) => string | undefined,
): AvailableUpdate | undefined {
  const variant = groupVariants(published).find(({ name }) => name === entry.from?.variant);
  const weights = weightsOf(entry);
  if (variant === undefined || weights.length === 0) return undefined;
  const projectors = entry.files.filter(({ role }) => role === 'projector');
  const installed = [...weights, ...projectors];
  const hashes = new Set(installed.map(sha256Of));
  if (hashes.has(undefined)) return undefined;

  const everything = new Set(published.map(({ sha256 }) => sha256));
  const wanted = [
    ...variant.files,
    ...(projectors.length > 0 && variant.mmproj !== undefined ? [variant.mmproj] : []),
  ];
  const missing = wanted.filter(({ sha256 }) => sha256 !== undefined && !hashes.has(sha256));
  // A projector may be another of those that are published.
  const isCurrent = (file: ModelFile): boolean =>
    file === variant.mmproj && projectors.some((one) => everything.has(sha256Of(one)));
  const fetched = missing.filter((file) => !isCurrent(file));
  if (fetched.length === 0) return undefined;

  const counterpart = (file: LocalFile): ModelFile | undefined =>
    file.role === 'projector' ? variant.mmproj : variant.files[weights.indexOf(file)];
  const changed = installed
    .filter((file) => !everything.has(sha256Of(file)))
    .map((file) => changedFile(file, counterpart(file)));
  return { revision, changed, bytes: fetched.reduce((sum, file) => sum + bytesOf(file), 0) };
}

function changedFile(file: LocalFile, published: ModelFile | undefined): ChangedFile {
  return {
    path: published?.path ?? basename(file.path),
    installedSize: file.size,
    ...(published !== undefined && { publishedSize: bytesOf(published) }),
  };
}

function bytesOf({ size }: ModelFile): number {
  return size.sureness === 'unknown' ? 0 : size.bytes;
}
