import * as vscode from 'vscode';
import { withoutSecrets } from '../sync/redaction.ts';
import { withoutLinks } from './withoutLinks.ts';

/** Tells the user something that they asked for or must know. Passed in, so that tests can read it. */
export interface Notifier {
  /** Shows a message; resolves to the action that was chosen, if any. */
  info(message: string, ...actions: string[]): Promise<string | undefined>;
  warn(message: string, ...actions: string[]): Promise<string | undefined>;
  /** Asks whether to go on with what cannot be taken back; `action` is what the button says. */
  confirm(message: string, detail: string, action: string): Promise<boolean>;
}

/** Paths stay: the user has to find what a message speaks of. */
const shown = (text: string): string => withoutLinks(withoutSecrets(text));

/** Notifications of the editor. */
export const windowNotifier: Notifier = {
  info: async (message, ...actions) =>
    await vscode.window.showInformationMessage(shown(message), ...actions),
  warn: async (message, ...actions) =>
    await vscode.window.showWarningMessage(shown(message), ...actions),
  confirm: async (message, detail, action) =>
    (await vscode.window.showWarningMessage(
      shown(message),
      { modal: true, detail: shown(detail) },
      action,
    )) === action,
};

/** Keeps what would have been shown: under test, toasts are hidden and dialogs answer themselves. */
export class RecordingNotifier implements Notifier {
  readonly messages: string[] = [];
  /** What `confirm` is answered. */
  confirms = true;

  info(message: string): Promise<undefined> {
    return this.#record(message);
  }

  warn(message: string): Promise<undefined> {
    return this.#record(message);
  }

  async confirm(message: string, detail: string): Promise<boolean> {
    await this.#record(`${message} ${detail}`);
    return this.confirms;
  }

  #record(message: string): Promise<undefined> {
    this.messages.push(message);
    return Promise.resolve(undefined);
  }
}
