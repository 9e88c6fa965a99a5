import type { DetailsView, FileRow, PageLabels, VariantRow } from '../../messages.ts';
import { element, section } from '../dom.ts';
import { tell } from '../host.ts';

/** Digits of a hash that are shown; all of them are copied. */
const HASH_DIGITS = 12;

/** What can be picked: one row a variant. */
export function variants({
  variants: { caption, rows, empty, refusal },
  labels,
}: Pick<DetailsView, 'variants' | 'labels'>): HTMLElement {
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
  const heads = titles.map((title) => element('th', { scope: 'col' }, title));
  const table = element(
    'table',
    {},
    element('caption', {}, element('span', {}, caption)),
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows.map((row) => variantRow(row, hasProjector, labels))),
  );
  return section(
    'variants',
    labels.variants,
    ...(refusal === undefined ? [] : [element('p', { class: 'refusal' }, refusal)]),
    element('div', { class: 'scroller' }, table),
  );
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
  const cells = [
    element('th', { scope: 'row' }, title, ...mark, ...names),
    element('td', { class: 'size', title: size.title }, size.text),
    element('td', { class: `fit ${fit.level}`, title: fit.title }, fit.text),
    element('td', { class: 'state', 'data-group': key, tabindex: '-1' }),
    others.length === 0
      ? element('td', {}, fileCount)
      : element('td', {}, parts(key, fileCount, files, labels)),
    others.length === 0
      ? element('td', {}, hash(only, labels))
      : element('td', { class: 'quiet' }, labels.eachFile),
  ];
  if (hasProjector) cells.push(element('td', {}, ...projectorParts(projector, labels)));
  return element('tr', {}, ...cells);
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
