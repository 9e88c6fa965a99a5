import * as vscode from 'vscode';

/** Tells the user something that they asked for or must know. Passed in, so that tests can read it. */
export interface Notifier {
  /** Shows a message; resolves to the action that was chosen, if any. */
  info(message: string, ...actions: string[]): Promise<string | undefined>;
  warn(message: string, ...actions: string[]): Promise<string | undefined>;
}

/** Notifications of the editor. */
export const windowNotifier: Notifier = {
  info: async (message, ...actions) =>
    await vscode.window.showInformationMessage(message, ...actions),
  warn: async (message, ...actions) => await vscode.window.showWarningMessage(message, ...actions),
};

/** Keeps what would have been shown: under test, toasts are hidden and dialogs answer themselves. */
export class RecordingNotifier implements Notifier {
  readonly messages: string[] = [];

  info(message: string): Promise<undefined> {
    return this.#record(message);
  }

  warn(message: string): Promise<undefined> {
    return this.#record(message);
  }

  #record(message: string): Promise<undefined> {
    this.messages.push(message);
    return Promise.resolve(undefined);
  }
}
