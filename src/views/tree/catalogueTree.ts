import * as vscode from 'vscode';
import type { SearchSort } from '../../sync/cache/search.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { Model, ModelId, SourceKey } from '../../sync/model.ts';
import type { CatalogueChange } from '../../sync/syncService.ts';
import type { Catalogue } from '../catalogue.ts';
import { hostWording } from '../details/hostWording.ts';
import type { Arranged } from './arrangement.ts';
import { orderOf } from './arrangement.ts';
import type { CatalogueLists } from './catalogueLists.ts';
import { HeldNodes } from './heldNodes.ts';
import { newsMarks } from './newsMarks.ts';
import type { ModelNode, SourceNode, TreeNode } from './nodes.ts';
import { variantNode } from './nodes.ts';
import { tooltipOf } from './tooltips.ts';
import { treeItem } from './treeItems.ts';
import type { RowCircumstances } from './treeRows.ts';

/** More changed rows than this are read anew together. */
const FEW = 50;
/**
 * How long rows under a filter may stay in its list though their facts changed, in ms: sizes are
 * filled in a few models at a time, and each reading asks about all that is found.
 */
const FILTER_PATIENCE = 30_000;

export interface CatalogueTreeOptions {
  readonly catalogue: Pick<
    Catalogue,
    'ready' | 'sources' | 'listed' | 'news' | 'lastVisit' | 'onDidChange' | 'onDidChangeStatus'
  >;
  readonly lists: CatalogueLists;
  readonly arranged: () => Arranged;
  readonly clock: Pick<Clock, 'after'>;
  readonly around: () => RowCircumstances;
}

