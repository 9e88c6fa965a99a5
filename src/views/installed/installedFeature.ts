import * as vscode from 'vscode';
import type { Hardware, MemoryBudget } from '../../device/hardware.ts';
import type { Memory } from '../../device/shared/sharedState.ts';
import { hasUnfinishedDownloads } from '../../download/downloadDatabase.ts';
import { LocalClient } from '../../local/localClient.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Catalogue } from '../catalogue.ts';
import { cancelDownload, downloadCommands, update } from '../commands/downloadCommands.ts';
import { installedCommands } from '../commands/installedCommands.ts';
import type { Command } from '../commands/telling.ts';
import type { DetailsLocal } from '../details/detailsLocal.ts';
import { hostWording } from '../details/hostWording.ts';
import { placeOf } from '../downloads/destination.ts';
import { Downloader } from '../downloads/downloader.ts';
import { FinishedDownloads } from '../downloads/finishedDownloads.ts';
import { askForProjector } from '../downloads/projectorQuestion.ts';
import type { LinkView } from '../linkView.ts';
import { localOptions, localSettings, programOf } from '../localOptions.ts';
import type { MachinesState } from '../machines/machineNodes.ts';
import type { Notifier } from '../notifier.ts';
import { areFilesAtHand } from '../onboarding/sides.ts';
import { surroundingsOf } from '../onboarding/surroundings.ts';
import type { CurrentSettings } from '../settings.ts';
import type { SyncController } from '../syncController.ts';
import type { Tokens } from '../tokens.ts';
import { wantedFor } from '../updates/updating.ts';
import { EntryWork } from './entryWork.ts';
import { InstalledView } from './installedView.ts';
import { LocalMachine } from './localMachine.ts';
import { ModelStarter } from './modelStarter.ts';

export interface InstalledFeatureOptions {
  readonly context: vscode.ExtensionContext;
  readonly memory: Memory;
  readonly catalogue: Catalogue;
  readonly engine: Pick<EngineClient, 'files' | 'lookUp' | 'origins' | 'searchCommits'>;
  readonly sync: SyncController;
  readonly settings: CurrentSettings;
  readonly tokens: Tokens;
  readonly link: LinkView;
  /** What models may take of this machine, measured if need be. */
  readonly budget: () => Promise<MemoryBudget | undefined>;
  /** Keys of the entries that the chat of the editor has. */
  readonly offered: () => ReadonlySet<string>;
  /** The user's other machines. */
  readonly elsewhere: () => MachinesState;
  /** A download of a model was queued. */
  readonly onDidQueue: (id: ModelId) => void;
  readonly notifier: Notifier;
  readonly signals: WindowSignals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything in this window that is about downloads and about what is installed. */
export class InstalledFeature implements vscode.Disposable {
  readonly #options: InstalledFeatureOptions;
  readonly #client: LocalClient;
  readonly #downloader: Downloader;
  readonly #work: EntryWork;
  readonly #view: InstalledView;
  readonly #closing = new AbortController();
  readonly #tokenChanged = new vscode.EventEmitter<void>();
  readonly #subscriptions: Disposable[];
  #hasToken = false;
  /** Starts what is installed. */
  readonly starter: ModelStarter;
  /** What this machine has, for tests and other parts. */
  readonly machine: LocalMachine;

  constructor(options: InstalledFeatureOptions) {
    this.#options = options;
    const { context, memory, catalogue, sync, settings, link, notifier, signals, clock, logger } =
      options;
    const finished = new FinishedDownloads({
      ...{ notifier, signals },
      wording: hostWording,
      show: () => vscode.commands.executeCommand('modelHub.installed.focus'),
    });
    this.#client = this.#newClient(finished);
    this.machine = new LocalMachine({
      client: this.#client,
      hasUnfinished: () => hasUnfinishedDownloads(context.globalStorageUri.fsPath),
      syncing: () => sync.running,
      ...{ signals, clock, logger },
    });
    const { machine } = this;
    this.#work = new EntryWork(() => this.#view.update(), hostWording);
    this.#view = new InstalledView({
      ...{ machine, work: this.#work, clock },
      ...{ offered: options.offered, elsewhere: options.elsewhere },
    });
    this.starter = new ModelStarter({
      ...{ client: this.#client, work: this.#work, budget: options.budget, wording: hostWording },
      entry: (key) => machine.installed?.entries.find((entry) => entry.key === key),
      model: (id) => catalogue.model(id),
    });
    this.#downloader = new Downloader({
      client: this.#client,
      model: (id) => catalogue.model(id),
      lookUp: (id) => options.engine.lookUp(id, this.#closing.signal),
      files: async (id, revision) => (await options.engine.files(id, revision)).value.files,
      installed: () => machine.installed,
      target: () => settings.value.target,
      hasToken: () => this.#hasToken,
      askForProjector: (projector) => askForProjector(projector, memory),
      onDidQueue: options.onDidQueue,
      wording: hostWording,
    });
    this.#subscriptions = [
      machine,
      this.#work,
      this.#view,
      this.#tokenChanged,
      machine.onDidChange(() => void finished.follow(machine.downloads)),
      sync.onDidChange(() => machine.tellCircumstances()),
      catalogue.onDidChange(() => machine.catalogueChanged()),
      onNetworkBack(link, () => machine.networkChanged()),
    ];
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    const { context, settings, notifier } = this.#options;
    const machine = this.machine;
    const client = this.#client;
    return {
      ...downloadCommands({
        ...{ client, machine, notifier, work: this.#work },
        downloader: this.#downloader,
        folder: () => settings.value.folder,
      }),
      ...installedCommands({
        ...{ client, machine, notifier },
        work: this.#work,
        starter: this.starter,
        hasTrash: areFilesAtHand(surroundingsOf(context.extension)),
      }),
    };
  }

