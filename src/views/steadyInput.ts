import type { Clock, Disposable } from '../sync/clock.ts';

/** How long after it opened an input may lose the focus to somebody who was late, in ms. */
const SETTLING = 500;

/** What a quick pick and an input box of the editor have in common. */
export interface ClosableInput {
  show(): void;
  hide(): void;
  onDidHide(listener: () => void): Disposable;
}

/**
 * Shows an input that stays. A page that had the focus before the command palette gets it back late,
 * when the input is there already, which closes by that: then it opens once more, with
 * what was typed meanwhile. Not so once the user has chosen.
 */
export class SteadyInput implements Disposable {
  readonly #input: ClosableInput;
  readonly #subscription: Disposable;
  readonly #opened: number;
  #isSettled = false;

  /**
   * @param mayBeRobbed whether there is a page that may take the focus back
   * @param onDidClose it is closed, and stays so
   */
  constructor(
    input: ClosableInput,
    clock: Pick<Clock, 'now'>,
    mayBeRobbed: () => boolean,
    onDidClose: () => void,
  ) {
    this.#input = input;
    this.#opened = clock.now();
    this.#subscription = input.onDidHide(() => {
      if (this.#isSettled || !mayBeRobbed() || clock.now() - this.#opened >= SETTLING) {
        onDidClose();
        return;
      }
      this.#isSettled = true;
      input.show();
    });
    input.show();
  }

  /** Closes it for good. */
  close(): void {
    this.#isSettled = true;
    this.#input.hide();
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
