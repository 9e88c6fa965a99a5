import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import type { Logger } from '../../sync/logger.ts';
import type { WatchedFolder } from '../disk/folderWatch.ts';
import { apiName } from '../apiName.ts';
import { watchFolders } from '../disk/folderWatch.ts';
import { RuntimeError } from '../errors.ts';
import type {
  AdoptedModel,
  Runtime,
  RuntimeActions,
  RuntimeEntry,
  RuntimeListing,
} from '../runtime.ts';
import { adoptIntoJan } from './janAdoption.ts';
import type { JanFolder } from './janFolder.ts';
import { findJanFolder, SETTINGS_SHAPE, settingsFolders } from './janFolder.ts';
import { JAN_ENGINES, listJanModels, MODELS_CHANGES, modelsFolder } from './janModels.ts';
import type { JanServerState } from './janServer.ts';
import { askJanServer, DEFAULT_JAN_URL } from './janServer.ts';

export interface JanRuntimeOptions {
  readonly machine: Machine;
  /** Requests with the user's tokens. */
  readonly session: (signal: AbortSignal) => HttpSession;
  /** Of Jan's local server, ending in a slash; absent: where it usually is. */
  readonly address?: URL;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Jan: its models on the disk, whether it runs or not, and what its local server has loaded.
 * Files of an entry outside of the listing's folder are the user's own, imported by their path.
 */
export class JanRuntime implements Runtime {
  readonly id = 'jan';
  readonly kind = 'jan';
  readonly actions: RuntimeActions = { adopt: (model, signal) => this.#adopt(model, signal) };
  readonly #options: JanRuntimeOptions;

  constructor(options: JanRuntimeOptions) {
    this.#options = options;
  }

  async list(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    const folder = await this.#find();
    if (folder === undefined) return undefined;
    const address = this.#options.address ?? new URL(DEFAULT_JAN_URL);
    const [installed, server] = await Promise.all([
      this.#installed(folder, signal),
      askJanServer({ ...this.#options, address }, signal),
    ]);
    return {
      name: 'Jan',
      ...(server !== undefined && { api: server.api }),
      folder: folder.path,
      entries: installed.entries.map((entry) => withRunning(entry, server)),
      ...(installed.problem !== undefined && { problem: installed.problem }),
    };
  }

  watch(onDidChange: () => void): Disposable {
    return watchFolders(() => this.#watched(), onDidChange, this.#options);
  }

  async #find(): Promise<JanFolder | undefined> {
    return await findJanFolder(this.#options.machine, this.#options.logger);
  }

  async #installed(
    { path, isThere }: JanFolder,
    signal: AbortSignal,
  ): Promise<{ readonly entries: readonly RuntimeEntry[]; readonly problem?: string }> {
    if (!isThere) {
      return { entries: [], problem: t("Jan's data folder {0} is gone. Connect its disk.", path) };
    }
    const listings = await Promise.all(
      JAN_ENGINES.map((engine) => listJanModels(path, engine, this.#options, signal)),
    );
    const problem = listings.find((listing) => listing.problem !== undefined)?.problem;
    return {
      entries: listings.flatMap(({ entries }) => entries),
      ...(problem !== undefined && { problem }),
    };
  }

  async #adopt(model: AdoptedModel, signal: AbortSignal): Promise<string> {
    const folder = await this.#find();
    if (folder?.isThere !== true) {
      throw new RuntimeError(
        'notFound',
        t('Jan is not on this machine. Install it, and start it once.'),
      );
    }
    const { entries } = await listJanModels(folder.path, 'llamacpp', this.#options, signal);
    return await adoptIntoJan(model, folder.path, entries, signal);
  }

  /** The models where Jan is, and Jan's settings, which may come, or name another folder. */
  async #watched(): Promise<WatchedFolder[]> {
    const settings = settingsFolders(this.#options.machine);
    const watched = settings.map((path) => ({ path, shape: SETTINGS_SHAPE }));
    const folder = await this.#find();
    if (folder === undefined) return watched;
    const models = JAN_ENGINES.map((engine) => modelsFolder(folder.path, engine));
    return [...watched, ...models.map((path) => ({ path, shape: MODELS_CHANGES }))];
  }
}

/** Jan's server tells only of what is loaded, by the ids that the folders are named by. */
function withRunning(entry: RuntimeEntry, server: JanServerState | undefined): RuntimeEntry {
  if (server?.loaded === undefined) return entry;
  const name = apiName({ id: entry.id, runtime: { kind: 'jan' } });
  return { ...entry, running: server.loaded.has(name) };
}
