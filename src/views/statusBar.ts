import * as vscode from 'vscode';
import type { Clock, Disposable } from '../sync/clock.ts';
import type { SourceStatus } from '../sync/model.ts';
import type { Catalogue } from './catalogue.ts';
import { formatAge, formatModels, sourceName } from './format.ts';
import { healthOf } from './health.ts';
import type { Health } from './health.ts';
import type { LinkView } from './linkView.ts';
import { linkText } from './linkView.ts';
import type { SyncController } from './syncController.ts';

/** The age in the text is told in minutes. */
const REPAINT_INTERVAL = 30_000;

export interface StatusBarOptions {
  readonly catalogue: Catalogue;
  readonly sync: SyncController;
  readonly link: LinkView;
  readonly clock: Clock;
}

/** One item: what the sync is doing, how old the catalogue is, and what is wrong. */
export class StatusBar implements vscode.Disposable {
  readonly #catalogue: Catalogue;
  readonly #sync: SyncController;
  readonly #link: LinkView;
  readonly #clock: Clock;
  readonly #item: vscode.StatusBarItem;
  readonly #subscriptions: Disposable[];

  constructor({ catalogue, sync, link, clock }: StatusBarOptions) {
    this.#catalogue = catalogue;
    this.#sync = sync;
    this.#link = link;
    this.#clock = clock;
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
      sync.onDidChange(() => this.update()),
      link.onDidChange(() => this.update()),
      { dispose: () => clearInterval(timer) },
    ];
    this.#item.text = '$(library) Model Hub';
    this.#item.show();
  }

  update(): void {
    const sources = this.#catalogue.sources();
    const health = healthOf(sources, (key) => this.#sync.lastHeard(key));
    const models = formatModels(this.#catalogue.count());
    const summary = this.#sync.running
      ? vscode.l10n.t('Refreshing models…')
      : this.#summary(health);
    const icon = this.#sync.running ? '$(sync~spin)' : iconOf(health);
    const parts =
      health.state === 'noSource' ? [vscode.l10n.t('Model Hub')] : [models, this.#short(health)];
    const text = parts.filter(Boolean).join(' · ');
    this.#item.text = `${icon} ${text}`;
    this.#item.tooltip = this.#tooltip(summary, sources);
    this.#item.accessibilityInformation = {
      label: `Model Hub: ${text}. ${summary}`,
      role: 'button',
    };
    this.#item.backgroundColor =
      health.state === 'failing'
        ? new vscode.ThemeColor('statusBarItem.warningBackground')
        : undefined;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #short(health: Health): string {
    if (health.state === 'noSource') return '';
    if (health.state === 'bundled') return vscode.l10n.t('bundled list');
    const age =
      health.since === undefined ? vscode.l10n.t('bundled list') : this.#age(health.since);
    return health.state === 'offline' ? vscode.l10n.t('offline, {0}', age) : age;
  }

  #summary(health: Health): string {
    switch (health.state) {
      case 'noSource':
        return vscode.l10n.t('No source of models is followed.');
      case 'bundled':
        return vscode.l10n.t('Showing the bundled list: no source has answered yet.');
      case 'current':
        return vscode.l10n.t('Checked {0}.', this.#age(health.since));
      case 'offline':
        return health.since === undefined
          ? vscode.l10n.t('Offline: showing the bundled list.')
          : vscode.l10n.t('Offline. Last checked {0}.', this.#age(health.since));
      case 'failing':
        return vscode.l10n.t('Could not refresh: {0}.', health.failing.map(sourceName).join(', '));
    }
  }

  #tooltip(summary: string, sources: readonly SourceStatus[]): vscode.MarkdownString {
    const tooltip = new vscode.MarkdownString('**Model Hub**\n\n');
    tooltip.appendText(summary).appendMarkdown('\n\n');
    if (this.#catalogue.problem !== undefined) {
      tooltip.appendText(this.#catalogue.problem).appendMarkdown('\n\n');
    }
    for (const { key, failure, lastSuccess } of sources) {
      const heard = Math.max(lastSuccess ?? 0, this.#sync.lastHeard(key) ?? 0);
      const state =
        failure?.message ?? (heard === 0 ? vscode.l10n.t('bundled list') : this.#age(heard));
      tooltip
        .appendMarkdown('- ')
        .appendText(`${sourceName(key)}: ${state}`)
        .appendMarkdown('\n');
    }
    const link = linkText(this.#link.state);
    if (link !== undefined) tooltip.appendMarkdown('\n').appendText(link);
    return tooltip;
  }

  #age(time: number): string {
    return formatAge(time, this.#clock.now());
  }
}

function iconOf(health: Health): string {
  switch (health.state) {
    case 'noSource':
    case 'current':
      return '$(library)';
    case 'bundled':
      return '$(package)';
    case 'offline':
      return '$(debug-disconnect)';
    case 'failing':
      return '$(warning)';
  }
}
