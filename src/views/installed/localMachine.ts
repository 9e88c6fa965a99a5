import type { DownloadStatus } from '../../download/model.ts';
import type { SharedCacheStatus } from '../../download/sharedCache/model.ts';
import type { LocalClient } from '../../local/localClient.ts';
import type { InstalledSnapshot } from '../../runtime/installed.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';

/** How long after activation it is first looked whether downloads have to go on, in ms. */
const LOOK_DELAY = 5_000;
/** And how often from then on, until the thread runs that hears of them by itself, in ms. */
const LOOK_PERIOD = 10_000;

export interface LocalMachineOptions {
  readonly client: Pick<
    LocalClient,
    'launch' | 'downloads' | 'installed' | 'circumstances' | 'catalogueChanged' | 'networkChanged'
  >;
  /** Cheaply, as it is asked again and again: whether downloads of any window have to go on. */
  readonly hasUnfinished: () => boolean;
  /** Whether the catalogue is being refreshed. */
  readonly syncing: () => boolean;
  readonly signals: WindowSignals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What this machine has and downloads, as it was last heard of. The thread that knows is started
 * when somebody looks, or when a download of any window is under way; until then there is nothing
 * to tell.
 */
export class LocalMachine implements Disposable {
  readonly #options: LocalMachineOptions;
  readonly #listeners = new Set<() => void>();
  readonly #signals: Disposable;
  #nextLook: Disposable | undefined;
  #downloads: readonly DownloadStatus[] = [];
  #installed: InstalledSnapshot | undefined;
  #sharedCache: SharedCacheStatus | undefined;
  #problem: string | undefined;
  #visible = false;
  #told = '';
  #looking: Promise<void> | undefined;

  constructor(options: LocalMachineOptions) {
    this.#options = options;
    this.#signals = options.signals.onDidChange(() => this.tellCircumstances());
    this.#lookForUnfinishedIn(LOOK_DELAY);
  }

  /** The downloads, what is installed, or what keeps both from being known is another. */
  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  get downloads(): readonly DownloadStatus[] {
    return this.#downloads;
  }

  /** Undefined until it is known: see `look`. */
  get installed(): InstalledSnapshot | undefined {
    return this.#installed;
  }

  /** How the team's cache does; undefined if there is none, or it was not needed yet. */
  get sharedCache(): SharedCacheStatus | undefined {
    return this.#sharedCache;
  }

  /** What keeps this machine from being looked at, in words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Finds out, if that has not been done; never rejects. */
  look(): Promise<void> {
    if (this.#installed !== undefined) return Promise.resolve();
    this.#looking ??= this.#find().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Tells whether the Installed view can be seen. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.tellCircumstances();
    if (visible) void this.look();
  }

  setDownloads(downloads: readonly DownloadStatus[]): void {
    this.#downloads = downloads;
    this.#changed();
  }

  setInstalled(installed: InstalledSnapshot): void {
    this.#installed = installed;
    this.#changed();
  }

  setSharedCache(status: SharedCacheStatus | undefined): void {
    if (JSON.stringify(status) === JSON.stringify(this.#sharedCache)) return;
    this.#sharedCache = status;
    this.#changed();
  }

  /** Tells the thread what the window does, if it runs and has not been told. */
  tellCircumstances(): void {
    const { client, signals, syncing } = this.#options;
    const now = { idle: !signals.active, syncing: syncing(), visible: this.#visible };
    const text = JSON.stringify(now);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(client.circumstances(now));
  }

  catalogueChanged(): void {
    this.#tell(this.#options.client.catalogueChanged());
  }

  networkChanged(): void {
    this.#tell(this.#options.client.networkChanged());
  }

  dispose(): void {
    this.#listeners.clear();
    this.#signals.dispose();
    this.#nextLook?.dispose();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #find(): Promise<void> {
    const { client, logger } = this.#options;
    try {
      await client.launch();
      const [downloads, installed] = await Promise.all([client.downloads(), client.installed()]);
      this.#problem = undefined;
      this.#downloads = downloads;
      this.setInstalled(installed);
    } catch (error) {
      logger.error(`This machine cannot be looked at: ${describeError(error)}`);
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#changed();
    }
  }

  /** Another window's downloads are shown here, and gone on with when that window closes. */
  #lookForUnfinishedIn(delay: number): void {
    const { clock, hasUnfinished } = this.#options;
    this.#nextLook = clock.after(delay, () => {
      if (this.#installed !== undefined) return;
      // What failed once is tried again when the user asks.
      if (this.#problem === undefined && hasUnfinished()) void this.look();
      this.#lookForUnfinishedIn(LOOK_PERIOD);
    });
  }

  #tell(told: Promise<void>): void {
    told.catch((error: unknown) => {
      this.#options.logger.warn(`This machine was not told: ${describeError(error)}`);
    });
  }
}