  /** What the details page shows of this machine, and has done there. */
  get details(): DetailsLocal {
    const { machine } = this;
    const { notifier } = this.#options;
    const client = this.#client;
    return {
      onDidChange: (listener) =>
        vscode.Disposable.from(machine.onDidChange(listener), this.#tokenChanged.event(listener)),
      downloads: () => machine.downloads,
      installed: () => {
        // What failed once is tried again when the user asks, not with each painting.
        if (machine.problem === undefined) void machine.look();
        return machine.installed;
      },
      hasToken: () => this.#hasToken,
      download: async (model, revision, variant) => {
        const older = machine.installed?.entries.find(
          ({ from, update }) =>
            from?.model === model && from.variant === variant && update !== undefined,
        );
        if (older?.runtime.can.includes('update') === true) {
          await update({ notifier, work: this.#work, downloader: this.#downloader }, older);
          return;
        }
        const to = older && placeOf(older.runtime);
        await this.#downloader.download({
          ...{ model, variant },
          ...(revision !== undefined && { revision }),
          ...(to && { to }),
        });
      },
      preview: async (entry, signal) => {
        const wanted = wantedFor(entry);
        return wanted && (await this.#downloader.preview(wanted, signal));
      },
      pause: (id) => client.pause(id),
      resume: (id) => client.resume(id),
      cancel: (id) => cancelDownload({ client, machine, notifier }, id),
    };
  }

  /** Queues what is wanted. */
  get downloader(): Pick<Downloader, 'download'> {
    return this.#downloader;
  }

  /** Talk with what is installed. */
  get chat(): Pick<LocalClient, 'chat' | 'countTokens' | 'recheck' | 'rescan'> {
    return this.#client;
  }

  /** Shows anew what the rows tell besides what the machine does. */
  refresh(): void {
    this.#view.update();
  }

  /** Measures what this machine can run models on. */
  measureHardware(): Promise<Hardware> {
    return this.#client.hardware();
  }

  /** Looks for the first time, once activation is over. */
  begin(): void {
    const atHand = areFilesAtHand(surroundingsOf(this.#options.context.extension));
    void vscode.commands.executeCommand('setContext', 'modelHub.filesAtHand', atHand);
    void this.#readToken();
    this.machine.setVisible(this.#view.visible);
  }

  /** Hands changed settings and tokens on. */
  async applySettings(): Promise<void> {
    const { tokens } = this.#options;
    await this.#readToken();
    await this.#client.configure(await localSettings(tokens));
  }

  dispose(): void {
    this.#closing.abort();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Lets go of the downloads, which another window may go on with; for good. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  #newClient(finished: FinishedDownloads): LocalClient {
    const { context, tokens, engine, catalogue, clock, logger } = this.#options;
    return new LocalClient({
      program: programOf(context, 'localWorker'),
      options: () => localOptions(context, tokens),
      catalogue: {
        origins: (sha256, signal) => engine.origins(sha256, signal),
        searchCommits: (id, sha256, signal) => engine.searchCommits(id, sha256, signal),
        files: async (id, revision, signal) =>
          (await engine.files(id, revision, signal, 'background')).value.files,
        heads: (ids) =>
          Promise.resolve(
            Object.fromEntries(
              ids.flatMap((id) => {
                const sha = catalogue.model(id)?.sha;
                return sha === undefined ? [] : [[id, sha]];
              }),
            ),
          ),
      },
      translations: vscode.l10n.bundle,
      fetch: globalThis.fetch,
      clock,
      logger,
      onDidChangeDownloads: (downloads) => this.machine.setDownloads(downloads),
      onDidChangeInstalled: (installed) => this.machine.setInstalled(installed),
      onDidChangeSharedCache: (status) => this.machine.setSharedCache(status),
      onDidFinish: (download) => {
        finished.add(download);
        void finished.follow(this.machine.downloads);
      },
    });
  }

  async #readToken(): Promise<void> {
    const { tokens, settings, logger } = this.#options;
    const { huggingFace } = settings.value.endpoints;
    try {
      const { origin } = new URL(huggingFace);
      const hasToken = (await tokens.all(huggingFace))[origin] !== undefined;
      if (hasToken === this.#hasToken) return;
      this.#hasToken = hasToken;
      this.#tokenChanged.fire();
    } catch (error) {
      logger.warn(`Whether there is a token cannot be read: ${describeError(error)}`);
    }
  }
}

/** Fires when nobody could be reached before and somebody can be now. */
function onNetworkBack(link: LinkView, listener: () => void): vscode.Disposable {
  let wasOffline = false;
  return link.onDidChange(() => {
    const isOffline = link.state === 'offline';
    if (wasOffline && !isOffline) listener();
    wasOffline = isOffline;
  });
}
