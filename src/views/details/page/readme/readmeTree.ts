/**
 * A README as plain data. Whatever somebody wrote, only these tags and attributes can come of it,
 * and the page makes elements of them one by one: there is no markup to be sanitised afterwards.
 */
export type ReadmeNode = string | ReadmeElement;

export interface ReadmeElement {
  readonly tag: ReadmeTag;
  readonly attributes: Readonly<Partial<Record<ReadmeAttribute, string>>>;
  readonly children: readonly ReadmeNode[];
}

const TAGS = [
  ...['a', 'b', 'blockquote', 'br', 'code', 'dd', 'del', 'details', 'div', 'dl', 'dt', 'em'],
  ...['h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 's'],
  ...['small', 'span', 'strong', 'sub', 'summary', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th'],
  ...['thead', 'tr', 'u', 'ul'],
] as const;

export type ReadmeTag = (typeof TAGS)[number];

export type ReadmeAttribute =
  'alt' | 'class' | 'height' | 'href' | 'id' | 'open' | 'src' | 'start' | 'title' | 'width';

const KNOWN: ReadonlySet<string> = new Set(TAGS);

/** Whether an element of this name may be made. */
export function isReadmeTag(tag: string): tag is ReadmeTag {
  return KNOWN.has(tag);
}

/** All text below some nodes. */
export function textOf(nodes: readonly ReadmeNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('');
}
