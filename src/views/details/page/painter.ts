import type { DetailsView } from '../messages.ts';
import { facts, header, notices } from './sections/header.ts';
import { readme } from './sections/readme.ts';
import { sources, tags } from './sections/sources.ts';
import { variants } from './sections/variants.ts';

/** One part of the page: what of the view it shows, and how. */
interface Part {
  readonly fields: readonly (keyof DetailsView)[];
  readonly make: (view: DetailsView) => HTMLElement | undefined;
}

const PARTS: readonly Part[] = [
  { fields: ['name', 'author', 'description'], make: header },
  { fields: ['notices'], make: notices },
  { fields: ['facts'], make: facts },
  { fields: ['variants'], make: variants },
  { fields: ['sources'], make: sources },
  { fields: ['tags'], make: tags },
  { fields: ['readme'], make: readme },
];

/**
 * Paints views, each time only the parts that differ from what is there: focus, selection and
 * folds of all others stay as they are.
 */
export class Painter {
  readonly #root: HTMLElement;
  #shown: (string | undefined)[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  paint(view: DetailsView): void {
    const isFirst = this.#shown.length === 0;
    if (isFirst) this.#root.replaceChildren(...PARTS.map(() => placeholder()));
    PARTS.forEach(({ fields, make }, at) => {
      const key = JSON.stringify([view.id, view.labels, ...fields.map((field) => view[field])]);
      if (this.#shown[at] === key) return;
      this.#shown[at] = key;
      this.#root.children[at]?.replaceWith(make(view) ?? placeholder());
    });
    this.#root.setAttribute('aria-busy', String(view.readme.loading));
  }
}

/** Keeps the place of a part that has nothing to show. */
function placeholder(): HTMLElement {
  const made = document.createElement('div');
  made.hidden = true;
  return made;
}
