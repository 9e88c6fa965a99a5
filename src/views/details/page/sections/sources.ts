import type { DetailsView } from '../../messages.ts';
import { element, section } from '../../../webview/page/dom.ts';

/** Who says all this, and how current their word is. */
export function sources({
  sources,
  labels,
}: Pick<DetailsView, 'sources' | 'labels'>): HTMLElement | undefined {
  if (sources.length === 0) return undefined;
  const items = sources.map(({ name, kind, asked, failure }) =>
    element(
      'li',
      {},
      element('span', { class: 'label' }, name),
      element('span', { class: 'quiet' }, kind),
      element('span', { title: asked.title }, asked.text),
      ...(failure === undefined ? [] : [element('span', { class: 'failure' }, failure)]),
    ),
  );
  return section('sources', labels.sources, element('ul', {}, ...items));
}

/** What the model is filed under. */
export function tags({
  tags,
  labels,
}: Pick<DetailsView, 'tags' | 'labels'>): HTMLElement | undefined {
  if (tags.length === 0) return undefined;
  const items = tags.map((tag) => element('li', { class: 'tag' }, tag));
  return section('tags', labels.tags, element('ul', {}, ...items));
}
