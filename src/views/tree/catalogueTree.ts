import * as vscode from 'vscode';
import type { Model, ModelId, SourceKey } from '../../sync/model.ts';
import type { CatalogueChange } from '../../sync/syncService.ts';
import type { Catalogue } from '../catalogue.ts';
import type { ModelNode, SourceNode, TreeNode } from './nodes.ts';
import { modelNode, moreNode, sourceNode, variantNode } from './nodes.ts';
import { tooltipOf, treeItem } from './treeItems.ts';

/** Models that are listed at first, and with each "Show More". */
const PAGE = 200;
/** More changed rows than this are repainted together with their source. */
const FEW = 50;

/** Sources, their models and the variants of those, from the catalogue on disk. */
export class CatalogueTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #catalogue: Catalogue;
  readonly #changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly #subscriptions: vscode.Disposable[];
  /** The nodes that VS Code holds, so that one of them can be repainted. */
  readonly #sources = new Map<SourceKey, SourceNode>();
  readonly #models = new Map<SourceKey, Map<string, ModelNode>>();
  readonly #listed = new Map<SourceKey, number>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    this.#subscriptions = [
      catalogue.onDidChange((change) => this.#repaint(change)),
      catalogue.onDidChangeStatus(() => this.#repaintSources()),
    ];
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** Lists more models of a source. */
  showMore(source: SourceKey): void {
    this.#listed.set(source, this.#limit(source) + PAGE);
    this.#changed.fire(this.#sources.get(source));
  }

  /** The models that VS Code has asked for, in the order of the rows. */
  listed(): ModelId[] {
    return [...this.#models.values()].flatMap((models) => [...models.keys()]);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return treeItem(node);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    switch (node?.type) {
      case undefined:
        await this.#catalogue.ready();
        return this.#rootNodes();
      case 'source':
        return this.#modelNodes(node);
      case 'model':
        return (node.model.variants ?? []).map((variant) => variantNode(node, variant));
      case 'variant':
      case 'more':
        return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.type === 'source' ? undefined : node.parent;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const tooltip = tooltipOf(node);
    if (tooltip !== undefined) item.tooltip = tooltip;
    return item;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  #rootNodes(): SourceNode[] {
    const nodes = this.#catalogue.sources().map(sourceNode);
    this.#sources.clear();
    for (const node of nodes) this.#sources.set(node.source.key, node);
    performance.mark('modelHub.rows');
    return nodes;
  }

  #modelNodes(parent: SourceNode): TreeNode[] {
    const { key, models: total } = parent.source;
    const models = this.#catalogue.models(key, { offset: 0, limit: this.#limit(key) });
    const nodes = models.map((model) => modelNode(parent, model));
    this.#models.set(key, new Map(nodes.map((node) => [node.model.id, node])));
    performance.mark('modelHub.models');
    return total > nodes.length ? [...nodes, moreNode(parent, total - nodes.length)] : nodes;
  }

  #limit(source: SourceKey): number {
    return this.#listed.get(source) ?? PAGE;
  }

  /** Repaints rows one by one if only their facts changed; else the list is read anew. */
  #repaint(change: CatalogueChange | undefined): void {
    const few = change !== undefined && change.updated.length <= FEW;
    if (!few || change.added.length > 0 || change.removed.length > 0) {
      this.refresh();
      return;
    }
    const repainted = change.updated.flatMap((id) => this.#withNews(id));
    if (repainted.some(([node, model]) => placeOf(node.model) !== placeOf(model))) {
      this.refresh();
      return;
    }
    for (const [node, model] of repainted) {
      // VS Code knows the row by this very object.
      Object.assign(node, { model });
      this.#changed.fire(node);
    }
  }

  /** The rows of a model, which several sources may list, each with what is known of it now. */
  #withNews(id: string): [ModelNode, Model][] {
    const model = this.#catalogue.model(id);
    if (model === undefined) return [];
    const nodes = [...this.#models.values()].map((listed) => listed.get(id));
    return nodes.filter((node) => node !== undefined).map((node) => [node, model]);
  }

  /** A source that fails, or works again, looks different. */
  #repaintSources(): void {
    for (const source of this.#catalogue.sources()) {
      const node = this.#sources.get(source.key);
      if (node === undefined || node.source.failure?.message === source.failure?.message) continue;
      Object.assign(node, { source });
      this.#changed.fire(node);
    }
  }
}

/** What decides where a model stands in its list. */
function placeOf(model: Model): number | undefined {
  return model.lastModified ?? model.createdAt;
}
