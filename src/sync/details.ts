import { LRUCache } from 'lru-cache';
import { Batcher } from './batcher.ts';
import type { DetailsStore } from './cache/detailsStore.ts';
import type { Clock } from './clock.ts';
import type { Asking, Served } from './detailsPart.ts';
import { charge, DetailsPart, keyOf, MAIN, MAIN_TTL } from './detailsPart.ts';
import { SyncError } from './errors.ts';
import { Failures, NEGATIVE_TTL } from './failures.ts';
import type { FileTree, HuggingFaceDetails, Readme } from './gateway/huggingFaceDetails.ts';
import { MOST_PATHS } from './gateway/huggingFaceDetails.ts';
import type { HttpClient } from './http/httpClient.ts';
import type { Logger } from './logger.ts';
import type { ModelDetails, ModelFile, ModelId } from './model.ts';
import { withoutUndefined } from './withoutUndefined.ts';

/** For how long questions for single files wait for each other, in ms. */
const BATCH_WINDOW = 5;
/** Single files that are remembered. */
const MOST_FILES = 20_000;

/** Details as they are served: with a failure if they are older, or less, than they should be. */
export interface ServedDetails {
  readonly details: ModelDetails;
  /** Why nothing newer, or no README, could be had. */
  readonly failure?: string;
}

export interface DetailsOptions {
  readonly store: DetailsStore;
  readonly http: HttpClient;
  /** Where details are fetched from by now. */
  readonly gateway: () => Pick<HuggingFaceDetails, 'files' | 'readme' | 'pathsInfo'>;
  /** Something newer came of what was served stale, or it is known now why nothing comes. */
  readonly onDidChange?: (id: ModelId) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** File trees and READMEs, each asked for only where it is needed and shared by all who do. */
export class DetailsService {
  readonly #options: DetailsOptions;
  readonly #files: DetailsPart<FileTree>;
  readonly #readmes: DetailsPart<Readme>;
  readonly #failures: readonly [files: Failures, readmes: Failures];
  readonly #batcher: Batcher<string, ModelFile>;
  /** Single files; `false` where there is none. */
  readonly #single: LRUCache<string, ModelFile | false>;

