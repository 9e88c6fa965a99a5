import { element, keyed, section, svg } from '../../webview/page/dom.ts';
import type { ChartRow, ChartView } from '../dashboardMessages.ts';
import { dataTable } from './dataTable.ts';

/** Of the height: what is there at all can be seen. */
const LEAST = 0.012;
/** Room is kept for so many rows, so that a few are no walls. */
const FEWEST = 14;
/** Of the width that a row has: what is left free on each side. */
const GAP = 0.14;

/** Bars of one scale beside each other, and a table that tells the same in words. */
export function chart(name: string, view: ChartView): HTMLElement {
  const { title, picture, rows, columns } = view;
  const table = dataTable({
    ...{ name, columns },
    rows: rows.toReversed().map(({ cells }) => cells),
    caption: title,
  });
  const summary = keyed(`summary ${name}`, element('summary', {}, view.table));
  const fold = element('details', { 'data-key': name }, summary, table);
  const figure = element(
    'figure',
    { class: 'plot' },
    legend(view),
    element('p', { class: 'quiet top', 'aria-hidden': 'true' }, view.top),
    element('div', { role: 'img', 'aria-label': picture, class: 'bars' }, bars(rows)),
    axis(rows),
  );
  return section(name, title, figure, fold);
}

function bars(rows: readonly ChartRow[]): SVGElement {
  const most = Math.max(1, ...rows.flatMap(({ received, whole }) => [received, whole]));
  const width = 1 / Math.max(FEWEST, rows.length);
  // The newest stands at the end.
  const first = Math.max(0, FEWEST - rows.length);
  const drawn = rows.flatMap((row, index) => {
    const at = first + index;
    const half = (width * (1 - 2 * GAP)) / 2;
    const x = width * (at + GAP);
    const hint = row.cells.join(' · ');
    return [
      bar('received', x, half, row.received / most, hint),
      bar('whole', x + half, half, row.whole / most, hint),
      ...(row.failed ? [mark(x, half * 2, hint)] : []),
    ];
  });
  return svg('svg', { width: '100%', height: '100%', 'aria-hidden': 'true' }, ...drawn);
}

function bar(kind: string, x: number, width: number, share: number, hint: string): SVGElement {
  const height = share === 0 ? 0 : Math.max(LEAST, share * 0.94);
  const attributes = {
    class: `series ${kind}`,
    ...{ x: percent(x), width: percent(width) },
    ...{ y: percent(1 - height), height: percent(height) },
  };
  return svg('rect', attributes, hintOf(hint));
}

/** A failure stands at the top, away from all bars: its place tells it, not its colour alone. */
function mark(x: number, width: number, hint: string): SVGElement {
  const attributes = { class: 'series failed', x: percent(x), width: percent(width) };
  return svg('rect', { ...attributes, y: '0', height: '4' }, hintOf(hint));
}

function hintOf(text: string): SVGElement {
  const hint = svg('title', {});
  hint.textContent = text;
  return hint;
}

function legend({ legend: words }: ChartView): HTMLElement {
  const entries = (['received', 'whole', 'failed'] as const).map((kind) =>
    element(
      'li',
      {},
      element('span', { class: `swatch series ${kind}`, 'aria-hidden': 'true' }),
      words[kind],
    ),
  );
  return element('ul', { class: 'legend' }, ...entries);
}

/** The first and the last label, or only that if the rest is too close: the table has them all. */
function axis(rows: readonly ChartRow[]): HTMLElement {
  const ends = [rows.length < FEWEST ? undefined : rows[0], rows.at(-1)].flatMap(
    (row) => row ?? [],
  );
  const labels = ends.map(({ label }) => element('span', {}, label));
  return element('div', { class: 'axis quiet', 'aria-hidden': 'true' }, ...labels);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
