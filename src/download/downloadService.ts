import { randomUUID } from 'node:crypto';
import type { Clock, Disposable } from '../sync/clock.ts';
import { cancelled, describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { Announcer } from './announcer.ts';
import type { RunServices } from './downloadRun.ts';
import { openDownloads } from './downloadDatabase.ts';
import { statusOf } from './downloadStatus.ts';
import { DownloadStore } from './downloadStore.ts';
import { refuseIfFull } from './freeSpace.ts';
import { KeptRevisions } from './kept/keptRevisions.ts';
import type {
  DownloadPlan,
  DownloadSettings,
  DownloadStatus,
  TargetKind,
  UpdatePreview,
} from './model.ts';
import { missingParts, refuseStrayLinks } from './parts.ts';
import type { Circumstances, StoredDownload } from './storedDownload.ts';
import { previewUpdate } from './updatePreview.ts';
import type { Conditions } from './windowJobs.ts';
import { needOf, WindowJobs } from './windowJobs.ts';

/** How often the windows look at each other while something runs, in ms; progress is kept as often. */
const BUSY_PERIOD = 500;
/** And while nothing does. */
const QUIET_PERIOD = 5_000;

/** What the user decides, as the settings say. */
export interface DownloadConfiguration {
  readonly download: DownloadSettings;
  /** Where files are fetched from. */
  readonly huggingFace: string;
  /** Tokens by origin. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface DownloadServiceOptions extends RunServices {
  /** The folder that all windows share. */
  readonly storage: string;
  readonly configuration: DownloadConfiguration;
  /** Who this window is: see owner.ts. */
  readonly owner: string;
  /** True if this owner is known to have ended without a word. */
  readonly isDead: (owner: string) => boolean;
  /** Called at most four times a second. */
  readonly onDidChange: (downloads: readonly DownloadStatus[]) => void;
  /** A download of this window has ended well. */
  readonly onDidFinish: (download: DownloadStatus) => void;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * The queue of downloads, shared by all windows through one list on the disk. Nothing is kept in
 * memory but what runs here: each look at the list brings this window's doings in line with it, so
 * that a command, another window and a restart all lead the same way.
 */
export class DownloadService {
  readonly #options: DownloadServiceOptions;
  readonly #store: DownloadStore;
  readonly #announcer: Announcer;
  readonly #jobs: WindowJobs;
  #configuration: DownloadConfiguration;
  #own: Circumstances | undefined;
  #toldAt = -Infinity;
  #all: Circumstances = { idle: false, syncing: false };
  #downloads: readonly StoredDownload[] = [];
  #lookedAt = -Infinity;
  #timer: Disposable | undefined;
  #adding: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** The revisions that updates have kept. */
  readonly kept: KeptRevisions;

  constructor(options: DownloadServiceOptions) {
    const { storage, clock, logger, configuration } = options;
    this.#options = options;
    this.#configuration = configuration;
    this.#store = new DownloadStore(openDownloads(storage, clock.now(), logger));
    this.#announcer = new Announcer(() => this.list(), options.onDidChange, clock);
    this.#jobs = new WindowJobs({
      ...options,
      store: this.#store,
      onDidProgress: () => this.#announcer.announce(),
      onDidEnd: (id, isDone) => this.#ended(id, isDone),
    });
    this.kept = new KeptRevisions({ ...options, downloads: () => this.list() });
    this.#look();
  }

  /**
   * Queues a plan. The same variant twice is the same download; another revision of it takes the
   * place of what was not yet done.
   * @throws DownloadError
   */
  download(plan: DownloadPlan, target: TargetKind): Promise<DownloadStatus> {
    const added = this.#adding.then(() => this.#add(plan, target));
    this.#adding = added.catch(() => undefined);
    return added;
  }

  /**
   * What fetching a plan would cost now; queues nothing.
   * @throws DownloadError; SyncError `cancelled`
   */
  async preview(
    plan: DownloadPlan,
    target: TargetKind,
    signal: AbortSignal,
  ): Promise<UpdatePreview> {
    const placement = await this.#options.target(target).place(plan, new Set());
    const endpoint = new URL(this.#configuration.huggingFace);
    return await previewUpdate({ plan, placement }, endpoint, this.#options, signal);
  }

  /** @throws DownloadError `storage`, like all commands */
  pause(id: string): void {
    this.#command(() => this.#store.pause(id));
  }

  /** Goes on with what is paused, has failed, or waits to be tried again. */
  resume(id: string): void {
    this.#command(() => this.#store.resume(id));
  }

  /** Stops a download and removes what was fetched; ends when that is done, if it is done here. */
  async cancel(id: string): Promise<void> {
    this.#command(() => this.#store.cancel(id));
    for (let job = this.#jobs.get(id); job !== undefined; job = this.#jobs.get(id)) await job.ended;
  }

  /** Forgets a download that is done, and gives up one that has failed. */
  async dismiss(id: string): Promise<void> {
    const download = this.#downloads.find((one) => one.id === id);
    if (download?.state === 'done') this.#command(() => this.#store.forget(id));
    else if (download?.state === 'failed') await this.cancel(id);
  }

  /** All downloads, in their order. */
  list(): readonly DownloadStatus[] {
    return this.#downloads
      .filter(({ wanted }) => wanted !== 'cancel')
      .map((download) => this.#statusOf(download));
  }

  configure(configuration: DownloadConfiguration): void {
    const { tokens } = this.#configuration;
    const isNew = ([origin, token]: [string, string]): boolean => tokens[origin] !== token;
    const hasNewToken = Object.entries(configuration.tokens).some(isNew);
    this.#configuration = configuration;
    this.#command(() => {
      if (hasNewToken) this.#store.retryRefused();
    });
  }

  /** What this window knows. */
  circumstances(now: Circumstances): void {
    this.#own = now;
    this.#toldAt = -Infinity;
    this.#look();
  }

  /** The network is back or another: what waits to be tried again is tried at once. */
  networkChanged(): void {
    this.#command(() => this.#store.retryWaiting());
  }

  /** Hands what runs here over to the other windows, or to the next start. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.dispose();
    this.#announcer.dispose();
    await this.#adding;
    await this.#jobs.close();
    try {
      this.#store.leave(this.#options.owner);
    } catch (error) {
      this.#options.logger.warn(describeError(error));
    }
    this.#store.close();
  }

  async #add(plan: DownloadPlan, kind: TargetKind): Promise<DownloadStatus> {
    if (this.#isClosed) throw cancelled();
    const { target, disk, clock } = this.#options;
    this.#look();
    const others = this.#downloads.filter(({ state }) => state !== 'done');
    const alike = others.filter((one) => isSameVariant(one, plan, kind));
    // One that another window has still to clean up stands beside the one that took its place.
    const same = alike.find(({ wanted }) => wanted !== 'cancel') ?? alike[0];
    if (same !== undefined && isSamePlan(same, plan)) {
      this.resume(same.id);
      return this.#statusOf(this.#find(same.id));
    }
    const taken = new Set(
      others.filter((one) => one !== same).map(({ placement }) => placement.folder),
    );
    const placement = await target(kind).place(plan, taken);
    const added = { id: randomUUID(), plan, target: kind, placement, createdAt: clock.now() };
    const replaced = same?.placement.root === placement.root ? same : undefined;
    await refuseStrayLinks(added);
    const missing = await missingParts(added, this.#options);
    const bytes = missing.reduce((sum, part) => sum + part.file.size - part.bytes, 0);
    const staying = others.filter((one) => one !== replaced).map(needOf);
    await refuseIfFull({ folder: placement.root, bytes }, staying, disk);
    if (replaced !== undefined) await this.cancel(replaced.id);
    if (!this.#store.add(added)) return await this.#add(plan, kind);
    this.#command(() => {
      for (const one of this.#downloads) {
        if (one.state === 'done' && isSameVariant(one, plan, kind)) this.#store.forget(one.id);
      }
    });
    return this.#statusOf(this.#find(added.id));
  }

  #find(id: string): StoredDownload {
    const found = this.#downloads.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no download ${id}`);
    return found;
  }

  #command(command: () => void): void {
    command();
    this.#look();
  }

  /** Brings what this window does in line with the list. */
  #look(): void {
    if (this.#isClosed) return;
    try {
      const { isDead, clock } = this.#options;
      this.#lookedAt = clock.now();
      this.#jobs.report();
      this.#store.releaseDead(isDead, clock.now());
      this.#tellCircumstances();
      this.#store.hasChanged();
      this.#downloads = this.#store.list();
      this.#work();
    } catch (error) {
      this.#options.logger.warn(describeError(error));
    }
    this.#announcer.announce();
    this.#schedule();
  }

  #tellCircumstances(): void {
    const { owner, isDead, clock } = this.#options;
    const now = clock.now();
    if (this.#own !== undefined && Math.abs(now - this.#toldAt) > QUIET_PERIOD) {
      this.#store.tellCircumstances(owner, this.#own, now);
      this.#toldAt = now;
    }
    this.#all = this.#store.circumstances(isDead, now);
  }

  /** Has this window do what it must and may of the list. */
  #work(): void {
    const conditions = this.#conditions;
    this.#jobs.stopUnwanted(this.#downloads, conditions);
    if (this.#jobs.startWanted(this.#downloads, conditions)) this.#downloads = this.#store.list();
    this.#jobs.limitFlow(this.#downloads, conditions);
  }

  #ended(id: string, isDone: boolean): void {
    this.#look();
    const done = this.list().find((one) => one.id === id && one.state === 'done');
    if (isDone && done !== undefined) this.#options.onDidFinish(done);
  }

  get #conditions(): Conditions {
    const { huggingFace, download } = this.#configuration;
    return {
      mustWait: this.#mustWait(),
      huggingFace,
      syncing: this.#all.syncing,
      bytesPerSecond: download.bytesPerSecond,
    };
  }

  #mustWait(): boolean {
    return this.#configuration.download.onlyWhenIdle && !this.#all.idle;
  }

  #statusOf(download: StoredDownload): DownloadStatus {
    const job = this.#jobs.get(download.id);
    const waiting = { now: this.#options.clock.now(), untilIdle: this.#mustWait() };
    return statusOf(download, waiting, job?.progress());
  }

  #schedule(): void {
    this.#timer?.dispose();
    if (this.#isClosed) return;
    const { clock } = this.#options;
    const now = clock.now();
    const retries = this.#downloads
      .filter(({ state }) => state === 'waiting')
      .map(({ retryAt = -Infinity }) => retryAt - now);
    const isBusy = this.#isRunning() || retries.some((ms) => ms <= 0);
    const period = isBusy ? BUSY_PERIOD : Math.min(QUIET_PERIOD, ...retries);
    this.#timer = clock.after(period, () => {
      if (this.#needsLook()) this.#look();
      else this.#schedule();
    });
  }

  /** Owners that have ended, and times that have come, are no change of the list. */
  #needsLook(): boolean {
    try {
      if (this.#isRunning() || this.#store.hasChanged()) return true;
      const isOld = Math.abs(this.#options.clock.now() - this.#lookedAt) >= QUIET_PERIOD;
      return this.#downloads.some(({ retryAt }) => retryAt !== undefined || isOld);
    } catch (error) {
      this.#options.logger.warn(describeError(error));
      return false;
    }
  }

  /** Here or in another window. */
  #isRunning(): boolean {
    return this.#jobs.size > 0 || this.#downloads.some(({ state }) => state === 'running');
  }
}

function isSameVariant(one: StoredDownload, plan: DownloadPlan, target: TargetKind): boolean {
  const isSame = one.plan.model === plan.model && one.plan.variant === plan.variant;
  return isSame && one.target === target;
}

/** Who may have the files changes nothing of what is downloaded. */
function isSamePlan({ plan, wanted }: StoredDownload, other: DownloadPlan): boolean {
  const text = (one: DownloadPlan): string => JSON.stringify({ ...one, isPublic: undefined });
  return wanted !== 'cancel' && text(plan) === text(other);
}
