import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SyncError } from '../../src/sync/errors.ts';
import type { SyncReport } from '../../src/sync/syncService.ts';
import { DownloadError } from '../../src/download/errors.ts';
import { onEnd } from '../../scripts/lib/processes.ts';
import { Draw } from '../faults/support/draw.ts';
import { drawFaults } from '../faults/support/hubFaults.ts';
import { HubProcess } from './hubProcess.ts';
import { Library, MODEL } from './library.ts';
import type { Sample } from './sample.ts';
import { takeSample } from './sample.ts';
import { SimulatedTime } from './simulatedTime.ts';
import type { Machine } from './soakWindow.ts';
import { SoakWindow } from './soakWindow.ts';
import { differences } from './sameState.ts';
import { UserActions } from './userActions.ts';
import type { Happening } from './workday.ts';
import { drawWorkday, WINDOWS } from './workday.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 2, 16, 8);

export interface SoakOptions {
  readonly seed: number;
  readonly days: number;
  /** Of the catalogue on the first day. */
  readonly models: number;
  /** Is told of each day. */
  readonly onDidDay?: (day: Day) => void;
  /** Is told of each sync: the way in for a leak that must be found. */
  readonly onDidSync?: (report: SyncReport, storage: string) => void;
}

/** What was done, in numbers. */
export interface Counts {
  syncs: number;
  /** Sources that answered, that failed, and that another window or time left out. */
  answers: number;
  failures: number;
  skipped: number;
  downloads: number;
  reopened: number;
  /** Failures that a user was told of. */
  told: number;
}

export interface Day {
  readonly sample: Sample;
  /** Of all days until now. */
  readonly counts: Readonly<Counts>;
  /** What was not as it must be, in words. */
  readonly problems: readonly string[];
}

