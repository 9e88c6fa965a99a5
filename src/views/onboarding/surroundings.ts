import * as vscode from 'vscode';
import type { Surroundings } from './sides.ts';

/** Where an extension runs in this window, and what the window is connected to. */
export function surroundingsOf({
  extensionKind,
}: Pick<vscode.Extension<unknown>, 'extensionKind'>): Surroundings {
  const { remoteName, uiKind } = vscode.env;
  return {
    remoteName,
    side: extensionKind === vscode.ExtensionKind.UI ? 'here' : 'there',
    inBrowser: uiKind === vscode.UIKind.Web,
  };
}
