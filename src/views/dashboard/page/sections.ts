import { element, keyed, section, svg } from '../../webview/page/dom.ts';
import { button } from '../../webview/page/toolkit.ts';
import type { DashboardView, ErrorRow, SourceRow } from '../dashboardMessages.ts';
import { dataTable } from './dataTable.ts';
import { tell } from './host.ts';

/** Title, summary, and what can be done. */
export function header({ title, summary, labels }: DashboardView): HTMLElement {
  const run = (label: string, command: 'modelHub.refresh' | 'modelHub.showHistory'): HTMLElement =>
    keyed(
      command,
      button(label, () => tell({ type: 'run', command })),
    );
  return element(
    'header',
    {},
    element('h1', {}, title),
    element('p', { class: 'description' }, summary),
    element(
      'div',
      { class: 'actions' },
      run(labels.refresh, 'modelHub.refresh'),
      run(labels.history, 'modelHub.showHistory'),
    ),
  );
}

/** What the reader should know before all figures. */
export function notice({ notice: text, empty }: DashboardView): HTMLElement | undefined {
  const lines = [
    ...(text === undefined ? [] : [element('p', { class: 'notice warning' }, text)]),
    ...(empty === undefined ? [] : [element('p', { class: 'notice' }, empty)]),
  ];
  return lines.length === 0 ? undefined : element('div', { id: 'notice' }, ...lines);
}

/** A few figures of this week. */
export function facts({ facts: shown, labels }: DashboardView): HTMLElement {
  const pairs = shown.map(({ name, text }) =>
    element('div', { class: 'fact' }, element('dt', {}, name), element('dd', {}, text)),
  );
  return section('facts', labels.facts, element('dl', {}, ...pairs));
}

/** What failed, and what to do; nothing if nothing did. */
export function errors({ errors: rows, labels }: DashboardView): HTMLElement | undefined {
  if (rows.length === 0) return undefined;
  return section('errors', labels.errors, element('ul', {}, ...rows.map(errorItem)));
}

function errorItem({ key, source, message, when, action }: ErrorRow): HTMLElement {
  const words = element(
    'div',
    {},
    element('span', { class: 'label' }, source),
    element('span', { class: 'quiet' }, ` · ${when}`),
    element('p', {}, message),
  );
  if (action === undefined) return element('li', {}, words);
  const { command, title } = action;
  const press = keyed(
    `error ${key}`,
    button(title, () => tell({ type: 'run', command })),
  );
  press.setAttribute('aria-label', `${title}: ${source}`);
  return element('li', { class: 'lasting' }, words, press);
}

/** What each source cost. */
export function sources({
  sources: { title, caption, columns, rows },
}: DashboardView): HTMLElement {
  const cells = rows.map((row) => [
    nameOf(row),
    ...[row.models, row.asked, row.received, row.whole],
    savedOf(row),
    row.heard,
  ]);
  return section('sources', title, dataTable({ name: 'sources', columns, rows: cells, caption }));
}

function nameOf({ name, kind }: SourceRow): HTMLElement {
  const parts = [element('span', { class: 'label' }, name), ' '];
  return element('span', {}, ...parts, element('span', { class: 'quiet' }, kind));
}

/** How much of a full fetch was received, as a bar beside the words. */
function savedOf({ saved, share }: SourceRow): HTMLElement {
  if (share === undefined) return element('span', {}, saved);
  const rest = `${(share * 100).toFixed(2)}%`;
  const drawing = svg(
    'svg',
    { width: '80', height: '10', 'aria-hidden': 'true' },
    svg('rect', { class: 'series whole', width: '100%', height: '100%' }),
    svg('rect', { class: 'series received', width: rest, height: '100%' }),
  );
  return element('span', { class: 'saved' }, drawing, element('span', {}, saved));
}

/** What was fetched ahead, and why. */
export function ahead({ ahead: view }: DashboardView): HTMLElement {
  const { title, lines, columns, rows, caption } = view;
  return section(
    'ahead',
    title,
    element('ul', {}, ...lines.map((line) => element('li', {}, line))),
    ...(rows.length === 0 ? [] : [dataTable({ name: 'ahead', columns, rows, caption })]),
  );
}

/** How good the network is, and what servers let us ask for. */
export function network({ network: { title, lines } }: DashboardView): HTMLElement {
  return section(
    'network',
    title,
    element('ul', {}, ...lines.map((line) => element('li', {}, line))),
  );
}
