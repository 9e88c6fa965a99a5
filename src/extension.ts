import { homedir, tmpdir, totalmem } from 'node:os';
import * as vscode from 'vscode';
import { readSourceTraffic } from './sync/cache/sourceTraffic.ts';
import { EngineClient } from './sync/worker/engineClient.ts';
import type { ModelId } from './sync/model.ts';
import { systemClock } from './sync/worker/systemClock.ts';
import { networkAddresses } from './sync/worker/systemNetwork.ts';
import { Scheduler } from './sync/strategy/scheduler.ts';
import { ActivityRecorder } from './views/activity/activityRecorder.ts';
import { noteExpanded } from './views/activity/treeActivity.ts';
import { Catalogue } from './views/catalogue.ts';
import { ChatFeature } from './views/chat/chatFeature.ts';
import { clearActivity } from './views/commands/clearActivity.ts';
import { registerCommands } from './views/commands/register.ts';
import type { CommandMenus } from './views/commands/rowCommands.ts';
import { DashboardPanel } from './views/dashboard/dashboardPanel.ts';
import { DetailsPanel } from './views/details/detailsPanel.ts';
import { hostWording } from './views/details/hostWording.ts';
import { engineOptions, engineSettings } from './views/engineOptions.ts';
import { Favourites } from './views/favourites.ts';
import { HardwareView } from './views/hardware.ts';
import { speakDisplayLanguage } from './views/language.ts';
import { programOf } from './views/localOptions.ts';
import { channelLogger } from './views/log.ts';
import { LinkFeature } from './views/links/linkFeature.ts';
import { LinkView } from './views/linkView.ts';
import { InstalledFeature } from './views/installed/installedFeature.ts';
import { News } from './views/news.ts';
import type { LocalMachine } from './views/installed/localMachine.ts';
import { MachinesFeature } from './views/machines/machinesFeature.ts';
import { KeptModels } from './views/keptModels.ts';
import { MarkedIds } from './views/markedIds.ts';
import type { Notifier } from './views/notifier.ts';
import { RecordingNotifier, windowNotifier } from './views/notifier.ts';
import { LiveModels } from './views/search/liveModels.ts';
import { LookUp } from './views/search/lookUp.ts';
import { SearchFeature } from './views/search/searchFeature.ts';
import { onboardingCommands } from './views/onboarding/onboardingFeature.ts';
import { CurrentSettings } from './views/settings.ts';
import { SavingsView } from './views/status/savingsView.ts';
import { StatusBar } from './views/status/statusBar.ts';
import { registerTools } from './views/tools/toolsFeature.ts';
import { SyncController } from './views/syncController.ts';
import { Tokens } from './views/tokens.ts';
import { TreeFeature } from './views/tree/treeFeature.ts';
import { openUserState } from './views/userState.ts';
import { editorWindowSignals } from './views/windowSignals.ts';
import { describeError } from './sync/errors.ts';
import { redactor } from './sync/redaction.ts';

performance.mark('modelHub.loaded');

/** How long after activation the status bar counts and formats for the first time, in ms. */
const STATUS_DELAY = 300;

/** What the extension offers to other extensions and to its tests. */
export interface ModelHubApi {
  readonly catalogue: Catalogue;
  readonly sync: SyncController;
  readonly notifier: Notifier;
  readonly machine: LocalMachine;
  /** Opens links to models. */
  readonly links: vscode.UriHandler;
}

/** Lets go of what would outlive this window: see deactivate. */
let close: (() => Promise<void>) | undefined;

