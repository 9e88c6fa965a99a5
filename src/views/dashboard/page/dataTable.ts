import { element, keyed } from '../../webview/page/dom.ts';

export interface TableContent {
  /** Tells it from the other tables of the page. */
  readonly name: string;
  readonly columns: readonly string[];
  /** The first cell of each names it. */
  readonly rows: readonly (readonly (Node | string)[])[];
  readonly caption: string;
}

/** A table that can be scrolled sideways where the page is narrow, also by the keyboard. */
export function dataTable({ name, columns, rows, caption }: TableContent): HTMLElement {
  const head = columns.map((column) => element('th', { scope: 'col' }, column));
  const body = rows.map(([first = '', ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      ...cells.map((cell) => element('td', {}, cell)),
    ),
  );
  const table = element(
    'table',
    {},
    element('caption', {}, element('span', {}, caption)),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
  const scroller = { class: 'scroller', tabindex: '0', role: 'group', 'aria-label': caption };
  return keyed(`table ${name}`, element('div', scroller, table));
}
