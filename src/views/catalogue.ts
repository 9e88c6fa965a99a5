import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import { CatalogueReader } from '../sync/cache/catalogueReader.ts';
import type { SearchQuery } from '../sync/cache/search.ts';
import type { FoundGroup, GroupBy, GroupQuery } from '../sync/cache/searchGroups.ts';
import {
  DATABASE_FILE,
  isBusy,
  isCorruption,
  openForReading,
  problemWithVersion,
} from '../sync/cache/database.ts';
import type { StorageInfo } from '../sync/engine.ts';
import type { Logger } from '../sync/logger.ts';
import type { Model, ModelId, SourceKey, SourceStatus } from '../sync/model.ts';
import type { ModelHistory } from '../sync/modelHistory.ts';
import type { StorageProblem } from '../sync/storageProblem.ts';
import type { CatalogueChange, SyncReport } from '../sync/syncService.ts';
import { describeError, SyncError } from '../sync/errors.ts';
import { SeenEpochs } from './seenEpochs.ts';
import { UnwrittenFailures } from './unwrittenFailures.ts';

/** How often to look whether another window has committed, in ms. Costs microseconds. */
const WATCH_INTERVAL = 2_000;
/** How long counting keeps the thread before others have their turn, in ms. */
const TURN = 5;

export interface CatalogueOptions {
  readonly storage: string;
  /** Makes the catalogue if it is not there; `attach` is called when that is done. */
  readonly prepare: () => Promise<unknown>;
  /** Checks the catalogue anew, and rebuilds it if it is damaged. */
  readonly repair: () => Promise<unknown>;
  readonly followed: () => readonly SourceKey[];
  /** Up to when the user has seen the news, in ms since 1970. */
  readonly seenUpTo: () => number;
  /** What came or changed since then is marked as news, in ms since 1970. */
  readonly lastVisit: () => number;
  /** A model that no source lists, but that somebody has looked up. */
  readonly elsewhere: (id: ModelId) => Model | undefined;
  /** What is wrong with the place where the user's marks are kept, if anything is. */
  readonly stateProblem: StorageProblem | undefined;
  readonly logger: Logger;
}

/**
 * The catalogue as the views read it: from the disk, at once, whatever the network does. Reading
 * never throws; what cannot be read is as if it were not there, and is repaired.
 */
