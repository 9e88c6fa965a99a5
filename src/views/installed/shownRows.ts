import type { InstalledNode, InstalledState } from './installedNodes.ts';
import { childrenOf, rootNodes } from './installedNodes.ts';
import type { Row } from './installedRows.ts';

/** The rows as they were last shown, so that only what looks different is shown anew. */
export class ShownRows {
  readonly #look: (node: InstalledNode) => Row;
  readonly #shown = new Map<string, { readonly node: InstalledNode; row: Row }>();
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
    for (const node of withChildren(roots)) {
      this.#shown.set(node.key, { node, row: this.#look(node) });
    }
    return 'all';
  }

  /** The row above. */
  parentOf(node: InstalledNode): InstalledNode | undefined {
    return node.type === 'entry' ? this.#shown.get(node.group)?.node : undefined;
  }

  /** Brings a known node up to date; whether it looks different from before. */
  #renew(fresh: InstalledNode): boolean {
    const shown = this.#shown.get(fresh.key);
    if (shown === undefined) return false;
    // VS Code knows a row by its very object.
    Object.assign(shown.node, fresh);
    if (fresh.type === 'group') {
      Object.assign(shown.node, { entries: fresh.entries.map((entry) => this.#known(entry)) });
    }
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
  return JSON.stringify(roots.map((root) => [root.key, childrenOf(root).map(({ key }) => key)]));
}

/** Children before their parents, which tell what is below them. */
function withChildren(roots: readonly InstalledNode[]): InstalledNode[] {
  return roots.flatMap((root) => [...childrenOf(root), root]);
}
