import * as vscode from 'vscode';
import type { Clock } from '../../sync/clock.ts';
import { modelIdOf } from '../commands/modelIdOf.ts';
import { hostWording } from '../details/hostWording.ts';
import type { InstalledNode, InstalledState } from './installedNodes.ts';
import { childrenOf } from './installedNodes.ts';
import type { Row } from './installedRows.ts';
import { rowOf } from './installedRows.ts';
import { ShownRows } from './shownRows.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** Downloads and what is installed, as rows; of those only what looks different is repainted. */
export class InstalledTree implements vscode.TreeDataProvider<InstalledNode>, vscode.Disposable {
  readonly #clock: Clock;
  readonly #changed = new vscode.EventEmitter<InstalledNode[] | undefined>();
  readonly #rows = new ShownRows((node) => this.#row(node));
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#rows.roots.length === 0;
  }

  /**
   * Shows another state. What changed is told at once: the editor draws the first of several events
   * right away and the others 200 ms later, when their rows are already being clicked.
   */
  update(state: InstalledState): void {
    const changed = this.#rows.update(state);
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire([...changed]);
  }

  getTreeItem(node: InstalledNode): vscode.TreeItem {
    const { label, description, tooltip, spoken, icon, colour, context } = this.#row(node);
    const item = new vscode.TreeItem(label, opens(node));
    return Object.assign(item, {
      id: node.key,
      description,
      tooltip,
      contextValue: context,
      iconPath: new vscode.ThemeIcon(
        icon,
        colour === undefined ? undefined : new vscode.ThemeColor(colour),
      ),
      accessibilityInformation: { label: spoken },
      ...commandOf(node),
    });
  }

  getChildren(node?: InstalledNode): InstalledNode[] {
    return [...(node === undefined ? this.#rows.roots : childrenOf(node))];
  }

  getParent(node: InstalledNode): InstalledNode | undefined {
    return this.#rows.parentOf(node);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #row(node: InstalledNode): Row {
    return rowOf(node, this.#clock.now(), hostWording);
  }
}

function opens({ type }: InstalledNode): vscode.TreeItemCollapsibleState {
  if (type === 'group' || type === 'machines') return Expanded;
  return type === 'machine' ? Collapsed : None;
}

/** What a click does: the page of the model, where it is known. */
function commandOf(node: InstalledNode): Pick<vscode.TreeItem, 'command'> {
  const model = node.type === 'group' ? undefined : modelIdOf(node);
  if (model === undefined) return {};
  const title = vscode.l10n.t('Open Details');
  return { command: { command: 'modelHub.openDetails', title, arguments: [model] } };
}
