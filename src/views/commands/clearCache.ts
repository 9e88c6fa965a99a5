import * as vscode from 'vscode';
import { SyncError } from '../../sync/errors.ts';
import { formatBytes } from '../format.ts';
import type { CommandServices } from './register.ts';

/** Empties what can be fetched again; the list of models stays. */
export async function clearCache({
  engine,
  notifier,
}: Pick<CommandServices, 'engine' | 'notifier'>): Promise<void> {
  try {
    const { freedBytes } = await vscode.window.withProgress(
      { location: { viewId: 'modelHub.catalogue' } },
      () => engine.clearCache(),
    );
    await notifier.info(
      vscode.l10n.t(
        'Freed {0}. The list of models stays; details are fetched again when you look at them.',
        formatBytes(freedBytes),
      ),
    );
  } catch (error) {
    await notifier.warn(
      vscode.l10n.t('The cache could not be cleared. {0}', SyncError.from(error).message),
    );
  }
}
