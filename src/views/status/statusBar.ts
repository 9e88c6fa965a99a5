import * as vscode from 'vscode';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { SourceStatus } from '../../sync/model.ts';
import type { Catalogue } from '../catalogue.ts';
import { hostWording } from '../details/hostWording.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { LinkView } from '../linkView.ts';
import type { SyncController } from '../syncController.ts';
import type { SavingsView } from './savingsView.ts';
import { statusMarkdown } from './statusMarkdown.ts';
import { QUIET_REFRESH, statusView } from './statusView.ts';

/** The age in the text is told in minutes. */
const REPAINT_INTERVAL = 30_000;

export interface StatusBarOptions {
  readonly catalogue: Catalogue;
  readonly sync: SyncController;
  readonly machine: Pick<LocalMachine, 'downloads' | 'sharedCache' | 'onDidChange'>;
  readonly link: LinkView;
  readonly savings: SavingsView;
  readonly clock: Clock;
}

/** One item: what needs the user, what goes on, and how old the catalogue is. */
export class StatusBar implements vscode.Disposable {
  readonly #options: StatusBarOptions;
  readonly #item: vscode.StatusBarItem;
  readonly #subscriptions: Disposable[];
  /** Read when the catalogue changes: downloads move many times a second. */
  #models = 0;
  #sources: readonly SourceStatus[] = [];
  #patience: Disposable | undefined;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const { catalogue, sync, machine, link, savings } = options;
    this.#item = vscode.window.createStatusBarItem(
      'modelHub.status',
      vscode.StatusBarAlignment.Left,
      10,
    );
    this.#item.name = vscode.l10n.t('Model Hub');
    this.#item.command = 'modelHub.showStatusMenu';
    const timer = setInterval(() => this.update(), REPAINT_INTERVAL);
    timer.unref();
    this.#subscriptions = [
      this.#item,
      catalogue.onDidChange(() => this.update()),
      catalogue.onDidChangeStatus(() => this.update()),
      sync.onDidChange(() => this.#follow()),
      machine.onDidChange(() => this.#paint()),
      link.onDidChange(() => this.#paint()),
      savings.onDidChange(() => this.#paint()),
      { dispose: () => clearInterval(timer) },
      { dispose: () => this.#patience?.dispose() },
    ];
    this.#item.text = '$(library) Model Hub';
    this.#item.show();
  }

  /** Reads the catalogue, and shows how it is. */
  update(): void {
    this.#models = this.#options.catalogue.count();
    this.#sources = this.#options.catalogue.sources();
    this.#paint();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** A sync begins, comes further or ends; one that takes its time is counted aloud. */
  #follow(): void {
    const { sync, clock } = this.#options;
    if (sync.running) {
      this.#patience ??= clock.after(QUIET_REFRESH, () => this.#paint());
    } else {
      this.#patience?.dispose();
      this.#patience = undefined;
    }
    this.#paint();
  }

  #paint(): void {
    const { catalogue, sync, machine, link, savings, clock } = this.#options;
    const view = statusView(
      {
        models: this.#models,
        sources: this.#sources,
        lastHeard: (source) => sync.lastHeard(source),
        progress: sync.progress,
        downloads: machine.downloads,
        link: link.state,
        savings: savings.week,
        sharedCache: machine.sharedCache,
        problems: catalogue.problems,
        now: clock.now(),
      },
      hostWording,
    );
    this.#item.text = view.text;
    this.#item.accessibilityInformation = { label: view.spoken, role: 'button' };
    this.#item.backgroundColor = view.warning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    const tooltip = new vscode.MarkdownString(statusMarkdown(view, hostWording));
    tooltip.isTrusted = { enabledCommands: view.links.map(({ command }) => command) };
    this.#item.tooltip = tooltip;
  }
}
