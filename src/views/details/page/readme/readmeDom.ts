import { element } from '../dom.ts';
import type { ReadmeNode } from './readmeTree.ts';

/** Makes DOM nodes of a README. */
export function readmeDom(nodes: readonly ReadmeNode[]): (Node | string)[] {
  return nodes.map((node) => {
    if (typeof node === 'string') return node;
    const made = element(node.tag, node.attributes, ...readmeDom(node.children));
    if (node.tag === 'img') {
      made.setAttribute('loading', 'lazy');
      made.setAttribute('referrerpolicy', 'no-referrer');
    }
    // A wide table scrolls by itself instead of the whole page.
    return node.tag === 'table' || node.tag === 'pre' ? scroller(made) : made;
  });
}

function scroller(content: HTMLElement): HTMLElement {
  return element('div', { class: 'scroller' }, content);
}
