import { CatalogueReader } from '../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../src/sync/cache/database.ts';
import type { SearchSort } from '../../src/sync/cache/search.ts';
import type { EngineSettings } from '../../src/sync/engine.ts';
import { Engine } from '../../src/sync/engine.ts';
import { SyncError } from '../../src/sync/errors.ts';
import type { Logger } from '../../src/sync/logger.ts';
import type { Model, ModelId } from '../../src/sync/model.ts';
import type { SyncReason } from '../../src/sync/strategy/policy.ts';
import { Scheduler } from '../../src/sync/strategy/scheduler.ts';
import type { SyncReport } from '../../src/sync/syncService.ts';
import { SimulatedSignals } from './simulatedSignals.ts';
import type { SimulatedTime } from './simulatedTime.ts';
import type { WindowDownloadsOptions } from './windowDownloads.ts';
import { WindowDownloads } from './windowDownloads.ts';

/** So few details fit on the disk that each day displaces others. */
export const DETAILS_BUDGET = 24 * 1024;
/** Rows of a list that is looked at. */
const PAGE = 50;

/** What all windows of a machine have in common. */
export interface Machine extends Pick<
  WindowDownloadsOptions,
  'storage' | 'models' | 'findBasis' | 'onDidFinish'
> {
  readonly settings: EngineSettings;
  readonly time: SimulatedTime;
  readonly random: () => number;
  readonly logger: Logger;
  /** A sync of a window has ended. */
  readonly onDidSync: (report: SyncReport) => void;
  /** What somebody waits for has failed. */
  readonly onDidFail: (error: unknown) => void;
}

/** One window of the editor, put together as the extension does, without the editor. */
export class SoakWindow {
  readonly engine: Engine;
  readonly reader: CatalogueReader;
  readonly downloads: WindowDownloads;
  readonly signals = new SimulatedSignals();
  readonly #machine: Machine;
  readonly #scheduler: Scheduler;
  readonly #closing = new AbortController();

  constructor(machine: Machine) {
    const { storage, settings, time, random, logger } = machine;
    const { sources } = settings;
    this.#machine = machine;
    this.engine = new Engine(
      { storage, settings, userAgent: 'model-hub/soak', detailsBudget: DETAILS_BUDGET },
      { clock: time.wall, random, logger },
    );
    this.reader = new CatalogueReader(openForReading(this.engine.storage.path), logger);
    this.downloads = new WindowDownloads({
      ...machine,
      huggingFace: settings.endpoints.huggingFace,
      clock: time.leisure,
    });
    this.#scheduler = new Scheduler({
      clock: time.calendar,
      signals: this.signals,
      random,
      interfaces: () => '',
      backgroundSync: () => true,
      followed: () => sources.length,
      lastAttempt: () => {
        const attempts = this.reader.sources(sources).map(({ lastAttempt }) => lastAttempt);
        const known = attempts.filter((one) => one !== undefined);
        return known.length < sources.length ? undefined : Math.min(...known);
      },
      sync: (reason) => this.sync(reason),
      idle: (signal) => this.#held(this.#fill(signal)),
    });
    this.#scheduler.reconsider();
  }

  /** What a user does with the window: uses it or leaves it, and sees the catalogue or not. */
  stand(state: { readonly focused: boolean; readonly active: boolean; readonly visible: boolean }) {
    this.signals.set(state);
    this.downloads.setIdle(!state.active);
    this.#scheduler.setVisible(state.visible);
  }

  /** See SyncController.sync: never rejects, undefined if it was cancelled. */
  sync(reason: SyncReason): Promise<SyncReport | undefined> {
    return this.#held(this.#sync(reason));
  }

  /** The first rows that answer to some words, as the tree and the search read them. */
  search(text: string, sort: SearchSort): readonly Model[] {
    const { sources } = this.#machine.settings;
    const seenUpTo = this.#machine.time.now() - 24 * 60 * 60_000;
    this.reader.countNew(sources, seenUpTo);
    return this.reader.search(
      { text, sources, filters: {}, sort, offset: 0, limit: PAGE },
      seenUpTo,
    );
  }

  /** Opens the details of a model, as they are where its source names no commit. */
  look(id: ModelId, revision: string): Promise<unknown> {
    this.reader.history(id, this.#machine.settings.sources);
    return this.wait(this.engine.details(id, revision, this.#closing.signal));
  }

  /** Asks the Hub. */
  ask(text: string): Promise<unknown> {
    return this.wait(this.engine.search({ text }, this.#closing.signal));
  }

  /** Waits for the answer to a user, who is told of a failure; undefined then. */
  wait<T>(answer: Promise<T>): Promise<T | undefined> {
    return this.#held(
      answer.catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#machine.onDidFail(error);
        return undefined;
      }),
    );
  }

  /** Ends it wherever it is. */
  close(): Promise<void> {
    this.#closing.abort();
    this.#scheduler.dispose();
    return this.#held(this.#close());
  }

  async #close(): Promise<void> {
    this.reader.close();
    await Promise.all([this.engine.close(), this.downloads.close()]);
  }

  async #sync(reason: SyncReason): Promise<SyncReport | undefined> {
    const { settings, onDidSync, onDidFail } = this.#machine;
    const { signal } = this.#closing;
    try {
      const report = await this.engine.sync({ reason, sources: settings.sources, signal });
      onDidSync(report);
      return report;
    } catch (error) {
      if (!SyncError.is(error, 'cancelled')) onDidFail(error);
      return undefined;
    }
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const first = this.search('', 'newest').map(({ id }) => id);
    const either = AbortSignal.any([signal, this.#closing.signal]);
    await this.wait(this.engine.fill({ first, signal: either, budgetBytes: 200_000 }));
  }

  #held<T>(work: Promise<T>): Promise<T> {
    this.#machine.time.during(work);
    return work;
  }
}
