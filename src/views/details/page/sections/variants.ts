import type { DetailsView, FileRow, PageLabels, VariantRow } from '../../messages.ts';
import type { Attributes } from '../../../webview/page/dom.ts';
import { element, keyed, section } from '../../../webview/page/dom.ts';
import { button } from '../../../webview/page/toolkit.ts';
import { tell } from '../host.ts';
import type { ReaderChoice } from '../readerChoice.ts';

/** Digits of a hash that are shown; all of them are copied. */
const HASH_DIGITS = 12;

/** What can be picked: one row a variant. */
export function variants(
  { variants: { caption, rows, empty, refusal }, labels }: Pick<DetailsView, 'variants' | 'labels'>,
  choice: ReaderChoice,
): HTMLElement {
  if (rows.length === 0) {
    return section('variants', labels.variants, element('p', { class: 'quiet' }, empty));
  }
  const hasProjector = rows.some(({ projector }) => projector !== undefined);
  const titles = [
    labels.variant,
    labels.size,
    labels.fit,
    labels.state,
    labels.files,
    labels.sha256,
  ];
  if (hasProjector) titles.push(labels.projector);
  const heads = titles.map((title) => {
    return element('th', { scope: 'col', role: 'columnheader' }, title);
  });
  const body = rows.map((row) => variantRow(row, hasProjector, labels));
  const table = element(
    'table',
    // On a narrow page it is laid out otherwise, and still read as a table.
    { role: 'table' },
    element('caption', {}, element('span', {}, caption)),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads)),
    element('tbody', { role: 'rowgroup' }, ...body),
  );
  const leftOut =
    choice.value.allVariants === true ? [] : body.filter((_, at) => !rows[at]?.inShort);
  return section(
    'variants',
    labels.variants,
    ...(refusal === undefined ? [] : [element('p', { class: 'refusal' }, refusal)]),
    element('div', { class: 'scroller' }, table),
    ...(leftOut.length === 0 ? [] : [offerAll(leftOut, body.length, labels, choice)]),
  );
}

/** Hides the rows that are left out of many, until the reader wants to see them. */
function offerAll(
  leftOut: readonly HTMLElement[],
  count: number,
  { allVariants }: PageLabels,
  choice: ReaderChoice,
): HTMLElement {
  for (const row of leftOut) row.hidden = true;
  const made = button(allVariants.replace('{0}', String(count)), () => {
    for (const row of leftOut) row.hidden = false;
    leftOut[0]?.querySelector<HTMLElement>('.state')?.focus();
    made.remove();
    choice.pick({ allVariants: true });
  });
  made.classList.add('all-variants');
  return keyed('all-variants', made);
}

/** The cells that `variants` leaves empty for the states, by the key of their row. */
export function stateCells(root: HTMLElement): Map<string, HTMLElement> {
  const cells = root.querySelectorAll<HTMLElement>('#variants td[data-group]');
  return new Map([...cells].map((cell) => [cell.dataset['group'] ?? '', cell]));
}

function variantRow(row: VariantRow, hasProjector: boolean, labels: PageLabels): HTMLElement {
  const { key, label, name, size, fit, recommended, files, fileCount, projector } = row;
  const [only, ...others] = files;
  const names = name === label ? [] : [element('span', { class: 'file-name' }, name)];
  const mark =
    recommended === undefined
      ? []
      : [
          element('span', { class: 'recommended' }, labels.recommended),
          element('span', { class: 'why' }, recommended),
        ];
  const title = element('span', { class: 'label' }, label);
  const cell = (name: string, attributes: Attributes, ...content: (Node | string)[]): HTMLElement =>
    element('td', { role: 'cell', 'data-label': name, ...attributes }, ...content);
  const cells = [
    element('th', { scope: 'row', role: 'rowheader' }, title, ...mark, ...names),
    cell(labels.size, { class: 'size', title: size.title }, size.text),
    cell(
      labels.fit,
      {},
      element('span', { class: `fit ${fit.level}`, title: fit.title }, fit.text),
    ),
    cell(labels.state, { class: 'state', 'data-group': key, tabindex: '-1' }),
    others.length === 0
      ? cell(labels.files, {}, fileCount)
      : cell(labels.files, {}, parts(key, fileCount, files, labels)),
    others.length === 0
      ? cell(labels.sha256, {}, hash(only, labels))
      : cell(labels.sha256, { class: 'quiet' }, labels.eachFile),
  ];
  if (hasProjector) cells.push(cell(labels.projector, {}, ...projectorParts(projector, labels)));
  return element('tr', { role: 'row' }, ...cells);
}

/** The files of a split variant, folded away: some have dozens. */
function parts(
  key: string,
  title: string,
  files: readonly FileRow[],
  labels: PageLabels,
): HTMLElement {
  const items = files.map((file) =>
    element(
      'li',
      {},
      element('span', { class: 'file-name' }, file.path),
      element('span', { class: 'size', title: file.size.title }, file.size.text),
      hash(file, labels),
    ),
  );
  return element(
    'details',
    { 'data-key': `files ${key}` },
    element('summary', { 'data-key': `files of ${key}` }, title),
    element('ol', {}, ...items),
  );
}

function projectorParts(file: FileRow | undefined, labels: PageLabels): (Node | string)[] {
  if (file === undefined) return [labels.noValue];
  return [
    element('span', { class: 'file-name' }, file.path),
    element('span', { class: 'size', title: file.size.title }, file.size.text),
  ];
}

function hash(file: FileRow | undefined, labels: PageLabels): HTMLElement {
  if (file?.sha256 === undefined) return element('span', { class: 'quiet' }, labels.noValue);
  const { value, copy } = file.sha256;
  const shown = value.slice(0, HASH_DIGITS);
  const made = element('button', {
    type: 'button',
    class: 'hash',
    'data-key': `hash ${file.path}`,
    title: value,
    // Who speaks to the page says what they see.
    'aria-label': `${copy}, ${shown}`,
  });
  made.textContent = shown;
  made.addEventListener('click', () => tell({ type: 'copySha256', sha256: value }));
  return made;
}
