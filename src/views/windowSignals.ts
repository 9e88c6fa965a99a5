import * as vscode from 'vscode';
import type { WindowSignals } from '../sync/strategy/windowSignals.ts';

/** What VS Code tells of its window. There is no first event, so the state is read when asked. */
export const editorWindowSignals: WindowSignals = {
  get focused() {
    return vscode.window.state.focused;
  },
  get active() {
    return vscode.window.state.active;
  },
  onDidChange: (listener) => vscode.window.onDidChangeWindowState(() => listener()),
};