/** Builds the parts and wires them. Waits for nothing: the network is asked later, by the scheduler. */
export function activate(context: vscode.ExtensionContext): ModelHubApi {
  performance.mark('modelHub.activate');
  const log = vscode.window.createOutputChannel('Model Hub', { log: true });
  const storage = context.globalStorageUri.fsPath;
  const logger = channelLogger(log, redactor({ storage, home: homedir(), temporary: tmpdir() }));
  const clock = systemClock;
  const translations = speakDisplayLanguage();
  const testing = context.extensionMode === vscode.ExtensionMode.Test;
  const isInstalled = context.extensionMode === vscode.ExtensionMode.Production;
  const notifier = testing ? new RecordingNotifier() : windowNotifier;
  const settings = new CurrentSettings();
  const tokens = new Tokens(context.secrets);

  const state = openUserState(context.globalState, logger, hostWording);
  const news = new News({
    ...{ memory: state.memory, clock, logger },
    signals: editorWindowSignals,
  });

  const detailsChanged = new vscode.EventEmitter<ModelId>();
  const link = new LinkView();
  const live = new LiveModels();
  const machines = new MachinesFeature({
    ...{ context, memory: state.memory, settings, clock, logger },
    signals: editorWindowSignals,
  });
  const { pins, hidden } = machines;
  const favourites = new Favourites(machines.state);
  const kept = new KeptModels(state.memory, favourites, logger);
  const engine: EngineClient = new EngineClient({
    program: programOf(context, 'engineWorker'),
    options: () => engineOptions(context, tokens, kept.ids),
    translations,
    fetch: globalThis.fetch,
    logger,
    onDidStart: (storage) => catalogue.attach(storage),
    onDidApply: (change) => catalogue.announce(change),
    onDidEndSource: (source) => sync.ended(source),
    onDidChangeDetails: (id) => detailsChanged.fire(id),
    onDidChangeLink: (status) => link.set(status),
  });
  const catalogue: Catalogue = new Catalogue({
    storage,
    prepare: () => engine.start(),
    repair: () => engine.restart(),
    followed: () => settings.value.sources,
    seenUpTo: () => news.seenUpTo,
    lastVisit: () => news.lastVisit,
    elsewhere: (id) => live.get(id),
    stateProblem: state.problem,
    logger,
  });
  const sync: SyncController = new SyncController({
    engine,
    sources: () => settings.value.sources,
    now: () => clock.now(),
    onDidReport: (report, at) => catalogue.noteReport(report, at),
    logger,
  });
  const activity = new ActivityRecorder({
    record: (events) => engine.record(events),
    isWanted: () => settings.value.fetchesAhead,
    signals: editorWindowSignals,
    ...{ clock, logger },
  });
  const scheduler = new Scheduler({
    // Start-ups are spread over time for the sake of servers; who develops this waits for nothing.
    random: () => (isInstalled ? Math.random() : 0),
    clock,
    signals: editorWindowSignals,
    interfaces: networkAddresses,
    backgroundSync: () => settings.value.backgroundSync,
    followed: () => settings.value.sources.length,
    lastAttempt: () => catalogue.lastAttempt(),
    sync: (reason) => sync.sync(reason),
    idle: async (signal) => {
      const atHand = { favourites: favourites.ids, visible: tree.visible ? tree.listed() : [] };
      if (settings.value.fetchesAhead)
        await sync.fetchAhead({ ...atHand, fitsBytes: hardware.budget?.main }, signal);
      const first = [...favourites.ids, ...tree.listed()];
      await sync.fillSizes(first, link.limits?.prefetchBytes, signal);
    },
  });
  const offered = new MarkedIds('modelHub.offered', state.memory, editorWindowSignals);
  const installed = new InstalledFeature({
    ...{ context, catalogue, engine, sync, settings, tokens, link, notifier, clock, logger },
    memory: state.memory,
    signals: editorWindowSignals,
    budget: async () => {
      await hardware.look();
      return hardware.budget;
    },
    offered: () => new Set(settings.value.chat.enabled ? offered.ids : []),
    elsewhere: () => machines.shown,
    onDidQueue: (id) => activity.did('downloaded', id),
  });
  const savings = new SavingsView({
    ...{ engine, sync, logger },
    written: () => readSourceTraffic(storage),
    now: () => clock.now(),
  });
  const statusBar = new StatusBar({
    ...{ catalogue, sync, link, savings, clock },
    machine: installed.machine,
  });
  const hardware: HardwareView = new HardwareView({
    storage,
    measure: () => installed.measureHardware(),
    memory: totalmem,
    settings: () => settings.value.hardware,
    clock,
    logger,
  });
  const tree: TreeFeature = new TreeFeature({
    ...{ catalogue, sync, hardware, favourites, pins, hidden, clock },
    machine: installed.machine,
    memory: state.memory,
  });
  const details = new DetailsPanel({
    extensionUri: context.extensionUri,
    model: (id) => catalogue.model(id),
    sources: (keys) => catalogue.sources().filter(({ key }) => keys.includes(key)),
    history: (id) => catalogue.history(id),
    details: (id, revision, signal) => engine.details(id, revision, signal),
    local: installed.details,
    hardware,
    favourites,
    onDidChange: catalogue.onDidChange,
    onDidShow: (id) => (id === undefined ? activity.looksAway() : activity.opened(id)),
    onDidChangeDetails: detailsChanged.event,
    images: () => ({
      wanted: settings.value.remoteImages,
      affordable: link.limits?.remoteImages !== false,
    }),
    huggingFace: () => settings.value.endpoints.huggingFace,
    clock,
    logger,
  });
  const showDetails = (id: ModelId): void => details.show(id);
  const huggingFace = (): string => settings.value.endpoints.huggingFace;
  const { machine } = installed;
  const chat = new ChatFeature({
    ...{ machine, catalogue, offered, settings, notifier, clock, logger },
    ...{ client: installed.chat, starter: installed.starter },
  });
  const lookUp = new LookUp({ engine, live, notifier });
  const dashboard = new DashboardPanel({
    extensionUri: context.extensionUri,
    ...{ engine, catalogue, sync, link, machine, clock, logger },
    fetchesAhead: () => settings.value.fetchesAhead,
    onDidChangeSettings: settings.onDidChange,
  });
  const search = new SearchFeature({
    ...{ catalogue, engine, machine, hardware, favourites, hidden, live, lookUp, clock },
    saved: machines.searches,
    ...{ huggingFace, showDetails },
    ...{ memory: state.memory, logger },
    onDidSearch: (found) => activity.searched(found),
  });
  const links = new LinkFeature({
    ...{ catalogue, lookUp, showDetails, notifier, logger },
    extension: context.extension.id,
  });
  const onboarding = onboardingCommands({
    ...{ machine, notifier },
    extension: context.extension,
    settings: () => settings.value,
  });
  const applySettings = async (): Promise<void> => {
    try {
      await Promise.all([
        engine.configure(await engineSettings(tokens, kept.ids)),
        installed.applySettings(),
      ]);
    } catch (error) {
      logger.error(`The settings could not be applied: ${describeError(error)}`);
    }
    tree.refresh();
    installed.refresh();
    hardware.reconsider();
    statusBar.update();
    scheduler.reconsider();
  };

  const applyKept = async (): Promise<void> => {
    try {
      await engine.keep(kept.ids);
    } catch (error) {
      logger.error(`Favourites may be forgotten by the catalogue: ${describeError(error)}`);
    }
  };

  const setVisible = (visible: boolean): void => {
    scheduler.setVisible(visible);
    news.setVisible(visible);
  };

  context.subscriptions.push(
    log,
    catalogue,
    sync,
    scheduler,
    tree,
    statusBar,
    savings,
    installed,
    offered,
    offered.onDidChange(() => installed.refresh()),
    chat,
    hardware,
    details,
    kept,
    kept.onDidChange(() => void applyKept()),
    installed.machine.onDidChange(() => void kept.note(installed.machine.installed)),
    dashboard,
    favourites,
    machines,
    machines.onDidChange(() => installed.refresh()),
    favourites.onDidMark((id) => activity.did('favourited', id)),
    activity,
    tree.onDidExpand((node) => noteExpanded(node, activity)),
    search,
    lookUp,
    vscode.window.registerUriHandler(links),
    registerTools({
      catalogue,
      engine,
      machine,
      hardware,
      favourites,
      hidden,
      huggingFace,
      logger,
    }),
    vscode.window.registerWebviewPanelSerializer(DetailsPanel.viewType, details),
    vscode.window.registerWebviewPanelSerializer(DashboardPanel.viewType, dashboard),
    detailsChanged,
    link,
    news,
    news.onDidChange(() => tree.updateNews()),
    settings,
    settings.onDidChange(() => void applySettings()),
    tokens.onDidChange(() => void applySettings()),
    sync.onDidChange(() => catalogue.check()),
    tree.onDidChangeVisibility(setVisible),
    registerCommands({
      sync,
      engine,
      tokens,
      notifier,
      log,
      logger,
      manifest: context.extension.packageJSON as CommandMenus,
      more: {
        ...installed.commands,
        ...search.commands,
        ...tree.commands,
        ...links.commands,
        ...chat.commands,
        ...machines.commands,
        ...onboarding,
        clearActivity: () => clearActivity({ engine, activity, notifier }),
      },
      applySettings,
      showDetails,
      showDashboard: () => dashboard.show(),
    }),
  );
  // Activation itself only registers; reading and counting come right after it.
  const firstLook = setImmediate(() => {
    tree.update();
    setVisible(tree.visible);
    installed.begin();
    const { downloader } = installed;
    machines.begin({ machine, hardware, catalogue, engine, downloader, notifier });
  });
  // The rows of the tree come first: formatting numbers for the first time takes its time.
  const firstStatus = clock.after(STATUS_DELAY, () => {
    savings.look();
    statusBar.update();
  });
  context.subscriptions.push(firstStatus, { dispose: () => clearImmediate(firstLook) });
  close = async () => {
    // Nobody is told of what ends now, and a file that is read cannot be removed everywhere.
    for (const part of [sync, scheduler, catalogue, installed]) part.dispose();
    await activity.flush();
    await Promise.all([engine.close(), installed.close(), news.end()]);
  };
  performance.mark('modelHub.activated');
  return { catalogue, sync, notifier, machine, links };
}

/**
 * The editor waits a few seconds for this: the leases go back to the other windows, the last quiet
 * runs into the history, and a temporary catalogue is removed.
 */
export async function deactivate(): Promise<void> {
  await close?.();
}
