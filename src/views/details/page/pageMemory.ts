import type { DetailsView } from '../messages.ts';
import { loadState, saveState } from './host.ts';
import type { ReaderChoice } from './readerChoice.ts';

/** Wait after the last movement before the position is kept, in ms. */
const QUIET = 200;

/** Keeps the state of the page, and brings the reader back to where they were. */
export class PageMemory {
  readonly #root: HTMLElement;
  readonly #choice: ReaderChoice;
  #id: string | undefined;
  #images = false;
  /** Where to scroll once enough of the page is there. */
  #goal: number | undefined;
  /** The keys of folds that were open and have not been painted since. */
  #toReopen = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, choice: ReaderChoice) {
    this.#root = root;
    this.#choice = choice;
    choice.onDidPick(() => this.#save());
    addEventListener('scroll', () => this.#later(), { passive: true });
    // Folds tell of themselves without bubbling.
    root.addEventListener('toggle', () => this.#later(), { capture: true });
    // Whoever scrolls by hand is not brought anywhere any more.
    for (const event of ['wheel', 'pointerdown', 'keydown']) {
      addEventListener(event, () => (this.#goal = undefined), { passive: true });
    }
  }

  /** Called before each painting. */
  painting({ id }: DetailsView): void {
    if (id === this.#id) return;
    const state = loadState();
    const known = this.#id === undefined && state?.id === id ? state : undefined;
    this.#goal = known?.scroll ?? 0;
    this.#toReopen = new Set(known?.open);
    this.#choice.reset(known?.choice);
    this.#id = id;
  }

  /** Called after each painting. */
  painted({ readme }: DetailsView): void {
    this.#images = readme.images;
    for (const fold of this.#root.querySelectorAll<HTMLDetailsElement>('details[data-key]')) {
      if (this.#toReopen.delete(fold.dataset['key'] ?? '')) fold.open = true;
    }
    if (this.#goal !== undefined) scrollTo(0, this.#goal);
    // Until the README is there the page may be too short for the goal, and lack its folds.
    if (!readme.loading) {
      this.#goal = undefined;
      this.#toReopen.clear();
    }
    this.#save();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), QUIET);
  }

  #save(): void {
    if (this.#id === undefined) return;
    const open = [...this.#root.querySelectorAll<HTMLElement>('details[data-key][open]')];
    saveState({
      id: this.#id,
      scroll: this.#goal ?? Math.max(0, scrollY),
      images: this.#images,
      open: [...this.#toReopen, ...open.map(({ dataset }) => dataset['key'] ?? '')],
      choice: this.#choice.value,
    });
  }
}
