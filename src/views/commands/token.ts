import * as vscode from 'vscode';
import { readSettings } from '../settings.ts';
import type { CommandServices } from './register.ts';

/** Asks for a token and keeps it for the endpoint that is set now, and for no other. */
export async function setToken({ tokens, sync, applySettings }: CommandServices): Promise<void> {
  const { huggingFace } = readSettings().endpoints;
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Set Hugging Face Token'),
    prompt: vscode.l10n.t(
      'It is kept in the secret storage and sent to {0} only.',
      new URL(huggingFace).origin,
    ),
    placeHolder: 'hf_…',
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^[\x21-\x7e]+$/.test(value.trim())
        ? undefined
        : vscode.l10n.t('A token has no spaces and no special letters.'),
  });
  if (token === undefined) return;
  await tokens.set(huggingFace, token.trim());
  await applySettings();
  await sync.sync('manual');
}