/** A machine with four windows, its user, and the hub: lives day after day. */
export class Simulation implements AsyncDisposable {
  readonly #options: SoakOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'model-hub-soak-'));
  readonly #storage = join(this.#folder, 'storage');
  readonly #draw: Draw;
  readonly #hub: HubProcess;
  readonly #library: Library;
  readonly #time: SimulatedTime;
  readonly #machine: Machine;
  readonly #windows: SoakWindow[];
  readonly #actions: UserActions;
  readonly #counts: Counts = {
    ...{ syncs: 0, answers: 0, failures: 0, skipped: 0 },
    ...{ downloads: 0, reopened: 0, told: 0 },
  };
  #problems: string[] = [];

  private constructor(options: SoakOptions, hub: HubProcess) {
    const models = join(this.#folder, 'models');
    const { seed } = options;
    this.#draw = new Draw(seed);
    // Who draws first is a matter of chance there, and must not make other days.
    const inside = new Draw(seed + 1);
    const draw = new Draw(seed + 2);
    const library = (this.#library = new Library(models));
    this.#options = options;
    this.#hub = hub;
    this.#time = new SimulatedTime(START, () =>
      this.#windows.some(({ downloads }) => downloads.busy),
    );
    this.#machine = {
      ...{ models, storage: this.#storage, time: this.#time },
      settings: {
        ...{ sources: hub.sources, endpoints: hub.endpoints, tokens: {} },
        kept: [MODEL],
      },
      findBasis: library.findBasis,
      onDidFinish: (download) => {
        this.#counts.downloads++;
        library.note(download);
      },
      random: () => inside.fraction(),
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (message) => void this.#problems.push(message),
      },
      onDidSync: (report) => this.#count(report),
      onDidFail: (error) => this.#told(error),
    };
    this.#windows = [];
    for (let n = 0; n < WINDOWS; n++) this.#windows.push(new SoakWindow(this.#machine));
    this.#actions = new UserActions({
      windows: this.#windows,
      time: this.#time,
      hub,
      library,
      draw,
    });
    // Of a run that is broken off nothing is left either.
    onEnd(() => {
      this.#removeFolder();
      return Promise.resolve();
    });
    process.on('unhandledRejection', this.#onRejection);
    process.on('warning', this.#onWarning);
  }

  static async begin(options: SoakOptions): Promise<Simulation> {
    const { seed, models, days } = options;
    const hub = await HubProcess.begin({ seed, models, versions: 2 * days + 2 });
    return new Simulation(options, hub);
  }

  /** Lets one day pass, until the next morning. */
  async live(day: number): Promise<Day> {
    const morning = START + day * DAY;
    const { moments, length } = drawWorkday(this.#draw, day);
    for (const { at, what } of moments) {
      await this.#until(morning + at);
      await this.#happens(what);
    }
    await this.#until(morning + Math.min(length, 20 * HOUR));
    await this.#comeToRest();
    const sample = await this.#sample(day + 1);
    // The lid is closed for the night; if it stayed open, what is left of it is short.
    this.#time.jump(Math.max(0, morning + DAY - this.#time.now()));
    const problems = this.#problems;
    this.#problems = [];
    const lived = { sample, counts: { ...this.#counts }, problems };
    this.#options.onDidDay?.(lived);
    return lived;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const window of this.#windows) await window.close();
    await this.#time.settle();
    await this.#hub[Symbol.asyncDispose]();
    process.off('unhandledRejection', this.#onRejection);
    process.off('warning', this.#onWarning);
    this.#removeFolder();
  }

  #removeFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #until(time: number): Promise<void> {
    await this.#time.pass(Math.max(0, time - this.#time.now()));
  }

  async #happens(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'work':
        this.#standAt(what.window, what.visible);
        return;
      case 'pause':
        this.#standAt(undefined, false);
        return;
      case 'browse':
        await this.#actions.browse(what.window);
        return;
      case 'refresh':
        this.#actions.refresh(what.windows);
        return;
      case 'download':
        await this.#actions.download(what.window, what.how, (window) => this.#reopen(window));
        return;
      case 'reopen':
        await this.#reopen(what.window);
        return;
      case 'clearCache':
        this.#windows[what.window]?.engine.clearCache();
        return;
      case 'sleep':
      case 'clockIsSet':
        this.#time.jump(what.ms);
        return;
      case 'faults':
        await this.#hub.setFaults(drawFaults(this.#draw, await this.#hub.truth()));
        return;
      case 'well':
        await this.#hub.setFaults({});
        return;
      case 'publish':
        await this.#hub.advance();
        return;
      case 'commit':
        await this.#actions.commit();
        return;
    }
  }

  #standAt(used: number | undefined, visible: boolean): void {
    for (const [n, window] of this.#windows.entries()) {
      const isUsed = n === used;
      window.stand({ focused: isUsed, active: isUsed, visible: isUsed && visible });
    }
  }

  /** Whatever runs in it is broken off. */
  async #reopen(window: number): Promise<void> {
    this.#counts.reopened++;
    void this.#windows[window]?.sync('manual');
    await this.#windows[window]?.close();
    this.#windows[window] = new SoakWindow(this.#machine);
  }

  /** All is well for an hour, and somebody refreshes: then all windows hold the truth. */
  async #comeToRest(): Promise<void> {
    this.#standAt(undefined, false);
    await this.#hub.setFaults({});
    this.#actions.goOn();
    await this.#time.pass(HOUR);
    void this.#windows[this.#draw.between(0, WINDOWS - 1)]?.sync('manual');
    await this.#time.settle();
    const { settings } = this.#machine;
    this.#problems.push(
      ...differences(this.#windows, await this.#hub.truth(), settings.sources),
      ...this.#library.problems(),
      ...this.#actions.unfinished(),
    );
  }

  async #sample(day: number): Promise<Sample> {
    const listeners = this.#windows.map(({ signals }) => signals.listeners);
    return await takeSample(this.#storage, {
      day,
      timers: this.#time.timers,
      listeners: listeners.reduce((sum, count) => sum + count, 0),
      installed: this.#library.bytes(),
    });
  }

  #count(report: SyncReport): void {
    this.#counts.syncs++;
    for (const { error, skipped } of report.sources) {
      if (error !== undefined) this.#counts.failures++;
      else if (skipped !== undefined) this.#counts.skipped++;
      else this.#counts.answers++;
    }
    this.#options.onDidSync?.(report, this.#storage);
  }

  #told(error: unknown): void {
    this.#counts.told++;
    const isTyped = error instanceof SyncError || error instanceof DownloadError;
    if (!isTyped) this.#problems.push(`an error of no kind: ${String(error)}`);
  }

  readonly #onRejection = (reason: unknown): void =>
    void this.#problems.push(`an unhandled rejection: ${String(reason)}`);

  readonly #onWarning = (warning: Error): void => {
    // Of Node itself, about what is experimental in it.
    if (warning.name !== 'ExperimentalWarning')
      this.#problems.push(`a warning: ${warning.message}`);
  };
}
