import { resolveImage, resolveLink } from '../../links.ts';
import { fragmentId } from './headings.ts';
import type { ReadmeNode } from './readmeTree.ts';
import type { ReadmeAttributes } from './treeBuilder.ts';

/** What a README's links and images are meant from, and what is done about images. */
export interface ReadmeContext {
  readonly linkBase: string;
  readonly imageBase: string;
  /** Whether images are fetched; else their description stands in for them. */
  readonly images: boolean;
  /** What an image without a description is called. */
  readonly imageLabel: string;
}

/** Attributes of a link, or undefined if it leads nowhere that may be opened. */
export function linkAttributes(href: string, context: ReadmeContext): ReadmeAttributes | undefined {
  if (href.startsWith('#')) return { href: `#${fragmentId(href.slice(1))}` };
  const address = resolveLink(href, context.linkBase);
  // Nothing else says where a link leads before it is followed.
  return address === undefined ? undefined : { href: address, title: address };
}

export interface ImageSource {
  readonly source: string;
  readonly alt: string;
  readonly width?: string | undefined;
  readonly height?: string | undefined;
}

/** What stands in the place of an image; nothing if there is nothing to show or say. */
export function imageNode(
  { source, alt, width, height }: ImageSource,
  isLink: boolean,
  context: ReadmeContext,
): ReadmeNode | undefined {
  const address = resolveImage(source, context.imageBase);
  if (context.images && address !== undefined) {
    const attributes = {
      src: address,
      alt,
      ...pixels('width', width),
      ...pixels('height', height),
    };
    return { tag: 'img', attributes, children: [] };
  }
  const text = alt.trim() === '' && isLink ? context.imageLabel : alt.trim();
  if (text === '') return undefined;
  return { tag: 'span', attributes: { class: 'image-off' }, children: [text] };
}

function pixels(name: 'width' | 'height', value: string | undefined): ReadmeAttributes {
  return value !== undefined && /^\d{1,4}(?:px|%)?$/.test(value)
    ? { [name]: value.replace('px', '') }
    : {};
}
