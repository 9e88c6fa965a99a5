/** One part of something: what of the view it shows, and how. */
export interface Part<View> {
  readonly fields: readonly (keyof View)[];
  readonly make: (view: View) => HTMLElement | undefined;
  /** Changes what `make` made for an older view, where that is better than to make it anew. */
  readonly update?: (made: HTMLElement, view: View) => void;
}

/** Paints views into an element, each time only the parts that differ from what is there. */
export class Parts<View extends object> {
  readonly #root: HTMLElement;
  readonly #parts: readonly Part<View>[];
  readonly #shown: (string | undefined)[] = [];

  constructor(root: HTMLElement, parts: readonly Part<View>[]) {
    this.#root = root;
    this.#parts = parts;
    root.replaceChildren(...parts.map(placeholder));
  }

  paint(view: View): void {
    this.#parts.forEach(({ fields, make, update }, at) => {
      const key = JSON.stringify(fields.map((field) => view[field]));
      if (this.#shown[at] === key) return;
      this.#shown[at] = key;
      const old = this.#root.children[at];
      const made = make(view);
      if (update !== undefined && made !== undefined && isMade(old)) update(old, view);
      else old?.replaceWith(made ?? placeholder());
    });
  }
}

/** Keeps the place of a part that has nothing to show. */
function placeholder(): HTMLElement {
  const made = document.createElement('div');
  made.hidden = true;
  return made;
}

function isMade(element: Element | undefined): element is HTMLElement {
  return element instanceof HTMLElement && !element.hidden;
}
