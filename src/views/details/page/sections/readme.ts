import type { DetailsView } from '../../messages.ts';
import { element, section } from '../../../webview/page/dom.ts';
import { tell } from '../host.ts';
import { readmeDom } from '../readme/readmeDom.ts';
import { button, progressRing } from '../../../webview/page/toolkit.ts';

/** What the author says, made safe. */
export function readme({
  readme: { markdown, message, loading, images, linkBase, imageBase },
  labels,
}: Pick<DetailsView, 'readme' | 'labels'>): HTMLElement {
  if (markdown === undefined) {
    const words = element('p', { class: 'quiet' }, message ?? '');
    if (loading) words.prepend(progressRing());
    return section('readme', labels.readme, words);
  }
  const context = { linkBase, imageBase, images, imageLabel: labels.image };
  const { content, isCut } = readmeDom(markdown, context);
  content.className = 'markdown';
  content.addEventListener('click', followLink);
  const cut = isCut ? [element('p', { class: 'quiet' }, labels.readmeCut)] : [];
  if (images || content.querySelector('.image-off') === null) {
    return section('readme', labels.readme, ...cut, content);
  }
  const offer = element(
    'div',
    { class: 'images-off' },
    element('p', { class: 'quiet' }, labels.imagesOff),
    button(labels.showImages, () => tell({ type: 'showImages' })),
  );
  return section('readme', labels.readme, ...cut, offer, content);
}

/**
 * Hands links to the host. The editor has a listener of its own further out, which would open
 * them a second time and unchecked: the click goes no further than here.
 */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const href = link?.getAttribute('href');
  if (href === null || href === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (href.startsWith('#')) {
    document.getElementById(href.slice(1))?.scrollIntoView();
  } else {
    tell({ type: 'openLink', href });
  }
}
