import type { DetailsView } from '../messages.ts';

/** Says in words for screen readers when a variant has come further, not how far its bytes are. */
export class PhaseSpeaker {
  readonly #place: HTMLElement;
  #id: string | undefined;
  #known: ReadonlyMap<string, string> = new Map();

  /** @param place a live region */
  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Called after each painting. */
  painted({ id, states }: DetailsView): void {
    const now = new Map(states.map(({ key, spoken }) => [key, spoken]));
    const news = states.filter(({ key, spoken }) => {
      const before = this.#known.get(key);
      return before !== undefined && before !== spoken;
    });
    if (id === this.#id && news.length > 0) {
      this.#place.textContent = news.map(({ spoken }) => spoken).join('. ');
    }
    this.#id = id;
    this.#known = now;
  }
}
