const vscode = require('vscode');

exports.activate = (context) => {
  performance.mark('staticTree.activate');
  const provider = {
    getTreeItem: (label) => new vscode.TreeItem(label),
    getChildren: () => {
      performance.mark('staticTree.rows');
      return ['one'];
    },
  };
  const view = vscode.window.createTreeView('staticTree.rows', { treeDataProvider: provider });
  context.subscriptions.push(view);
};
