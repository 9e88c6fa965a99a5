import * as vscode from 'vscode';
import type { SyncReport } from '../../sync/syncService.ts';
import { sourceName } from '../format.ts';
import { summaryOf } from '../runSummary.ts';
import type { CommandServices } from './register.ts';

/** How long the outcome stands in the status bar, in ms. */
const TOLD_FOR = 6_000;

/** The refresh that the user asked for: immediate, cancellable, with progress in the view. */
export class Refresh implements vscode.Disposable {
  readonly #services: Pick<CommandServices, 'sync' | 'notifier' | 'log'>;
  #cancel = new AbortController();
  #running = 0;

  constructor(services: Pick<CommandServices, 'sync' | 'notifier' | 'log'>) {
    this.#services = services;
  }

  async run(): Promise<void> {
    const { signal } = this.#cancel;
    this.#count(1);
    try {
      const report = await vscode.window.withProgress(
        { location: { viewId: 'modelHub.catalogue' } },
        () => this.#services.sync.sync('manual', signal),
      );
      if (report === undefined) tellBriefly('circle-slash', vscode.l10n.t('Refresh cancelled'));
      else void this.#tell(report);
    } finally {
      this.#count(-1);
    }
  }

  /** Gives up what was asked for here; what was applied stays, and the background goes on. */
  cancel(): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
  }

  dispose(): void {
    this.#cancel.abort();
  }

  #count(change: 1 | -1): void {
    this.#running += change;
    void vscode.commands.executeCommand('setContext', 'modelHub.refreshing', this.#running > 0);
  }

  async #tell(report: SyncReport): Promise<void> {
    const failures = report.sources.filter(({ error }) => error !== undefined);
    const [first] = failures;
    if (first?.error === undefined) {
      tellBriefly('check', summaryOf(report.sources));
      return;
    }
    const message =
      failures.length === 1
        ? vscode.l10n.t(
            '{0} could not be refreshed. {1}',
            sourceName(first.source),
            first.error.message,
          )
        : vscode.l10n.t(
            '{0} sources could not be refreshed. {1}',
            failures.length,
            first.error.message,
          );
    const showLog = vscode.l10n.t('Show Log');
    const { notifier, log } = this.#services;
    if ((await notifier.warn(message, showLog)) === showLog) log.show();
  }
}

function tellBriefly(icon: string, text: string): void {
  vscode.window.setStatusBarMessage(`$(${icon}) ${text}`, TOLD_FOR);
}