  constructor(options: DetailsOptions) {
    const { gateway, onDidChange = () => undefined, clock } = options;
    const failures = [new Failures(clock), new Failures(clock)] as const;
    this.#options = options;
    this.#failures = failures;
    this.#files = new DetailsPart({
      ...options,
      name: 'files',
      fetch: (question) => gateway().files(question),
      isNegative: () => false,
      isOutdated: ({ files }) => files.some(lacksDigest),
      weigh: ({ files }) => files.length * 256,
      failures: failures[0],
      onDidChange,
    });
    this.#readmes = new DetailsPart({
      ...options,
      name: 'readme',
      fetch: (question) => gateway().readme(question),
      isNegative: ({ text }) => text === undefined,
      weigh: ({ text = '' }) => text.length * 2,
      failures: failures[1],
      onDidChange,
    });
    this.#batcher = new Batcher(clock, BATCH_WINDOW, MOST_PATHS);
    this.#single = new LRUCache({
      max: MOST_FILES,
      ttl: 0,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
    });
  }

  /**
   * The file tree and the README at a commit, or at `main`. Stale ones are served at once, and
   * asked for anew in the background; a README that cannot be had is a failure, but no reason to
   * show no files.
   * @throws SyncError if there is no file tree at all
   */
  async details(id: ModelId, revision: string, asking?: Asking): Promise<ServedDetails> {
    const readme = this.#readmes.get(id, revision, asking).then(
      (found) => found,
      (error: unknown) => SyncError.from(error),
    );
    const [tree, text] = await Promise.all([this.#files.get(id, revision, asking), readme]);
    if (!(text instanceof SyncError)) return together(tree, text);
    if (text.kind === 'cancelled') throw text;
    return { ...together(tree), failure: tree.failure ?? text.message };
  }

  /**
   * The file tree at a commit, or at `main`.
   * @throws SyncError if there is none at all
   */
  files(id: ModelId, revision: string, asking?: Asking): Promise<Served<FileTree>> {
    return this.#files.get(id, revision, asking);
  }

  /**
   * Has both the file tree and the README at a commit stored.
   * @throws SyncError if one of them cannot be had
   */
  async store(id: ModelId, revision: string, asking?: Asking): Promise<void> {
    const parts = [this.#files, this.#readmes].map((part) => part.get(id, revision, asking));
    const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) await Promise.all(parts);
  }

  /** Whether both the file tree and the README are stored, so that nobody has to wait for them. */
  isStored(id: ModelId, revision: string): boolean {
    return this.#files.has(id, revision) && this.#readmes.has(id, revision);
  }

  /** The file tree, if it is known and fresh; asks nobody. */
  knownFiles(id: ModelId, revision: string): FileTree | undefined {
    return this.#files.peek(id, revision);
  }

  /**
   * One file, without the whole tree; undefined if there is no such file. Files of one repository
   * that are asked for within a few ms are one question of each priority.
   * @throws SyncError
   */
  async fileInfo(
    id: ModelId,
    revision: string,
    path: string,
    asking: Asking = {},
  ): Promise<ModelFile | undefined> {
    const tree = this.knownFiles(id, revision);
    const listed = tree?.files.find((file) => file.path === path);
    if (listed !== undefined || (tree !== undefined && tree.partial !== true)) return listed;

    const key = `${keyOf(id, revision)}/${path}`;
    const remembered = this.#single.get(key);
    if (remembered !== undefined) return remembered === false ? undefined : remembered;
    const refusal = this.#failures[0].refusal(keyOf(id, revision));
    if (refusal !== undefined) throw refusal;

    const { priority = 'foreground' } = asking;
    const found = await this.#batcher.load(
      // What saves requests may be refused, and the user must not be refused with it.
      `${priority} ${keyOf(id, revision)}`,
      path,
      (paths, signal) => this.#askFiles(id, revision, paths, { ...asking, signal }),
      asking.signal,
    );
    if (found === undefined) this.#single.set(key, false, { ttl: NEGATIVE_TTL });
    else this.#single.set(key, found, { ttl: revision === MAIN ? MAIN_TTL : 0 });
    return found;
  }

  /** Another token may be let in where the one before was refused. */
  forgetRefusals(): void {
    for (const failures of this.#failures) failures.clear();
    this.#files.doubtRefusals();
    this.#readmes.doubtRefusals();
  }

  /** Forgets everything. @returns the bytes that were kept on disk */
  clear(): number {
    const freedBytes = this.#options.store.clear();
    this.#files.clear();
    this.#readmes.clear();
    this.#single.clear();
    for (const failures of this.#failures) failures.clear();
    return freedBytes;
  }

  /** Gives up all requests. */
  async close(): Promise<void> {
    await Promise.all([this.#files.close(), this.#readmes.close(), this.#batcher.close()]);
  }

  async #askFiles(
    id: ModelId,
    revision: string,
    paths: readonly string[],
    { signal, priority, cost }: Asking & { readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, ModelFile>> {
    const { gateway, http } = this.#options;
    const session = http.session(signal, priority);
    try {
      return await gateway().pathsInfo({ http: session, id, revision }, paths);
    } catch (error) {
      // What refuses single files refuses the tree too.
      this.#failures[0].note(keyOf(id, revision), SyncError.from(error));
      throw error;
    } finally {
      charge(cost, session);
    }
  }
}

/** As trees were kept before downloads needed to prove files of git too. */
function lacksDigest({ sha256, gitSha1 }: ModelFile): boolean {
  return sha256 === undefined && gitSha1 === undefined;
}

function together(tree: Served<FileTree>, readme?: Served<Readme>): ServedDetails {
  const failure = tree.failure ?? readme?.failure;
  const details = withoutUndefined({
    files: tree.value.files,
    readme: readme?.value.text,
    readmeRefused: readme?.value.refused,
    fetchedAt: Math.min(tree.fetchedAt, readme?.fetchedAt ?? Infinity),
  });
  return { details, ...(failure !== undefined && { failure }) };
}