export class Catalogue implements vscode.Disposable {
  readonly #options: CatalogueOptions;
  readonly #changed = new vscode.EventEmitter<CatalogueChange | undefined>();
  readonly #watch: NodeJS.Timeout;
  #reader: CatalogueReader | undefined;
  #looked = false;
  #preparing: Promise<void> | undefined;
  #problem: StorageProblem | undefined;
  #isOfOlderVersion = false;
  #repaired = false;
  readonly #statusChanged = new vscode.EventEmitter<void>();
  readonly #seen = new SeenEpochs();
  readonly #unwritten = new UnwrittenFailures();
  /** What changed, or undefined if anything may have. */
  readonly onDidChange = this.#changed.event;
  /** A source was heard of, or failed; its rows are as they were. */
  readonly onDidChangeStatus = this.#statusChanged.event;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.check(), WATCH_INTERVAL);
    this.#watch.unref();
  }

  /** Resolves when there is something to read. */
  async ready(): Promise<void> {
    this.#openExisting();
    if (this.#reader === undefined) await this.#prepare();
  }

  /** What is wrong with the places where things are kept. */
  get problems(): readonly StorageProblem[] {
    this.#openExisting();
    return [this.#problem, this.#options.stateProblem].filter((one) => one !== undefined);
  }

  /** The engine has to bring the catalogue to this version before it can be read. */
  get isBeingUpgraded(): boolean {
    this.#openExisting();
    return this.#isOfOlderVersion;
  }

  sources(): SourceStatus[] {
    const followed = this.#options.followed();
    const known = this.#read(
      (reader) => reader.sources(followed),
      followed.map((key) => ({ key, models: 0, epoch: 0 })),
    );
    return known.map((status) => this.#unwritten.over(status));
  }

  /** A model as its sources know it, else as it was looked up. */
  model(id: ModelId): Model | undefined {
    const { elsewhere } = this.#options;
    return this.listed(id) ?? elsewhere(id);
  }

  /** A model as its sources know it. */
  listed(id: ModelId): Model | undefined {
    const { followed, lastVisit } = this.#options;
    return this.#read((reader) => reader.model(id, followed(), lastVisit()), undefined);
  }

  /** What became of a model since this catalogue knows it. */
  history(id: ModelId): ModelHistory {
    return this.#read((reader) => reader.history(id, this.#options.followed()), { entries: [] });
  }

  /** One page of the models that answer to a query, of the followed sources. */
  search(query: Omit<SearchQuery, 'sources'>): Model[] {
    const { followed, lastVisit } = this.#options;
    const asked = { ...query, sources: followed() };
    return this.#read((reader) => reader.search(asked, lastVisit()), []);
  }

  /** The groups of what a query finds in the followed sources, without keeping others waiting. */
  async groups(query: Omit<GroupQuery, 'sources'>, by: GroupBy): Promise<readonly FoundGroup[]> {
    const asked = { ...query, sources: this.#options.followed() };
    const steps = this.#read((reader) => reader.groups(asked, by), undefined);
    const reader = this.#reader;
    if (steps === undefined) return [];
    const nothing = { done: true, value: [] } as const;
    let turn = performance.now();
    // What takes the place of a catalogue is announced, and counted anew.
    while (this.#reader === reader) {
      const step = this.#read(() => steps.next(), nothing);
      if (step.done === true) return step.value;
      if (performance.now() - turn < TURN) continue;
      await pause();
      turn = performance.now();
    }
    return [];
  }

  /** The models that came or changed since the last visit. */
  news(): ModelId[] {
    const { followed, lastVisit } = this.#options;
    return this.#read((reader) => reader.news(followed(), lastVisit()), []);
  }

  /** When the visit before this one ended: news came since. In ms since 1970. */
  get lastVisit(): number {
    return this.#options.lastVisit();
  }

  /** How many models came since the user last looked: see CatalogueReader.countNew. */
  countNew(): number {
    const { followed, seenUpTo } = this.#options;
    return this.#read((reader) => reader.countNew(followed(), seenUpTo()), 0);
  }

  /** How many different models the followed sources publish. */
  count(): number {
    return this.#read((reader) => reader.count(this.#options.followed()), 0);
  }

  /** When the followed source that waits longest was last tried; undefined if one never was. */
  lastAttempt(): number | undefined {
    const attempts = this.sources().map((source) => source.lastAttempt);
    if (attempts.length === 0 || attempts.includes(undefined)) return undefined;
    return Math.min(...attempts.filter((time) => time !== undefined));
  }

  /** Reads the catalogue at the place where the engine keeps it. */
  attach({ path, problem }: StorageInfo): void {
    this.#looked = true;
    this.#problem = problem;
    this.#isOfOlderVersion = false;
    this.#reader?.close();
    this.#reader = undefined;
    try {
      this.#open(path);
    } catch (error) {
      this.#fail(error);
    }
    this.#changed.fire(undefined);
  }

  /** Passes on what the engine of this window has applied. */
  announce(change: CatalogueChange): void {
    this.#changed.fire(this.#seen.follow(change) ? change : undefined);
  }

  /**
   * Takes over how a sync went, where the file itself cannot tell.
   * @param at when it ended, in ms since 1970
   */
  noteReport(report: SyncReport, at: number): void {
    if (this.#unwritten.note(report, at, this.#problem?.message)) this.#statusChanged.fire();
  }

  /** Looks whether the engine or another window has committed something that views must show. */
  check(): void {
    if (!this.#read((reader) => reader.changedElsewhere(), false)) return;
    if (this.#seen.note(this.sources())) this.#changed.fire(undefined);
    else this.#statusChanged.fire();
  }

  dispose(): void {
    clearInterval(this.#watch);
    this.#changed.dispose();
    this.#statusChanged.dispose();
    this.#reader?.close();
    this.#reader = undefined;
    this.#looked = true;
  }

  #read<T>(query: (reader: CatalogueReader) => T, otherwise: T): T {
    this.#openExisting();
    if (this.#reader === undefined) return otherwise;
    try {
      return query(this.#reader);
    } catch (error) {
      // Without a shared log, a commit bars readers for a moment; what it wrote is announced.
      if (isBusy(error)) return otherwise;
      this.#reader.close();
      this.#reader = undefined;
      this.#fail(error);
      if (isCorruption(error)) void this.#repair();
      return otherwise;
    }
  }

  /** Once per session: what is damaged again by then is damaged for another reason. */
  async #repair(): Promise<void> {
    if (this.#repaired) return;
    this.#repaired = true;
    try {
      await this.#options.repair();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Opens what an earlier start has left, when somebody reads for the first time. */
  #openExisting(): void {
    if (this.#looked) return;
    this.#looked = true;
    const path = join(this.#options.storage, DATABASE_FILE);
    if (!existsSync(path)) return;
    try {
      this.#open(path);
    } catch (error) {
      this.#isOfOlderVersion = SyncError.is(error, 'outdated');
      this.#options.logger.warn(`The catalogue cannot be opened yet: ${describeError(error)}`);
    }
  }

  #open(path: string): void {
    const database = openForReading(path);
    try {
      this.#reader = new CatalogueReader(database, this.#options.logger);
      this.#problem ??= problemWithVersion(database);
      this.#seen.note(this.sources());
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** One attempt at a time; a failed one is tried again when somebody asks again. */
  #prepare(): Promise<void> {
    this.#preparing ??= this.#attemptToPrepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #attemptToPrepare(): Promise<void> {
    try {
      await this.#options.prepare();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#isOfOlderVersion = false;
    const message = vscode.l10n.t('The saved catalogue cannot be read. See the log.');
    this.#problem = { cause: 'disk', message };
    this.#options.logger.error(`The catalogue cannot be read: ${describeError(error)}`);
  }
}
