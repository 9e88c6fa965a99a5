import * as vscode from 'vscode';
import { SyncError } from '../../sync/errors.ts';
import { historyText } from '../historyText.ts';
import type { CommandServices } from './register.ts';

const SCHEME = 'model-hub-history';
/** The title of the editor is the last part of the address. */
const ADDRESS = vscode.Uri.from({ scheme: SCHEME, path: '/Model Hub Sync History.txt' });

type Services = Pick<CommandServices, 'engine' | 'notifier'>;

/** What the last runs did and cost: as a page to read, and as a file for a bug report. */
export class History implements vscode.Disposable {
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;

  constructor(services: Services) {
    this.#services = services;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: this.#changed.event,
      provideTextDocumentContent: async () => historyText(await services.engine.history()),
    });
  }

  async show(): Promise<void> {
    await this.#telling(async () => {
      // The page of an earlier look may still be open.
      this.#changed.fire(ADDRESS);
      const document = await vscode.workspace.openTextDocument(ADDRESS);
      await vscode.window.showTextDocument(document, { preview: true });
    });
  }

  async export(): Promise<void> {
    await this.#telling(async () => {
      const runs = await this.#services.engine.history();
      const target = await vscode.window.showSaveDialog({
        title: vscode.l10n.t('Export Sync History'),
        filters: { JSON: ['json'] },
      });
      if (target === undefined) return;
      await vscode.workspace.fs.writeFile(target, Buffer.from(JSON.stringify(runs, undefined, 2)));
    });
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  async #telling(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#services.notifier.warn(
        vscode.l10n.t('The sync history cannot be shown. {0}', SyncError.from(error).message),
      );
    }
  }
}
