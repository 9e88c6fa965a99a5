import * as vscode from 'vscode';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { hostWording } from '../details/hostWording.ts';
import type { UpdateChoice } from './updateText.ts';
import { updateChoices } from './updateText.ts';
import type { Estimate } from './updating.ts';

/** See AskForUpdate; undefined if the update is not wanted. */
export async function askForUpdate(
  entry: InstalledEntry,
  estimate: Estimate,
): Promise<UpdateChoice | undefined> {
  const leaving = new AbortController();
  const answer = Promise.withResolvers<UpdateChoice | undefined>();
  const picker = vscode.window.createQuickPick<UpdateChoice>();
  picker.title = vscode.l10n.t('Update {0}', entry.name);
  picker.placeholder = vscode.l10n.t(
    'The installed revision stays usable until the new one is verified.',
  );
  picker.busy = true;
  picker.onDidHide(() => {
    leaving.abort();
    answer.resolve(undefined);
  });
  picker.onDidAccept(() => {
    const [chosen] = picker.selectedItems;
    if (chosen !== undefined) answer.resolve(chosen);
  });
  picker.show();
  try {
    const preview = await estimate(leaving.signal);
    if (preview === undefined || leaving.signal.aborted) return undefined;
    picker.items = updateChoices(entry, preview, hostWording);
    picker.busy = false;
    return await answer.promise;
  } finally {
    picker.dispose();
  }
}
