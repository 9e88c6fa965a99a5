import { watch as watchFolder } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { isMissing } from '../../download/file/diskErrors.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { FolderShape } from './folderTree.ts';
import { isFolder } from './folderTree.ts';

/** Changes come in swarms: one word about all of a second. */
const PERIOD = 1_000;

/** A folder, which may be missing, and what of it matters. */
export interface WatchedFolder {
  readonly path: string;
  readonly shape: FolderShape;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Calls back, not more than once a second, when something that matters in the folders has changed,
 * or when one of them has come or gone. What goes wrong is logged.
 * @param folders asked again after each change: it may have been which folders these are
 */
export function watchFolders(
  folders: () => Promise<readonly WatchedFolder[]>,
  onDidChange: () => void,
  options: WatchOptions,
): Disposable {
  return new FolderWatch(folders, onDidChange, options);
}

class FolderWatch implements Disposable {
  readonly #folders: () => Promise<readonly WatchedFolder[]>;
  readonly #onDidChange: () => void;
  readonly #options: WatchOptions;
  readonly #watches = new Map<string, OneFolder>();
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(
    folders: () => Promise<readonly WatchedFolder[]>,
    onDidChange: () => void,
    options: WatchOptions,
  ) {
    this.#folders = folders;
    this.#onDidChange = onDidChange;
    this.#options = options;
    void this.#arrange();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    for (const one of this.#watches.values()) one.dispose();
    this.#watches.clear();
  }

  #changed(): void {
    if (this.#isDisposed) return;
    this.#timer ??= this.#options.clock.after(PERIOD, () => {
      this.#timer = undefined;
      void this.#arrange();
      this.#announce();
    });
  }

  #announce(): void {
    try {
      this.#onDidChange();
    } catch (error) {
      this.#options.logger.error(`watching folders: ${describeError(error)}`);
    }
  }

  /** Watches the folders that are to be watched now, and no others. */
  async #arrange(): Promise<void> {
    try {
      const folders = await this.#folders();
      if (this.#isDisposed) return;
      const wanted = new Map(folders.map((folder) => [folder.path, folder]));
      for (const [path, one] of this.#watches) {
        if (wanted.has(path)) continue;
        one.dispose();
        this.#watches.delete(path);
      }
      for (const [path, folder] of wanted) {
        if (this.#watches.has(path)) continue;
        this.#watches.set(path, new OneFolder(folder, () => this.#changed(), this.#options.logger));
      }
    } catch (error) {
      this.#options.logger.warn(`watching folders: ${describeError(error)}`);
    }
  }
}

/** A folder while it is there, and its nearest ancestor while it is not. */
class OneFolder implements Disposable {
  readonly #folder: WatchedFolder;
  readonly #changed: () => void;
  readonly #logger: Logger;
  #current: Disposable | undefined;
  #isThere: boolean | undefined;
  #isBeginning = false;
  #isOverdue = false;
  #isDisposed = false;

  constructor(folder: WatchedFolder, changed: () => void, logger: Logger) {
    this.#folder = folder;
    this.#changed = changed;
    this.#logger = logger;
    void this.#begin();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#stop();
  }

  /** Watches what is there now. Called again whenever that may have become something else. */
  async #begin(): Promise<void> {
    this.#isOverdue = true;
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    while (this.#isOverdue && !this.#isDisposed) {
      this.#isOverdue = false;
      await this.#watchNearest();
    }
    this.#isBeginning = false;
  }

  #stop(): void {
    this.#current?.dispose();
    this.#current = undefined;
  }

  async #watchNearest(): Promise<void> {
    this.#stop();
    const nearest = await nearestFolder(this.#folder.path);
    const isThere = nearest === this.#folder.path;
    if (this.#isThere !== undefined && this.#isThere !== isThere) this.#changed();
    this.#isThere = isThere;
    const failure = await this.#watchNow(nearest);
    // Another may have come before the watch began, or this one may have gone. A disk may be gone
    // for good.
    const isAnother = (await nearestFolder(this.#folder.path)) !== nearest;
    const isGone = failure !== undefined && isMissing(failure) && dirname(nearest) !== nearest;
    if (isAnother || isGone) this.#isOverdue = true;
    else if (failure !== undefined) this.#failed(failure);
  }

  /** Begins to watch a folder; gives back what kept it from that. */
  async #watchNow(nearest: string): Promise<Error | undefined> {
    try {
      const isThere = nearest === this.#folder.path;
      const current = isThere ? await this.#watchTree() : this.#watchAncestor(nearest);
      if (this.#isDisposed) current.dispose();
      else this.#current = current;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #watchTree(): Promise<Disposable> {
    const { path, shape } = this.#folder;
    const root = await realpath(path);
    const { watch } = await import('chokidar');
    const itself = await this.#watchItself();
    const watcher = watch(root, {
      ignoreInitial: true,
      ignorePermissionErrors: true,
      followSymlinks: false,
      depth: shape.depth,
      ignored: (changed, stats) => {
        const name = relative(root, changed).split(sep).join('/');
        if (name === '') return false;
        if (stats === undefined) return !shape.enters(name) && !shape.wants(name);
        return stats.isDirectory() ? !shape.enters(name) : !shape.wants(name);
      },
    });
    let failures = 0;
    watcher.on('error', (error) => {
      // Where the system watches no more, it says so for each file.
      if (failures++ === 0) this.#failed(error);
    });
    watcher.on('ready', () => {
      watcher.on('all', () => this.#changed());
      // Nobody has told what came since the folder was read last.
      this.#changed();
    });
    return {
      dispose: () => {
        itself.dispose();
        watcher.close().catch((error: unknown) => this.#failed(error));
      },
    };
  }

  /** Notices that the folder goes, or becomes another: who watches what is in it does not. */
  async #watchItself(): Promise<Disposable> {
    const { path } = this.#folder;
    const look = async (): Promise<void> => {
      if ((await identityOf(path)) === (await known)) return;
      this.#changed();
      await this.#begin();
    };
    const watcher = watchFolder(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) void look();
    });
    watcher.on('error', () => void look());
    const known = identityOf(path);
    await known;
    return { dispose: () => watcher.close() };
  }

  /** Waits for the folder, or for the next one on the way to it. */
  #watchAncestor(ancestor: string): Disposable {
    const awaited = relative(ancestor, this.#folder.path).split(sep)[0];
    const itself = basename(ancestor);
    const watcher = watchFolder(ancestor, { persistent: false }, (_event, name) => {
      if (name === null || name === awaited || name === itself) void this.#begin();
    });
    watcher.on('error', () => void this.#begin());
    return { dispose: () => watcher.close() };
  }

  #failed(error: unknown): void {
    this.#logger.warn(`watching ${this.#folder.path}: ${describeError(error)}`);
  }
}

/** What tells a folder from another at the same path; undefined if there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}:${found.birthtimeNs}`;
}

/** A folder, or the nearest one above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  const above = dirname(path);
  return above === path || (await isFolder(path)) ? path : await nearestFolder(above);
}
