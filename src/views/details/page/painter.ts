import type { DetailsView, VariantState } from '../messages.ts';
import { keepPlace } from '../../webview/page/keepPlace.ts';
import type { Part } from '../../webview/page/parts.ts';
import { Parts } from '../../webview/page/parts.ts';
import type { ReaderChoice } from './readerChoice.ts';
import { facts, header, notices } from './sections/header.ts';
import { history } from './sections/history.ts';
import { installed } from './sections/installed.ts';
import { readme } from './sections/readme.ts';
import { run } from './sections/run.ts';
import { sources, tags } from './sections/sources.ts';
import { stateParts } from './sections/variantState.ts';
import { stateCells, variants } from './sections/variants.ts';

const partsOf = (choice: ReaderChoice): readonly Part<DetailsView>[] => [
  { fields: ['id', 'labels', 'name', 'author', 'description', 'favourite'], make: header },
  { fields: ['id', 'labels', 'notices'], make: notices },
  { fields: ['id', 'labels', 'facts'], make: facts },
  { fields: ['id', 'labels', 'variants'], make: (view) => variants(view, choice) },
  { fields: ['id', 'run'], make: (view) => run(view, choice) },
  { fields: ['id', 'labels', 'installed'], make: installed },
  { fields: ['id', 'labels', 'history'], make: history },
  { fields: ['id', 'labels', 'sources'], make: sources },
  { fields: ['id', 'labels', 'tags'], make: tags },
  { fields: ['id', 'labels', 'readme'], make: readme },
];

/**
 * Paints views, each time only what differs from what is there: selection and folds of all else stay
 * as they are, and the focus also where its row is painted anew.
 */
export class Painter {
  readonly #root: HTMLElement;
  readonly #choice: ReaderChoice;
  readonly #cells = new WeakMap<HTMLElement, Parts<VariantState>>();
  #parts: Parts<DetailsView> | undefined;

  constructor(root: HTMLElement, choice: ReaderChoice) {
    this.#root = root;
    this.#choice = choice;
  }

  paint(view: DetailsView): void {
    keepPlace(this.#root, () => {
      this.#parts ??= new Parts(this.#root, partsOf(this.#choice));
      this.#parts.paint(view);
      this.#paintStates(view.states);
    });
    this.#root.setAttribute('aria-busy', String(view.readme.loading));
  }

  #paintStates(states: readonly VariantState[]): void {
    const cells = stateCells(this.#root);
    for (const state of states) {
      const cell = cells.get(state.key);
      if (cell === undefined) continue;
      const parts = this.#cells.get(cell) ?? new Parts(cell, stateParts);
      this.#cells.set(cell, parts);
      parts.paint(state);
    }
  }
}
