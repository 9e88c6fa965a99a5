import { isDeepStrictEqual } from 'node:util';
import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelId } from '../sync/model.ts';
import { untilAborted } from '../sync/untilAborted.ts';
import type { CatalogueAccess } from './catalogueAccess.ts';
import type { DuplicateGroup } from './duplicates.ts';
import { findDuplicates } from './duplicates.ts';
import { RuntimeError } from './errors.ts';
import type { KnownFacts } from './identity.ts';
import { provenSha256 } from './identity.ts';
import type { IdentityHasher } from './identityHasher.ts';
import { IdentityOrigins } from './identityOrigins.ts';
import type { IdentityStore } from './identityStore.ts';
import type { AvailableUpdate, InstalledSnapshot } from './installed.ts';
import type { IdentifiedEntry } from './installedSnapshot.ts';
import { filesToHash, identifyEntries, provenFiles, snapshotOf } from './installedSnapshot.ts';
import { OriginSearch, unplacedFiles } from './originSearch.ts';
import type { Runtime, RuntimeKind } from './runtime.ts';
import { RuntimeListings } from './runtimeListings.ts';
import { Throttle } from './throttle.ts';
import type { Head } from './updates.ts';
import { headToCompare, PublishedFiles, updateOf } from './updates.ts';

/** Not told more often than this, in ms. */
const TELL_INTERVAL = 250;
/** How often what runs is asked for while somebody looks, in ms. */
const RUNNING_INTERVAL = 30_000;
/** Runtimes that do not tell by themselves what they run. */
const SERVERS: readonly RuntimeKind[] = ['jan', 'cortex', 'server'];

export interface InstalledModelsOptions {
  readonly store: IdentityStore;
  readonly hasher: IdentityHasher;
  readonly catalogue: CatalogueAccess;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something is different from what was told last; at most four times a second. */
  readonly onDidChange: (snapshot: InstalledSnapshot) => void;
}

const NOTHING: InstalledSnapshot = {
  ...{ entries: [], runtimes: [], complete: false, duplicateBytes: 0 },
};

/** What all runtimes of this machine have, what it is, and whether something newer is published. */
export class InstalledModels {
  readonly #options: InstalledModelsOptions;
  readonly #listings: RuntimeListings;
  readonly #origins: IdentityOrigins;
  readonly #originSearch: OriginSearch;
  readonly #published: PublishedFiles;
  readonly #telling: Throttle;
  readonly #closing = new AbortController();
  #snapshot = NOTHING;
  #entries: readonly IdentifiedEntry[] = [];
  #groups: readonly DuplicateGroup[] = [];
  #heads: Readonly<Record<ModelId, string>> = {};
  #started: Promise<void> | undefined;
  #visible: Disposable | undefined;
  #thinking: Promise<void> | undefined;
  /** How often something was to be thought through. */
  #occasions = 0;

