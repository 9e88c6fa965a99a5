import type { ReadmeAttribute, ReadmeElement, ReadmeNode, ReadmeTag } from './readmeTree.ts';

/** Deeper raw HTML is flattened: no README needs it, and the page makes elements by recursion. */
const DEPTH = 120;

/** Who opened an element: Markdown, which closes reliably, or raw HTML, which may not. */
type Origin = 'markdown' | 'html';

interface Frame {
  readonly origin: Origin;
  /** The name it is closed by; differs from the tag that is made of it. */
  readonly name: string;
  /** Absent for what is not made: its children go to its parent, or nowhere. */
  readonly tag?: ReadmeTag;
  readonly attributes: ReadmeElement['attributes'];
  readonly children: ReadmeNode[];
  /** Whether what is inside is left out. */
  readonly isMute: boolean;
}

export type ReadmeAttributes = Readonly<Partial<Record<ReadmeAttribute, string>>>;

/** Puts elements into one another as they open and close, whether or not they do so in order. */
export class TreeBuilder {
  readonly #frames: Frame[] = [];
  readonly #roots: ReadmeNode[] = [];

  /** Opens an element; without a tag, only what is inside of it counts. */
  open(origin: Origin, name: string, tag?: ReadmeTag, attributes: ReadmeAttributes = {}): void {
    if (this.#ignores(origin)) return;
    const isNestedLink = tag === 'a' && this.isInside('a');
    const made = tag === undefined || isNestedLink ? {} : { tag };
    this.#frames.push({ origin, name, ...made, attributes, children: [], isMute: false });
  }

  /** Opens something whose content is left out as well. */
  mute(name: string): void {
    if (this.#ignores('html')) return;
    this.#frames.push({ origin: 'html', name, attributes: {}, children: [], isMute: true });
  }

  /** Closes the innermost element of that name. Raw HTML cannot close what Markdown opened. */
  close(origin: Origin, name: string): void {
    for (let at = this.#frames.length - 1; at >= 0; at--) {
      const frame = this.#frames[at];
      if (frame?.origin === origin && frame.name === name) {
        this.#closeTo(at);
        return;
      }
      if (origin === 'html' && frame?.origin === 'markdown') return;
    }
  }

  /** Ends mute elements that raw HTML left open, so that they swallow no more than their block. */
  unmute(): void {
    const at = this.#frames.findIndex((frame) => frame.isMute);
    if (at !== -1) this.#closeTo(at);
  }

  add(node: ReadmeNode): void {
    this.#append(node);
  }

  isInside(tag: ReadmeTag): boolean {
    return this.#frames.some((frame) => frame.tag === tag);
  }

  /** The tree, with everything closed that was not. */
  finish(): ReadmeNode[] {
    this.#closeTo(0);
    return this.#roots;
  }

  /** Markdown limits its own depth, and always closes what it opens. */
  #ignores(origin: Origin): boolean {
    if (origin === 'markdown') return false;
    return this.#frames.length >= DEPTH || this.#frames.some((frame) => frame.isMute);
  }

  #closeTo(length: number): void {
    while (this.#frames.length > length) {
      const frame = this.#frames.pop();
      if (frame === undefined || frame.isMute) continue;
      const { tag, attributes, children } = frame;
      if (tag !== undefined) this.#append({ tag, attributes, children });
      else for (const child of children) this.#append(child);
    }
  }

  #append(node: ReadmeNode): void {
    const siblings = this.#frames.at(-1)?.children ?? this.#roots;
    const last = siblings.at(-1);
    if (typeof node === 'string' && typeof last === 'string') {
      siblings[siblings.length - 1] = last + node;
    } else {
      siblings.push(node);
    }
  }
}
