import * as vscode from 'vscode';
import { SyncError } from '../../sync/errors.ts';
import { readSettings } from '../settings.ts';
import type { CommandServices } from './register.ts';

type Services = Pick<CommandServices, 'tokens' | 'applySettings'>;

/** Asks who we are to the shared cache, and keeps it for the one that is set now, and for no other. */
export async function setSharedCachePassword({ tokens, applySettings }: Services): Promise<void> {
  const url = addressOfCache();
  const { origin } = new URL(url);
  const title = vscode.l10n.t('Set Shared Cache Password');
  const user = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Your user name at {0}. Leave it empty if you have a token.', origin),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value.includes(':') ? vscode.l10n.t('A user name has no colon.') : undefined,
  });
  if (user === undefined) return;
  const password = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('It is kept in the secret storage and sent to {0} only.', origin),
    placeHolder: user === '' ? vscode.l10n.t('Token') : vscode.l10n.t('Password'),
    password: true,
    ignoreFocusOut: true,
  });
  if (password === undefined || password === '') return;
  await tokens.setForSharedCache(url, user.trim(), password);
  await applySettings();
}

export async function clearSharedCachePassword({ tokens, applySettings }: Services): Promise<void> {
  await tokens.clearForSharedCache(addressOfCache());
  await applySettings();
}

/** @throws SyncError `notFound` if there is no cache */
function addressOfCache(): string {
  const { sharedCache } = readSettings();
  if (sharedCache !== undefined) return sharedCache.url;
  throw new SyncError(
    'notFound',
    vscode.l10n.t('No shared cache is set. Set its address in "modelHub.sharedCache.url" first.'),
  );
}