  constructor(options: InstalledModelsOptions) {
    const { store, catalogue, clock, logger } = options;
    const onDidChange = (): void => this.reconsider();
    this.#options = options;
    this.#listings = new RuntimeListings({ clock, logger, onDidChange });
    this.#origins = new IdentityOrigins({
      ...{ store, logger },
      origins: (sha256, signal) => catalogue.origins(sha256, signal),
    });
    this.#originSearch = new OriginSearch({
      ...{ store, clock, logger },
      searchCommits: (id, sha256, signal) => catalogue.searchCommits(id, sha256, signal),
      onDidFind: () => this.catalogueChanged(),
    });
    this.#telling = new Throttle(clock, TELL_INTERVAL, () => {
      options.onDidChange(this.#snapshot);
    });
    this.#published = new PublishedFiles({
      ...{ clock, logger, onDidChange },
      files: (id, revision, signal) => catalogue.files(id, revision, signal),
    });
  }

  /** What is known now. */
  get snapshot(): InstalledSnapshot {
    return this.#snapshot;
  }

  /** The entries behind the snapshot. */
  get entries(): readonly IdentifiedEntry[] {
    return this.#entries;
  }

  /** What could be merged. */
  get duplicates(): readonly DuplicateGroup[] {
    return this.#groups;
  }

  /** The runtimes to ask from now on. */
  setRuntimes(runtimes: readonly Runtime[]): void {
    this.#listings.setRuntimes(runtimes);
    this.reconsider();
  }

  /** Ends when every runtime has been asked once; they are watched from then on. */
  ready(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /**
   * Asks all runtimes, or those of these kinds, anew and ends when what they have is known.
   * @throws SyncError `cancelled`
   */
  async rescan(signal?: AbortSignal, kinds?: readonly RuntimeKind[]): Promise<InstalledSnapshot> {
    const asked = this.#rescan(kinds);
    await (signal === undefined ? asked : untilAborted(asked, signal));
    return this.#snapshot;
  }

  /** Whether somebody looks: what runs is then asked for every now and then. */
  setVisible(visible: boolean): void {
    if (visible === (this.#visible !== undefined)) return;
    this.#visible?.dispose();
    this.#visible = undefined;
    if (!visible) return;
    this.#askRunningLater();
    void (this.#started === undefined ? this.ready() : this.#rescan(SERVERS));
  }

  /** Whether the user is away, so that there is time to find out more. */
  setIdle(idle: boolean): void {
    this.#originSearch.setIdle(idle);
  }

  /** The catalogue knows other files or newer commits. */
  catalogueChanged(): void {
    this.#origins.doubt();
    this.reconsider();
  }

  /** Puts together anew what is known, and tells if that is something else; not at once. */
  reconsider(): void {
    if (this.#started !== undefined) void this.#think();
  }

  /** @throws RuntimeError `refused` if there is no such entry any more */
  entry(key: string): IdentifiedEntry {
    const found = this.#entries.find(({ entry }) => entry.key === key);
    if (found !== undefined) return found;
    throw new RuntimeError('refused', t('This model is no longer installed. Refresh the list.'));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#visible?.dispose();
    this.#telling.dispose();
    await Promise.all([
      this.#listings.close(),
      this.#originSearch.close(),
      this.#published.close(),
      this.#thinking,
    ]);
  }

  async #start(): Promise<void> {
    this.#listings.watch();
    await this.#listings.ask();
    await this.#think();
  }

  async #rescan(kinds?: readonly RuntimeKind[]): Promise<void> {
    if (this.#started === undefined) {
      await this.ready();
      return;
    }
    await this.#listings.ask(kinds);
    await this.#think();
  }

  #askRunningLater(): void {
    this.#visible = this.#options.clock.after(RUNNING_INTERVAL, () => {
      this.#askRunningLater();
      void this.#rescan(SERVERS);
    });
  }

  /** One at a time; what changes meanwhile is thought through afterwards. */
  #think(): Promise<void> {
    this.#occasions++;
    this.#thinking ??= this.#thinkUntilQuiet();
    return this.#thinking;
  }

  async #thinkUntilQuiet(): Promise<void> {
    let met: number;
    do {
      met = this.#occasions;
      try {
        await this.#thinkOnce();
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        this.#options.logger.error(`What is installed is not up to date: ${describeError(error)}`);
      }
    } while (met !== this.#occasions);
    this.#thinking = undefined;
  }

  async #thinkOnce(): Promise<void> {
    const runtimes = this.#listings.listed;
    const { complete } = this.#listings;
    const facts = this.#facts();
    const hashes = this.#hashesOf(facts);
    await this.#origins.lookUp(hashes, this.#closing.signal);
    const publishers = [...hashes].flatMap((sha256) => facts.origins(sha256));
    this.#heads = await this.#lookUpHeads([
      ...identifyEntries(runtimes, facts).flatMap(({ entry }) => entry.from?.model ?? []),
      ...publishers.map(({ model }) => model),
    ]);
    const entries = identifyEntries(runtimes, facts);
    const groups = await findDuplicates(provenFiles(entries, facts));
    if (this.#closing.signal.aborted) return;

    this.#entries = entries;
    this.#groups = groups;
    this.#options.hasher.want(filesToHash(entries, facts));
    this.#originSearch.want(unplacedFiles(entries, facts));
    const updates = this.#lookForUpdates(entries, facts);
    this.#tell(snapshotOf(runtimes, entries, groups, updates, complete));
  }

  #facts(): KnownFacts {
    const { store, hasher } = this.#options;
    return {
      hashed: ({ path, size, modifiedAt }) => store.sha256Of(path, size, modifiedAt),
      isPending: (file) => hasher.isPending(file),
      origins: (sha256) => this.#origins.of(sha256),
      head: (model) => this.#heads[model],
    };
  }

  #hashesOf({ hashed }: KnownFacts): Set<string> {
    const files = this.#listings.listed
      .flatMap(({ listing }) => listing.entries)
      .flatMap((entry) => entry.files)
      .filter(({ role }) => role !== 'companion');
    const hashes = files.flatMap((file) => hashed(file) ?? file.sha256 ?? []);
    return new Set(hashes);
  }

  async #lookUpHeads(models: readonly ModelId[]): Promise<Readonly<Record<ModelId, string>>> {
    if (models.length === 0) return {};
    try {
      return await this.#options.catalogue.heads([...new Set(models)]);
    } catch (error) {
      if (!this.#closing.signal.aborted) {
        this.#options.logger.info(`Updates are not looked for: ${describeError(error)}`);
      }
      return this.#heads;
    }
  }

  /** By the keys of the entries; what is not known yet is asked for. */
  #lookForUpdates(
    entries: readonly IdentifiedEntry[],
    facts: KnownFacts,
  ): Map<string, AvailableUpdate> {
    const updates = new Map<string, AvailableUpdate>();
    const wanted: Head[] = [];
    for (const { runtime, entry } of entries) {
      const head = headToCompare(entry, facts.head);
      if (head === undefined) continue;
      wanted.push(head);
      const published = this.#published.of(head);
      if (published === undefined) continue;
      const update = updateOf(
        entry,
        head,
        published,
        (file) => provenSha256(runtime.kind, file, facts) ?? file.sha256,
      );
      if (update !== undefined) updates.set(entry.key, update);
    }
    this.#published.want(wanted);
    return updates;
  }

  #tell(snapshot: InstalledSnapshot): void {
    if (isDeepStrictEqual(snapshot, this.#snapshot)) return;
    this.#snapshot = snapshot;
    this.#telling.ask();
  }
}
