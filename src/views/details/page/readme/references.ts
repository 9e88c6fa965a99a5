import { resolveImage, resolveLink } from '../../links.ts';
import type { ReadmeView } from '../../messages.ts';
import { element } from '../../../webview/page/dom.ts';
import { fragmentId } from './headings.ts';

/** What a README's links and images are meant from, and what is done about images. */
export interface ReadmeContext extends Pick<ReadmeView, 'linkBase' | 'imageBase' | 'images'> {
  /** What an image without a description is called. */
  readonly imageLabel: string;
}

/** Leads a link where it is meant to; what may not be opened becomes text. */
export function settleLink(link: HTMLAnchorElement, { linkBase }: ReadmeContext): void {
  const href = link.getAttribute('href') ?? '';
  if (href.startsWith('#')) {
    link.setAttribute('href', `#${fragmentId(href.slice(1))}`);
    return;
  }
  const address = href === '' ? undefined : resolveLink(href, linkBase);
  if (address === undefined) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.setAttribute('href', address);
  // Nothing else says where a link leads before it is followed.
  link.title = address;
}

/** Leads an image where it is meant to, or puts its description in its place. */
export function settleImage(image: HTMLImageElement, context: ReadmeContext): void {
  const address = resolveImage(image.getAttribute('src') ?? '', context.imageBase);
  if (!context.images || address === undefined) {
    const alt = (image.getAttribute('alt') ?? '').trim();
    const text = alt === '' && image.closest('a') !== null ? context.imageLabel : alt;
    image.replaceWith(...(text === '' ? [] : [element('span', { class: 'image-off' }, text)]));
    return;
  }
  image.setAttribute('src', address);
  image.setAttribute('loading', 'lazy');
  image.setAttribute('referrerpolicy', 'no-referrer');
}
