import type { DetailsView, Notice, PageLabels } from '../../messages.ts';
import { element, keyed } from '../../../webview/page/dom.ts';
import { tell } from '../host.ts';
import { button } from '../../../webview/page/toolkit.ts';

/** What the model is: its name, its author, and what can be done with it here. */
export function header({
  name,
  author,
  description,
  favourite,
  labels,
}: Pick<DetailsView, 'name' | 'author' | 'description' | 'favourite' | 'labels'>): HTMLElement {
  return element(
    'header',
    {},
    element('p', { class: 'author' }, author),
    element('h1', { id: 'name' }, name),
    ...(description === undefined ? [] : [element('p', { class: 'description' }, description)]),
    element(
      'div',
      { class: 'actions' },
      keyed(
        'openOnHub',
        button(labels.openOnHub, () => tell({ type: 'openOnHub' }), 'primary'),
      ),
      keyed(
        'copyId',
        button(labels.copyId, () => tell({ type: 'copyId' })),
      ),
      keyed(
        'favourite',
        button(favourite.toggle, () => tell({ type: 'toggleFavourite' })),
      ),
    ),
  );
}

/** What the reader should know first. */
export function notices({
  notices,
  labels,
}: Pick<DetailsView, 'notices' | 'labels'>): HTMLElement | undefined {
  if (notices.length === 0) return undefined;
  const list = notices.map((notice) => noticeItem(notice, labels));
  return element('ul', { id: 'notices', 'aria-label': labels.notices }, ...list);
}

function noticeItem({ tone, text, actions = [] }: Notice, labels: PageLabels): HTMLElement {
  const buttons = actions.map((type) =>
    keyed(
      `notice ${type}`,
      button(labels[type], () => tell({ type })),
    ),
  );
  return element('li', { class: `notice ${tone}` }, element('span', {}, text), ...buttons);
}

/** The properties of the model as pairs of name and value. */
export function facts({
  facts,
  labels,
}: Pick<DetailsView, 'facts' | 'labels'>): HTMLElement | undefined {
  if (facts.length === 0) return undefined;
  const pairs = facts.map(({ name, text, title }) =>
    element(
      'div',
      { class: 'fact' },
      element('dt', {}, name),
      element('dd', title === undefined ? {} : { title }, text),
    ),
  );
  return element(
    'section',
    { id: 'facts', 'aria-label': labels.facts },
    element('dl', {}, ...pairs),
  );
}
