import type { DetailsView, InstalledLine } from '../../messages.ts';
import { element, section } from '../../../webview/page/dom.ts';
import { changed } from './changed.ts';

/** What this machine has of the model besides the published variants. */
export function installed({
  installed,
  labels,
}: Pick<DetailsView, 'installed' | 'labels'>): HTMLElement | undefined {
  if (installed.length === 0) return undefined;
  return section('installed', labels.installed, element('ul', {}, ...installed.map(line)));
}

function line(entry: InstalledLine): HTMLElement {
  const { key, name, runtime, size, revision, identity, problem, changes } = entry;
  const made = element(
    'li',
    {},
    element('span', { class: 'label' }, name),
    element('span', {}, runtime),
    element('span', { class: 'size' }, size),
    ...(revision === undefined ? [] : [element('span', { class: 'quiet' }, revision)]),
    element('span', { class: 'quiet', title: identity.title }, identity.text),
    ...(problem === undefined ? [] : [element('span', { class: 'failure' }, problem)]),
  );
  const fold = changed(key, changes);
  if (fold !== undefined) made.append(fold);
  return made;
}
