import type { TreeNode } from './nodes.ts';

const ROOT = '';

/** The nodes that the tree has handed out, by what holds them. */
export class HeldNodes {
  readonly #nodes = new Map<string, readonly TreeNode[]>();
  /** The last reading of each list that was begun. */
  readonly #readings = new Map<string, symbol>();

  /** What stands at the root; undefined if nobody has asked for it. */
  get roots(): readonly TreeNode[] | undefined {
    return this.#nodes.get(ROOT);
  }

  /** All of them, in the order in which they were asked for. */
  get all(): TreeNode[] {
    return [...this.#nodes.values()].flat();
  }

  /**
   * Begins to read a list.
   * @param parent the key of what holds it; absent: the root
   * @returns keeps what was read, and tells whether it did: what is outdated by then, because the
   *   list or the whole tree was read anew, is not kept
   */
  begin(parent = ROOT): (nodes: readonly TreeNode[]) => boolean {
    const reading = Symbol();
    this.#readings.set(parent, reading);
    return (nodes) => {
      if (this.#readings.get(parent) !== reading) return false;
      if (parent === ROOT) {
        this.#nodes.clear();
        this.#readings.clear();
      }
      this.#nodes.set(parent, nodes);
      return true;
    };
  }
}
