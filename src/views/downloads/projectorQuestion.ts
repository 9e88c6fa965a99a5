import * as vscode from 'vscode';
import type { Memory } from '../../device/shared/sharedState.ts';
import type { ModelFile } from '../../sync/model.ts';
import { formatBytes } from '../format.ts';

const KEY = 'modelHub.withProjector';

/**
 * Asks whether a model is wanted with its vision projector; what was answered last comes first.
 * @returns undefined if the user turned away
 */
export async function askForProjector(
  { size }: ModelFile,
  memory: Memory,
): Promise<boolean | undefined> {
  const usual = memory.get(KEY) !== false;
  const description = size.sureness === 'unknown' ? '' : `+ ${formatBytes(size.bytes)}`;
  const answers = [
    { label: vscode.l10n.t('With vision projector'), description, projector: true },
    { label: vscode.l10n.t('Without vision projector'), description: '', projector: false },
  ];
  const picked = await vscode.window.showQuickPick(usual ? answers : answers.toReversed(), {
    title: vscode.l10n.t('Download'),
    placeHolder: vscode.l10n.t('Only with its projector the model can look at images.'),
  });
  if (picked !== undefined) await memory.update(KEY, picked.projector);
  return picked?.projector;
}
