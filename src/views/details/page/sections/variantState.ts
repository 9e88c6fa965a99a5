import type { LocalAction, VariantState } from '../../messages.ts';
import { element, keyed } from '../../../webview/page/dom.ts';
import { tell } from '../host.ts';
import type { Part } from '../../../webview/page/parts.ts';
import { button } from '../../../webview/page/toolkit.ts';
import { changed } from './changed.ts';

/** The parts of the cell that shows a variant on this machine: most change seldom, one all the time. */
export const stateParts: readonly Part<VariantState>[] = [
  { fields: ['phase', 'places'], make: phase },
  { fields: ['progress'], make: progress, update: updateProgress },
  { fields: ['detail'], make: detail, update: updateDetail },
  { fields: ['failures'], make: failures },
  { fields: ['key', 'changes'], make: ({ key, changes }) => changed(key, changes) },
  { fields: ['actions'], make: actions },
];

function phase({ phase, places }: VariantState): HTMLElement | undefined {
  if (phase === undefined && places.length === 0) return undefined;
  const names = places.map(({ text, title }) => element('li', { title }, text));
  return element(
    'div',
    { class: 'phase' },
    ...(phase === undefined ? [] : [element('span', { class: 'label' }, phase)]),
    ...(names.length === 0 ? [] : [element('ul', { class: 'quiet' }, ...names)]),
  );
}

function progress({ progress }: VariantState): HTMLElement | undefined {
  if (progress === undefined) return undefined;
  const { share, spoken } = progress;
  return element('progress', {
    max: '1',
    'aria-label': spoken,
    value: share === undefined ? undefined : String(share),
  });
}

function updateProgress(made: HTMLElement, { progress }: VariantState): void {
  const share = progress?.share;
  if (share === undefined) made.removeAttribute('value');
  else made.setAttribute('value', String(share));
  made.setAttribute('aria-label', progress?.spoken ?? '');
}

function detail({ detail }: VariantState): HTMLElement | undefined {
  if (detail === undefined) return undefined;
  return element('div', { class: 'quiet amounts', title: detail.title }, detail.text);
}

function updateDetail(made: HTMLElement, { detail }: VariantState): void {
  made.textContent = detail?.text ?? '';
  made.title = detail?.title ?? '';
}

function failures({ failures }: VariantState): HTMLElement | undefined {
  if (failures.length === 0) return undefined;
  const items = failures.map((failure) => element('li', { class: 'failure' }, failure));
  return element('ul', {}, ...items);
}

function actions({ actions }: VariantState): HTMLElement | undefined {
  if (actions.length === 0) return undefined;
  return element('div', { class: 'actions' }, ...actions.map(actionButton));
}

function actionButton({ does, what, text, spoken, disabled }: LocalAction): HTMLElement {
  const made = keyed(
    `${does} ${what}`,
    button(text, () => tell({ type: does, what })),
  );
  made.setAttribute('aria-label', spoken);
  made.title = spoken;
  if (disabled === true) made.setAttribute('disabled', '');
  return made;
}
