import type { Changes } from '../../messages.ts';
import { element } from '../../../webview/page/dom.ts';

/** What an update would change, folded away: a split model has dozens of files. */
export function changed(key: string, changes: Changes | undefined): HTMLElement | undefined {
  if (changes === undefined) return undefined;
  const items = changes.files.map(({ path, text }) =>
    element(
      'li',
      {},
      element('span', { class: 'file-name' }, path),
      element('span', { class: 'size' }, text),
    ),
  );
  return element(
    'details',
    { 'data-key': `changes ${key}` },
    element('summary', { 'data-key': `changes of ${key}` }, changes.summary),
    element('ol', {}, ...items),
  );
}
