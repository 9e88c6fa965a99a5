import { loadState, saveState } from './host.ts';
import type { DetailsView } from '../messages.ts';

/** Wait after the last movement before the position is kept, in ms. */
const QUIET = 200;

/** Keeps the state of the page, and brings the reader back to where they were. */
export class ScrollMemory {
  #id: string | undefined;
  #images = false;
  /** Where to scroll once enough of the page is there. */
  #goal: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener('scroll', () => this.#later(), { passive: true });
    // Whoever scrolls by hand is not brought anywhere any more.
    for (const event of ['wheel', 'pointerdown', 'keydown']) {
      addEventListener(event, () => (this.#goal = undefined), { passive: true });
    }
  }

  /** Called after each painting. */
  painted({ id, readme }: DetailsView): void {
    if (id !== this.#id) {
      const state = loadState();
      const isBack = this.#id === undefined && state?.id === id;
      this.#goal = isBack ? state.scroll : 0;
      this.#id = id;
    }
    this.#images = readme.images;
    if (this.#goal !== undefined) scrollTo(0, this.#goal);
    // Until the README is there the page may be too short for the goal.
    if (!readme.loading) this.#goal = undefined;
    this.#save();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), QUIET);
  }

  #save(): void {
    if (this.#id === undefined) return;
    saveState({ id: this.#id, scroll: this.#goal ?? Math.max(0, scrollY), images: this.#images });
  }
}
