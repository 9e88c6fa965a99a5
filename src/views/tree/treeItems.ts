import * as vscode from 'vscode';
import { hostWording } from '../details/hostWording.ts';
import type { TreeNode } from './nodes.ts';
import type { RowCircumstances, TreeRow } from './treeRows.ts';
import { treeRow } from './treeRows.ts';

const STATES: Readonly<Record<TreeRow['opens'], vscode.TreeItemCollapsibleState>> = {
  never: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
};

/** A node as the editor takes it, without its hover. */
export function treeItem(node: TreeNode, around: RowCircumstances): vscode.TreeItem {
  const row = treeRow(node, around, hostWording);
  const colour = row.isNews ? new vscode.ThemeColor('list.highlightForeground') : undefined;
  const command = commandOf(node, row);
  return Object.assign(new vscode.TreeItem(row.label, STATES[row.opens]), {
    id: node.key,
    description: row.description,
    iconPath: new vscode.ThemeIcon(row.icon, colour),
    contextValue: row.context,
    accessibilityInformation: { label: row.spoken },
    ...(command !== undefined && { command }),
  });
}

/** What Enter and a click do. */
function commandOf(node: TreeNode, { label }: TreeRow): vscode.Command | undefined {
  if (node.type === 'more') {
    return { command: 'modelHub.showMore', title: label, arguments: [node.list] };
  }
  if (node.type !== 'model') return undefined;
  const title = vscode.l10n.t('Open Details');
  return { command: 'modelHub.openDetails', title, arguments: [node.model.id] };
}
