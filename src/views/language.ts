import { config } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Translations } from '../sync/worker/language.ts';

/**
 * Has the core, whose sentences come from no view, speak the editor's display language in this
 * thread.
 * @returns what its other threads are to say; undefined: English
 */
export function speakDisplayLanguage(): Translations | undefined {
  const { bundle } = vscode.l10n;
  if (bundle !== undefined) config({ contents: bundle });
  return bundle;
}
