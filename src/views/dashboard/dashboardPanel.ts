import * as vscode from 'vscode';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError, SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Catalogue } from '../catalogue.ts';
import { hostWording } from '../details/hostWording.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { LinkView } from '../linkView.ts';
import type { SyncController } from '../syncController.ts';
import type { PageKind } from '../webview/pageWebview.ts';
import { PageWebview, resourceRoots } from '../webview/pageWebview.ts';
import type { DashboardHostMessage, DashboardPageMessage } from './dashboardMessages.ts';
import type { DashboardSubject } from './dashboardSubject.ts';
import { dashboardView } from './dashboardView.ts';

/** What happens is shown at most that often, in ms. */
const PAINT_INTERVAL = 1_000;
/** Ages on the page are in minutes. */
const REPAINT_INTERVAL = 60_000;

const PAGE: PageKind<DashboardPageMessage> = {
  name: 'dashboard',
  script: 'dashboardPage.js',
  styles: ['details.css', 'dashboard.css'],
  // Loaded there, so that activation does not pay for the schemas.
  read: async (data) => (await import('./dashboardSchemas.lazy.ts')).readDashboardPageMessage(data),
};

export interface DashboardPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly engine: Pick<EngineClient, 'history' | 'traffic' | 'allowances' | 'activity'>;
  readonly catalogue: Pick<Catalogue, 'sources' | 'problems' | 'onDidChange' | 'onDidChangeStatus'>;
  readonly sync: Pick<SyncController, 'lastHeard' | 'running' | 'onDidChange'>;
  readonly link: Pick<LinkView, 'state' | 'onDidChange'>;
  readonly machine: Pick<LocalMachine, 'sharedCache' | 'onDidChange'>;
  /** Whether the user wants details fetched ahead. */
  readonly fetchesAhead: () => boolean;
  readonly onDidChangeSettings: vscode.Event<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The sync dashboard: one panel that follows what happens as long as it can be seen. */
export class DashboardPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  static readonly viewType = 'modelHub.dashboard';

  readonly #options: DashboardPanelOptions;
  readonly #subscription: vscode.Disposable;
  #view: PageWebview<DashboardHostMessage, DashboardPageMessage> | undefined;
  #timer: Disposable | undefined;
  #due = Infinity;
  #painting = false;

  constructor(options: DashboardPanelOptions) {
    this.#options = options;
    const { catalogue, sync, link, machine, onDidChangeSettings } = options;
    let sharedCache = machine.sharedCache;
    const soon = (): void => this.#paintIn(PAINT_INTERVAL);
    this.#subscription = vscode.Disposable.from(
      catalogue.onDidChange(soon),
      catalogue.onDidChangeStatus(soon),
      sync.onDidChange(() => {
        if (!sync.running) soon();
      }),
      link.onDidChange(soon),
      machine.onDidChange(() => {
        // Downloads, which are not shown here, move many times a second.
        if (machine.sharedCache !== sharedCache) soon();
        sharedCache = machine.sharedCache;
      }),
      onDidChangeSettings(soon),
    );
  }

  /** Shows the dashboard, where it is or in a new panel. */
  show(): void {
    if (this.#view !== undefined) {
      this.#view.reveal(false);
      return;
    }
    this.#open(
      vscode.window.createWebviewPanel(
        DashboardPanel.viewType,
        vscode.l10n.t('Sync Dashboard'),
        vscode.ViewColumn.Active,
        {
          enableScripts: true,
          enableFindWidget: true,
          localResourceRoots: resourceRoots(this.#options.extensionUri),
        },
      ),
    );
  }

  /** Brings the panel of the last session back. What it showed is read anew. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    // There is one panel only: what was opened meanwhile is newer than what is restored.
    if (this.#view === undefined) this.#open(panel);
    else panel.dispose();
    return Promise.resolve();
  }

  /** Stops. The panel itself stays open, because that is what the next session restores. */
  dispose(): void {
    this.#subscription.dispose();
    this.#timer?.dispose();
    this.#view = undefined;
  }

  #open(panel: vscode.WebviewPanel): void {
    const { extensionUri, logger } = this.#options;
    const events = {
      onMessage: (message: DashboardPageMessage) => this.#answer(message),
      onDidClose: () => {
        this.#view = undefined;
        this.#timer?.dispose();
        this.#due = Infinity;
      },
    };
    this.#view = new PageWebview(PAGE, panel, extensionUri, events, logger);
  }

  async #answer(message: DashboardPageMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        await this.#paint();
        return;
      case 'run':
        await vscode.commands.executeCommand(message.command);
    }
  }

  /** Paints once that time has passed, or earlier if that was wanted before. */
  #paintIn(delay: number): void {
    const { clock } = this.#options;
    const due = clock.now() + delay;
    if (this.#view?.isListening !== true || due >= this.#due) return;
    this.#timer?.dispose();
    this.#due = due;
    this.#timer = clock.after(delay, () => void this.#paint());
  }

  async #paint(): Promise<void> {
    this.#due = Infinity;
    // What happens while the engine is asked is asked for next time.
    if (this.#painting) {
      this.#paintIn(PAINT_INTERVAL);
      return;
    }
    this.#painting = true;
    try {
      const subject = await this.#subject();
      this.#view?.post({ type: 'show', view: dashboardView(subject, hostWording) });
    } catch (error) {
      this.#options.logger.error(`The dashboard cannot be shown: ${describeError(error)}`);
    } finally {
      this.#painting = false;
    }
    this.#paintIn(REPAINT_INTERVAL);
  }

  async #subject(): Promise<DashboardSubject> {
    const { engine, catalogue, sync, link, machine, clock, logger } = this.#options;
    const known = {
      sources: catalogue.sources(),
      lastHeard: (source: string) => sync.lastHeard(source),
      link: link.state,
      sharedCache: machine.sharedCache,
      fetchesAhead: this.#options.fetchesAhead(),
      problems: catalogue.problems,
      now: clock.now(),
    };
    try {
      const [runs, traffic, allowances, activity] = await Promise.all([
        engine.history(),
        engine.traffic(),
        engine.allowances(),
        engine.activity(),
      ]);
      return { ...known, runs, traffic, allowances, activity };
    } catch (error) {
      const { message } = SyncError.from(error);
      logger.warn(`The dashboard cannot be shown: ${message}`);
      return { ...known, runs: [], traffic: [], allowances: { quotas: [] }, trouble: message };
    }
  }
}
