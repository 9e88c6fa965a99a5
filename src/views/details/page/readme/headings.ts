/** The page has headings of its own above those of the README: one for the model, one a section. */
const LEVELS_ABOVE = 2;
const DEEPEST = 6;
const PREFIX = 'readme-';

/** The element id that a fragment of a link means, `#Quick-start` as `readme-quick-start`. */
export function fragmentId(fragment: string): string {
  let text = fragment;
  try {
    text = decodeURIComponent(fragment);
  } catch {
    // A fragment that is not encoded well is taken as it is.
  }
  return PREFIX + text.toLowerCase();
}

/** Gives headings their level below the page's own, without gaps, and an id of their own. */
export class Headings {
  #last = LEVELS_ABOVE;
  readonly #used = new Map<string, number>();

  /** The level of a heading that its author put on this one. */
  level(level: number): number {
    this.#last = Math.min(level + LEVELS_ABOVE, this.#last + 1, DEEPEST);
    return this.#last;
  }

  /** The id of a heading with this text, as the Hub forms it. */
  id(text: string): string {
    const slug = text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = this.#used.get(slug) ?? 0;
    this.#used.set(slug, count + 1);
    return `${PREFIX}${slug}${count === 0 ? '' : `-${count}`}`;
  }
}
