import * as vscode from 'vscode';
import type { UpdatePreview } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { hostWording } from '../details/hostWording.ts';
import type { UpdateChoice } from './updateText.ts';
import { updateChoices } from './updateText.ts';

/** Tells what an update costs and asks how it is wanted; undefined: not at all. */
export async function askForUpdate(
  entry: InstalledEntry,
  preview: UpdatePreview,
): Promise<UpdateChoice | undefined> {
  return await vscode.window.showQuickPick(updateChoices(entry, preview, hostWording), {
    title: vscode.l10n.t('Update {0}', entry.name),
    placeHolder: vscode.l10n.t(
      'The installed revision stays usable until the new one is verified.',
    ),
  });
}