/** The catalogue as rows; of those only what looks different is repainted where that is enough. */
export class CatalogueTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #options: CatalogueTreeOptions;
  readonly #changed = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly #listedModels = new vscode.EventEmitter<void>();
  readonly #subscriptions: Disposable[];
  /** The nodes that VS Code holds, so that one of them can be repainted. */
  readonly #held = new HeldNodes();
  #news = '';
  #rereading: Disposable | undefined;
  readonly onDidChangeTreeData = this.#changed.event;
  /** Rows were handed out. */
  readonly onDidList = this.#listedModels.event;

  constructor(options: CatalogueTreeOptions) {
    const { catalogue } = options;
    this.#options = options;
    this.#subscriptions = [
      this.#changed,
      this.#listedModels,
      catalogue.onDidChange((change) => this.#repaint(change)),
      catalogue.onDidChangeStatus(() => this.#repaintSources()),
    ];
  }

  /** There is nothing at the root. */
  get isEmpty(): boolean {
    return this.#held.roots?.length === 0;
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#rereading?.dispose();
    this.#rereading = undefined;
    this.#changed.fire(undefined);
  }

  /** Reads everything anew if the rows mark something else as news than is news now. */
  refreshNews(): void {
    if (this.#newsNow !== this.#news) this.refresh();
  }

  /** Another machine than was thought: the same models, which may fit otherwise. */
  repaintModels(): void {
    if (this.#options.arranged().filter?.query.fits === true) {
      this.refresh();
      return;
    }
    this.#fire(this.#held.all.filter(({ type }) => type === 'model'));
  }

  /** Lists more of a list. */
  showMore(list: string): void {
    this.#options.lists.showMore(list);
    this.#changed.fire(this.#parentOf(list));
  }

  /** The models that VS Code has asked for, in the order of the rows. */
  listed(): ModelId[] {
    return this.#held.all.flatMap((node) => {
      return node.type === 'model' ? [node.model.id] : [];
    });
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return treeItem(node, this.#options.around());
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    const { catalogue, lists } = this.#options;
    switch (node?.type) {
      case undefined:
        await catalogue.ready();
        this.#news = this.#newsNow;
        return this.#read(undefined, lists.roots(), 'modelHub.rows');
      case 'source':
      case 'group':
        return this.#read(node.key, lists.modelsIn(node.list, node), 'modelHub.models');
      case 'model':
        return (node.model.variants ?? []).map((variant) => variantNode(node, variant));
      case 'variant':
      case 'more':
      case 'note':
        return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return 'parent' in node ? node.parent : undefined;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const tooltip = tooltipOf(node, this.#options.around().budget, hostWording);
    if (tooltip !== undefined) item.tooltip = new vscode.MarkdownString(tooltip);
    return item;
  }

  dispose(): void {
    this.#rereading?.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  get #newsNow(): string {
    const { catalogue } = this.#options;
    return newsMarks(catalogue.news(), catalogue.lastVisit);
  }

  async #read(
    parent: string | undefined,
    reading: Promise<TreeNode[]>,
    mark: string,
  ): Promise<TreeNode[]> {
    const keep = this.#held.begin(parent);
    const nodes = await reading;
    // What is outdated has been asked for once more, and is told of then.
    if (keep(nodes)) {
      performance.mark(mark);
      this.#listedModels.fire();
    }
    return nodes;
  }

  /** The node whose list this is; undefined: the root. */
  #parentOf(list: string): TreeNode | undefined {
    return this.#held.roots?.find((node) => 'list' in node && node.key === list);
  }

  /** Repaints rows one by one if only their facts changed; else the lists are read anew. */
  #repaint(change: CatalogueChange | undefined): void {
    const arranged = this.#options.arranged();
    const order = orderOf(arranged);
    const mayStay =
      change !== undefined &&
      change.updated.length <= FEW &&
      change.added.length + change.removed.length === 0 &&
      this.#newsNow === this.#news;
    const repainted = mayStay ? change.updated.flatMap((id) => this.#withNews(id)) : [];
    const moved = repainted.some(
      ([node, model]) => placeOf(node.model, order) !== placeOf(model, order),
    );
    if (!mayStay || moved) {
      this.refresh();
      return;
    }
    // VS Code knows a row by its very object.
    for (const [node, model] of repainted) Object.assign(node, { model });
    this.#fire(repainted.map(([node]) => node));
    if (arranged.filter !== undefined) {
      this.#rereading ??= this.#options.clock.after(FILTER_PATIENCE, () => this.refresh());
    }
  }

  /** The rows of a model, which several lists may hold, each with what is known of it now. */
  #withNews(id: ModelId): [ModelNode, Model][] {
    const model = this.#options.catalogue.listed(id);
    if (model === undefined) return [];
    return this.#held.all.flatMap((node): [ModelNode, Model][] =>
      node.type === 'model' && node.model.id === id ? [[node, model]] : [],
    );
  }

  /** A source that fails, or works again, looks different. */
  #repaintSources(): void {
    const nodes = (this.#held.roots ?? []).filter((node) => node.type === 'source');
    const known = new Map<SourceKey, SourceNode>(nodes.map((node) => [node.source.key, node]));
    const changed = this.#options.catalogue.sources().flatMap((source) => {
      const node = known.get(source.key);
      if (node === undefined || node.source.failure?.message === source.failure?.message) return [];
      return [Object.assign(node, { source })];
    });
    this.#fire(changed);
  }

  /** Of several events, VS Code would draw all but the first later, when rows are clicked already. */
  #fire(nodes: TreeNode[]): void {
    if (nodes.length > 0) this.#changed.fire(nodes);
  }
}

/** What decides where a model stands in its list. */
function placeOf(model: Model, order: SearchSort): number | string | undefined {
  switch (order) {
    case 'newest':
      return model.lastModified ?? model.createdAt;
    case 'trending':
      return model.trendingScore;
    case 'downloads':
      return model.downloads;
    case 'likes':
      return model.likes;
    case 'name':
      return model.name;
    case 'size':
      return Math.min(
        ...(model.variants ?? []).flatMap(({ size }) =>
          size.sureness === 'unknown' ? [] : [size.bytes],
        ),
      );
  }
}
