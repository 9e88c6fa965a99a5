import * as vscode from 'vscode';

/** Whether the editor in front is a web view, which may take the focus by itself. */
export function isPageInSight(): boolean {
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  return activeTab?.input instanceof vscode.TabInputWebview;
}
