import type { DetailsView, HistoryLine, Link } from '../../messages.ts';
import { element, section } from '../../../webview/page/dom.ts';
import { tell } from '../host.ts';

/** Entries that are shown at once; older ones are folded away. */
const RECENT = 5;

/** What became of the model since the catalogue knows it. */
export function history({
  history,
  labels,
}: Pick<DetailsView, 'history' | 'labels'>): HTMLElement | undefined {
  if (history.length === 0) return undefined;
  return section('history', labels.history, ...lists(history, labels.older));
}

function lists(history: readonly HistoryLine[], older: string): HTMLElement[] {
  const list = (lines: readonly HistoryLine[]): HTMLElement =>
    element('ol', {}, ...lines.map(line));
  const rest = history.slice(RECENT);
  if (rest.length === 0) return [list(history)];
  const fold = element(
    'details',
    { 'data-key': 'older-history' },
    element('summary', { 'data-key': 'older-history-summary' }, older),
    list(rest),
  );
  return [list(history.slice(0, RECENT)), fold];
}

function line({ event, when, source, links, changes }: HistoryLine): HTMLElement {
  return element(
    'li',
    {},
    element(
      'div',
      { class: 'entry' },
      element('span', { class: 'label' }, event),
      element('span', { title: when.title }, when.text),
      element('span', { class: 'quiet' }, source),
      ...links.map(linkTo),
    ),
    ...(changes.length === 0
      ? []
      : [element('ul', {}, ...changes.map((change) => element('li', {}, change)))]),
  );
}

function linkTo({ text, spoken, href }: Link): HTMLElement {
  const made = element('a', { href, title: href, 'aria-label': spoken, 'data-key': href }, text);
  made.addEventListener('click', (event) => {
    // The editor would open it a second time.
    event.preventDefault();
    event.stopPropagation();
    tell({ type: 'openLink', href });
  });
  return made;
}
