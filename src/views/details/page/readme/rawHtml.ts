import { htmlPieces } from './htmlPieces.ts';
import type { HtmlPiece } from './htmlPieces.ts';
import type { Headings } from './headings.ts';
import { isReadmeTag } from './readmeTree.ts';
import type { ReadmeTag } from './readmeTree.ts';
import { imageNode, linkAttributes } from './references.ts';
import type { ReadmeContext } from './references.ts';
import type { ReadmeAttributes, TreeBuilder } from './treeBuilder.ts';

/** Elements whose content is not meant to be read. */
const MUTE: ReadonlySet<string> = new Set([
  ...['applet', 'audio', 'canvas', 'embed', 'frameset', 'head', 'iframe', 'math', 'noembed'],
  ...['noframes', 'object', 'script', 'select', 'style', 'svg', 'template', 'textarea', 'title'],
  ...['video', 'xmp'],
]);
/** Of these there is only the tag. */
const VOID: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'embed', 'wbr', 'input', 'source']);
/** Boxes that mean nothing to a reader, but keep what they hold apart. */
const BOXES: ReadonlySet<string> = new Set([
  ...['article', 'aside', 'center', 'div', 'figcaption', 'figure', 'footer', 'header', 'main'],
  ...['nav', 'picture', 'section'],
]);

export interface RawHtmlContext extends ReadmeContext {
  readonly headings: Headings;
  readonly decode: (text: string) => string;
}

/** Adds what raw HTML means to the tree: known tags as elements, the text of all others. */
export function addHtml(tree: TreeBuilder, html: string, context: RawHtmlContext): void {
  for (const piece of htmlPieces(html)) {
    if (piece.kind === 'text') tree.add(context.decode(piece.text));
    else if (piece.kind === 'close') tree.close('html', piece.tag);
    else open(tree, piece, context);
  }
}

function open(
  tree: TreeBuilder,
  { tag, attributes }: Extract<HtmlPiece, { kind: 'open' }>,
  context: RawHtmlContext,
): void {
  const attribute = (name: string): string | undefined => {
    const value = attributes.get(name);
    return value === undefined ? undefined : context.decode(value);
  };
  if (tag === 'img') {
    const node = imageNode(
      {
        source: attribute('src') ?? '',
        alt: attribute('alt') ?? '',
        width: attribute('width'),
        height: attribute('height'),
      },
      tree.isInside('a'),
      context,
    );
    if (node !== undefined) tree.add(node);
  } else if (tag === 'br' || tag === 'hr') {
    tree.add({ tag, attributes: {}, children: [] });
  } else if (VOID.has(tag)) {
    return;
  } else if (MUTE.has(tag)) {
    tree.mute(tag);
  } else if (tag === 'a') {
    const link = linkAttributes(attribute('href') ?? '', context);
    const isAnchor = (attribute('href') ?? '') === '';
    tree.open('html', tag, isAnchor || link === undefined ? undefined : 'a', link);
  } else {
    tree.open('html', tag, tagFor(tag, context.headings), allowed(tag, attribute));
  }
}

function tagFor(tag: string, headings: Headings): ReadmeTag | undefined {
  const level = /^h([1-6])$/.exec(tag)?.[1];
  if (level !== undefined) return headings.tag(Number(level));
  if (BOXES.has(tag)) return 'div';
  // Spans and fonts do nothing without the styles that are left out.
  return tag !== 'span' && isReadmeTag(tag) ? tag : undefined;
}

function allowed(tag: string, attribute: (name: string) => string | undefined): ReadmeAttributes {
  const align = tag === 'center' ? 'center' : attribute('align')?.toLowerCase();
  return {
    ...(align !== undefined && alignClass(align)),
    ...(tag === 'details' && attribute('open') !== undefined && { open: '' }),
  };
}

/** The class that aligns an element, if the word is one for it. */
export function alignClass(align: string): ReadmeAttributes {
  return align === 'center' || align === 'right' ? { class: `align-${align}` } : {};
}
