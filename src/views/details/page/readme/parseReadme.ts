import MarkdownIt from 'markdown-it';
import type { Token } from 'markdown-it';
import { cutFrontMatter } from './frontMatter.ts';
import { Headings } from './headings.ts';
import { addHtml, alignClass } from './rawHtml.ts';
import type { RawHtmlContext } from './rawHtml.ts';
import { isReadmeTag } from './readmeTree.ts';
import type { ReadmeNode, ReadmeTag } from './readmeTree.ts';
import { imageNode, linkAttributes } from './references.ts';
import type { ReadmeContext } from './references.ts';
import { TreeBuilder } from './treeBuilder.ts';

/**
 * Only the parser is used, never the renderer: no markup is produced. `html` makes the parser
 * hand over raw HTML as tokens of their own instead of text, so that its tags can be left out.
 */
const parser = new MarkdownIt({ html: true, linkify: true });
// Without a scheme, `README.md` would become a link to Moldova.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** Makes a safe tree of a README: see readmeTree.ts for what can be in it. */
export function parseReadme(markdown: string, context: ReadmeContext): ReadmeNode[] {
  const tree = new TreeBuilder();
  const whole = { ...context, headings: new Headings(), decode };
  addTokens(tree, parser.parse(cutFrontMatter(markdown), {}), whole);
  return tree.finish();
}

function addTokens(tree: TreeBuilder, tokens: readonly Token[], context: RawHtmlContext): void {
  tokens.forEach((token, at) => {
    if (token.hidden) return;
    if (token.nesting === 1) open(tree, token, tokens[at + 1], context);
    else if (token.nesting === -1) tree.close('markdown', nameOf(token));
    else addLeaf(tree, token, context);
  });
}

function addLeaf(tree: TreeBuilder, token: Token, context: RawHtmlContext): void {
  switch (token.type) {
    case 'inline':
      addTokens(tree, token.children ?? [], context);
      break;
    case 'softbreak':
      tree.add('\n');
      break;
    case 'hardbreak':
      tree.add(leaf('br'));
      break;
    case 'hr':
      tree.add(leaf('hr'));
      break;
    case 'code_inline':
      tree.add(leaf('code', token.content));
      break;
    case 'code_block':
    case 'fence':
      tree.add({ tag: 'pre', attributes: {}, children: [leaf('code', token.content)] });
      break;
    case 'image': {
      const image = { source: attribute(token, 'src'), alt: plainText(token.children ?? []) };
      const node = imageNode(image, tree.isInside('a'), context);
      if (node !== undefined) tree.add(node);
      break;
    }
    case 'html_block':
      addHtml(tree, token.content, context);
      tree.unmute();
      break;
    case 'html_inline':
      addHtml(tree, token.content, context);
      break;
    default:
      tree.add(token.content);
  }
}

function open(
  tree: TreeBuilder,
  token: Token,
  next: Token | undefined,
  context: RawHtmlContext,
): void {
  const name = nameOf(token);
  if (name === 'heading') {
    const tag = context.headings.tag(Number(token.tag.slice(1)));
    const id = context.headings.id(plainText(next?.children ?? []));
    tree.open('markdown', name, tag, { id });
  } else if (name === 'link') {
    const attributes = linkAttributes(attribute(token, 'href'), context);
    tree.open('markdown', name, attributes === undefined ? undefined : 'a', attributes);
  } else if (name === 'ordered_list') {
    const start = attribute(token, 'start');
    tree.open('markdown', name, 'ol', start === '' ? {} : { start });
  } else {
    const align = /^text-align:(\w+)$/.exec(attribute(token, 'style'))?.[1];
    const attributes = align === undefined ? {} : alignClass(align);
    tree.open('markdown', name, isReadmeTag(token.tag) ? token.tag : undefined, attributes);
  }
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '');
}

function nameOf(token: Token): string {
  return token.type.replace(/_(?:open|close)$/, '');
}

function leaf(tag: ReadmeTag, ...children: string[]): ReadmeNode {
  return { tag, attributes: {}, children };
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .filter(({ type }) => type !== 'html_inline')
    .map(({ type, content, children }) =>
      type === 'softbreak' ? ' ' : type === 'image' ? plainText(children ?? []) : content,
    )
    .join('');
}

/** Resolves `&amp;` and its kind; a backslash means nothing in HTML, but would to this helper. */
function decode(text: string): string {
  return parser.utils.unescapeAll(text.replaceAll('\\', '\\\\'));
}
