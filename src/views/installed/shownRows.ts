import type { InstalledNode, InstalledState } from './installedNodes.ts';
import { childrenOf, rootNodes } from './installedNodes.ts';
import type { Row } from './installedRows.ts';

/** The rows as they were last shown, so that only what looks different is shown anew. */
export class ShownRows {
  readonly #look: (node: InstalledNode) => Row;
  readonly #shown = new Map<string, { readonly node: InstalledNode; row: Row }>();
  /** By the key of the row below. */
  readonly #parents = new Map<string, InstalledNode>();
  #roots: readonly InstalledNode[] = [];
  #shape = shapeOf([]);

  /** @param look how a node looks now */
  constructor(look: (node: InstalledNode) => Row) {
    this.#look = look;
  }

  get roots(): readonly InstalledNode[] {
    return this.#roots;
  }

  /**
   * Takes another state.
   * @returns the nodes that look different, known from before, or `all` if rows came, went or moved
   */
  update(state: InstalledState): readonly InstalledNode[] | 'all' {
    const roots = rootNodes(state);
    const shape = shapeOf(roots);
    if (shape === this.#shape) {
      const changed = withChildren(roots).filter((fresh) => this.#renew(fresh));
      return changed.map((fresh) => this.#known(fresh));
    }
    this.#shape = shape;
    this.#roots = roots;
    this.#shown.clear();
    this.#parents.clear();
    for (const node of withChildren(roots)) {
      this.#shown.set(node.key, { node, row: this.#look(node) });
      for (const { key } of childrenOf(node)) this.#parents.set(key, node);
    }
    return 'all';
  }

  /** The row above. */
  parentOf(node: InstalledNode): InstalledNode | undefined {
    return this.#parents.get(node.key);
  }

  /** Brings a known node up to date; whether it looks different from before. */
  #renew(fresh: InstalledNode): boolean {
    const shown = this.#shown.get(fresh.key);
    if (shown === undefined) return false;
    // VS Code knows a row by its very object.
    Object.assign(shown.node, fresh);
    const children = childrenOf(fresh).map((child) => this.#known(child));
    if (fresh.type === 'group') Object.assign(shown.node, { entries: children });
    if ('children' in fresh) Object.assign(shown.node, { children });
    const row = this.#look(shown.node);
    const isOther = JSON.stringify(row) !== JSON.stringify(shown.row);
    shown.row = row;
    return isOther;
  }

  #known(fresh: InstalledNode): InstalledNode {
    return this.#shown.get(fresh.key)?.node ?? fresh;
  }
}

/** Which rows there are, and where. */
function shapeOf(roots: readonly InstalledNode[]): string {
  const shape = (node: InstalledNode): unknown => [node.key, childrenOf(node).map(shape)];
  return JSON.stringify(roots.map(shape));
}

/** Children before their parents, which tell what is below them. */
function withChildren(roots: readonly InstalledNode[]): InstalledNode[] {
  return roots.flatMap((root) => [...withChildren(childrenOf(root)), root]);
}
