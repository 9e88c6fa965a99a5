import { loadState, saveState } from './host.ts';

/** Wait after the last movement before the place is kept, in ms. */
const QUIET = 200;

/** Brings the reader back to where they were, once, and keeps where they go. */
export class Place {
  readonly #root: HTMLElement;
  #restored = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    addEventListener('scroll', () => this.#later(), { passive: true });
    // Folds tell of themselves without bubbling.
    root.addEventListener('toggle', () => this.#later(), { capture: true });
  }

  /** Called after each painting. */
  painted(): void {
    if (this.#restored) return;
    this.#restored = true;
    const state = loadState();
    for (const fold of this.#folds('')) {
      if (state?.open.includes(fold.dataset['key'] ?? '') === true) fold.open = true;
    }
    scrollTo(0, state?.scroll ?? 0);
    this.#save();
  }

  #later(): void {
    if (!this.#restored) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), QUIET);
  }

  #save(): void {
    const open = this.#folds('[open]').map(({ dataset }) => dataset['key'] ?? '');
    saveState({ scroll: Math.max(0, scrollY), open });
  }

  #folds(which: string): HTMLDetailsElement[] {
    return [...this.#root.querySelectorAll<HTMLDetailsElement>(`details[data-key]${which}`)];
  }
}
